import { Command } from 'commander'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import {
  createAccount,
  listAccounts,
  PERSON_ROLES,
  readAccount,
  revokeAccount,
  storeAccount,
  type Account,
} from '../accounts.ts'
import { tellAudit } from '../audit.ts'
import { HomeroomError } from '../errors.ts'
import { admitResearcher, dismissResearcher, limitResearcher } from '../warehouse/researchers/admit.ts'
import { endOf } from '../warehouse/researchers/study-end.ts'
import { opened, type Runtime } from './runtime.ts'
import { DOORS, DOORS_BY_DEFAULT, expiryOf, limited, scopeOf, shown, type Limits } from './user-limits.ts'

type ListOptions = { all?: boolean; json?: boolean }

const many = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

type Use = (use: (runtime: Runtime) => Promise<void>) => Promise<void>

/**
 * `user`: machine credentials and people's accounts.
 * @param withRuntime opens what the command works with, and closes it
 */
export function userCommand(withRuntime: Use = opened): Command {
  return new Command('user')
    .description('credentials for senders; accounts, scopes and single-use sign-in links for people')
    .addCommand(
      new Command('source')
        .description('make credentials for a sender; the secret is shown once and kept as a hash only')
        .argument('<name>', 'name of the sender, for example lms')
        .option('--doors <list>', `doors it may use, of ${DOORS.join(',')}`, DOORS_BY_DEFAULT)
        .option('--expires <day>', 'last day on which they work, 2027-06-30')
        .action(async (name: string, options: Limits) => withRuntime(runtime => addSource(runtime, name, options))),
    )
    .addCommand(
      withScope(new Command('person').alias('add').description('make an account for a person').argument('<name>'))
        .option('--study <study>', 'of a researcher: makes a database user too, whose password is shown once')
        .requiredOption('--role <role>', PERSON_ROLES.join(', '))
        .action(async (name: string, options: Limits) => withRuntime(runtime => addPerson(runtime, name, options))),
    )
    .addCommand(
      new Command('link')
        .description('make a single-use sign-in link for an account; where no sign-in provider is set')
        .argument('<name>')
        .action(async (name: string) =>
          withRuntime(async runtime => console.log(await linkFor(runtime, await find(runtime, name)))),
        ),
    )
    .addCommand(
      withScope(
        new Command('limit').description('change what an account may do; what is not named stays').argument('<name>'),
      )
        .option('--role <role>', `of a person: ${PERSON_ROLES.join(', ')}`)
        .option('--doors <list>', `of a sender: ${DOORS.join(',')}`)
        .option('--by-provider', 'role and scope are again what the sign-in provider says, from the next sign-in on')
        .action(async (name: string, options: Limits) => withRuntime(runtime => limit(runtime, name, options))),
    )
    .addCommand(
      new Command('list')
        .description('every account in force')
        .option('--all', 'also those that were revoked or are over')
        .option('--json', 'one JSON line an account')
        .action(async (options: ListOptions) => withRuntime(runtime => list(runtime, options))),
    )
    .addCommand(
      new Command('sign-out')
        .description('end every session and unused link of a person, within seconds; the account stays')
        .argument('<name>')
        .action(async (name: string) => withRuntime(runtime => signOut(runtime, name))),
    )
    .addCommand(
      new Command('revoke')
        .description(
          'end an account: its sessions, links and credentials stop within seconds, and no sign-in brings it back',
        )
        .argument('<name>')
        .action(async (name: string) => withRuntime(runtime => revoke(runtime, name))),
    )
}

/**
 * The address of a new single-use link.
 * @throws HomeroomError SCOPE_DENIED where people sign in by a provider: a link would be a way around it
 */
export async function linkFor({ warehouse, config }: Runtime, account: Account): Promise<string> {
  if (config.signIn !== null) {
    throw new HomeroomError(
      'SCOPE_DENIED',
      `people sign in by the provider that HOMEROOM_SIGN_IN names, so that links open nothing. No link was made for ${account.id}`,
    )
  }
  return `http://${config.host}:${config.port}${await createSignInLink(warehouse, account)}`
}

function withScope(command: Command): Command {
  return command
    .option('--school <sourcedId>', 'school in scope, repeatable', many)
    .option('--advisory <sourcedId>', 'advisory in scope, repeatable', many)
    .option('--class <sourcedId>', 'class in scope, repeatable', many)
    .option('--person <sourcedId>', 'who this is in the roster: only then can they record conversations')
    .option('--expires <day>', 'last day of the account, 2027-06-30; never')
}

async function addSource(runtime: Runtime, name: string, { doors = DOORS_BY_DEFAULT, expires }: Limits): Promise<void> {
  const made = limited({ kind: 'source', role: doors, scope: { schools: [], advisories: [] } }, { doors })
  const { account, secret } = await createAccount(runtime.warehouse, { ...made, id: name, ...expiryOf(expires) })
  await tell(runtime, account, 'made')
  console.log(
    `user: ${name}\npassword: ${secret}\nSend them as HTTP Basic, or the password as Bearer token. It is not shown again. A running Homeroom knows it within five seconds.`,
  )
}

async function addPerson(runtime: Runtime, name: string, { role = '', ...given }: Limits): Promise<void> {
  const options = await inRoster(runtime, given)
  const ends = options.study === undefined ? null : await endOf(runtime.warehouse, options.study)
  const made = limited({ kind: 'person', role, scope: scopeOf(options) }, { role, study: options.study })
  const before = await readAccount(runtime.warehouse, name)
  // Made anew as something else, the account no longer says that there is a database user.
  if (before?.scope.study !== undefined && options.study === undefined) await dismissResearcher(runtime, name)
  const { account } = await createAccount(runtime.warehouse, { ...made, id: name, ...expiryOf(options.expires) })
  await tell(runtime, account, 'made')
  if (options.study !== undefined && ends) console.log(await admitted(runtime, account, options.study, ends))
  if (runtime.config.signIn === null) console.log(await linkFor(runtime, account))
  else
    console.log(`${name} is made: it takes effect when the sign-in provider names that subject (issuer-host|subject)`)
}

/** A database user for the account, and how to use it. */
async function admitted(runtime: Runtime, account: Account, study: string, ends: Date): Promise<string> {
  const expiresAt = account.expiresAt < ends ? account.expiresAt : ends
  const { user, password, database } = await admitResearcher(runtime, { account: account.id, study, expiresAt })
  const { protocol, host } = new URL(runtime.warehouse.url)
  return `database: ${protocol}//${host}/?database=${database}
database user: ${user}
password: ${password}
Any ClickHouse client takes them, until ${expiresAt.toISOString().slice(0, 10)}; the password is not shown again. What may be asked: dashboards/research/README.md`
}

async function limit(runtime: Runtime, name: string, given: Limits): Promise<void> {
  const options = await inRoster(runtime, given)
  const account = { ...(await find(runtime, name)), ...expiryOf(options.expires) }
  const changed: Account = { ...limited(account, options), setBy: options.byProvider ? 'provider' : 'operator' }
  // First: where it fails nothing has changed. From now on the provider's claims say the scope: none names a study.
  if (options.byProvider && account.scope.study !== undefined) await dismissResearcher(runtime, name)
  else await limitDatabaseUser(runtime, changed)
  await storeAccount(runtime.warehouse, changed)
  await tell(runtime, changed, 'limited')
  console.log(shown(changed))
}

/** What an account may no longer do, its database user may not either. */
async function limitDatabaseUser(runtime: Runtime, { id, role, scope, expiresAt }: Account): Promise<void> {
  if (scope.study === undefined) return
  if (role !== 'researcher') return dismissResearcher(runtime, id)
  const ends = await endOf(runtime.warehouse, scope.study)
  await limitResearcher(runtime, id, expiresAt < ends ? expiresAt : ends)
}

/**
 * The person by pseudonym, in the place of the roster's own id.
 * @throws HomeroomError ARGUMENT_INVALID for whom the roster does not know
 */
async function inRoster({ warehouse, secrets, config }: Runtime, { person, ...options }: Limits): Promise<Limits> {
  if (person === undefined) return options
  const identifier = pseudonymiser(secrets.pseudonymKey, config.district)('sourcedId', person)
  const [found] = await warehouse.query<{ person: string }>(
    `select lower(hex(person_id)) as person from person_of final where identifier = toFixedString(unhex({identifier:String}), 32)`,
    { identifier },
  )
  if (found) return { ...options, person: found.person }
  throw new HomeroomError(
    'ARGUMENT_INVALID',
    `--person is ${JSON.stringify(person)}, expected the sourcedId of a person whom the loaded roster has. Nothing was changed`,
  )
}

async function list({ warehouse }: Runtime, { all, json }: ListOptions): Promise<void> {
  for (const account of await listAccounts(warehouse, all)) {
    const { secretHash: _, ...told } = account
    console.log(json ? JSON.stringify(told) : shown(account))
  }
}

async function signOut(runtime: Runtime, name: string): Promise<void> {
  const account = await find(runtime, name)
  await storeAccount(runtime.warehouse, { ...account, signedOutAt: new Date() })
  await tell(runtime, account, 'signed out everywhere')
  console.log(`every session and unused link of ${name} is over within seconds`)
}

async function revoke(runtime: Runtime, name: string): Promise<void> {
  const account = await find(runtime, name)
  await revokeAccount(runtime.warehouse, account)
  if (account.scope.study !== undefined) await dismissResearcher(runtime, account.id)
  await tell(runtime, account, 'revoked')
  console.log(`${name} is revoked`)
}

async function tell({ log }: Runtime, account: Account, what: string): Promise<void> {
  const line = {
    account: account.id,
    role: account.role.slice(0, 64),
    action: 'account-changed' as const,
    route: 'homeroom user',
    detail: `${what}: ${shown(account)}`.slice(0, 2048),
  }
  await tellAudit(log, line, new Date())
}

async function find({ warehouse }: Runtime, name: string): Promise<Account> {
  const account = await readAccount(warehouse, name)
  if (account && !account.revoked) return account
  throw new HomeroomError('NOT_FOUND', `there is no account ${name}; homeroom user list shows those in force`)
}
