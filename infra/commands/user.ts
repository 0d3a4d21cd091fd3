import { Command } from 'commander'
import { createSignInLink } from '../../dashboards/sign-in.ts'
import { createAccount, listAccounts, revokeAccount, type Account, type Scope } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'

const DOORS = ['xapi', 'xapi-read', 'caliper', 'interactions', 'canvas']
// Not that of Canvas: it takes a secret in the address, so that nobody gets it unasked. Nor xapi-read: it reads what every
// source sent.
const DOORS_BY_DEFAULT = 'xapi,caliper,interactions'
const ROLES = ['analyst', 'principal', 'adviser', 'researcher', 'operator']

type SourceOptions = { doors: string }
type PersonOptions = { role: string; school: string[]; advisory: string[] }

/** `user`: machine credentials and people's accounts. */
export function userCommand(): Command {
  const many = (value: string, before: string[]) => [...before, value]
  return new Command('user')
    .description('credentials for senders, accounts and single-use sign-in links for people')
    .addCommand(
      new Command('source')
        .description('make credentials for a sender; the secret is shown once and kept as a hash only')
        .argument('<name>', 'name of the sender, for example lms')
        .option('--doors <list>', `doors it may use, of ${DOORS.join(',')}`, DOORS_BY_DEFAULT)
        .action(async (name: string, options: SourceOptions) =>
          withRuntime(runtime => addSource(runtime, name, options)),
        ),
    )
    .addCommand(
      new Command('person')
        .description('make an account for a person')
        .argument('<name>', 'name of the account')
        .requiredOption('--role <role>', ROLES.join(', '))
        .option('--school <sourcedId>', 'school in scope, repeatable', many, [])
        .option('--advisory <sourcedId>', 'advisory in scope, repeatable', many, [])
        .action(async (name: string, options: PersonOptions) =>
          withRuntime(runtime => addPerson(runtime, name, options)),
        ),
    )
    .addCommand(
      new Command('link')
        .description('make a single-use sign-in link for an account')
        .argument('<name>')
        .action(async (name: string) =>
          withRuntime(async runtime => console.log(await linkFor(runtime, await find(runtime, name)))),
        ),
    )
    .addCommand(new Command('list').description('every account in force').action(async () => withRuntime(list)))
    .addCommand(
      new Command('revoke')
        .description('end an account; its sessions and credentials stop within seconds')
        .argument('<name>')
        .action(async (name: string) =>
          withRuntime(async runtime => {
            await revokeAccount(runtime.warehouse, await find(runtime, name))
            console.log(`${name} is revoked`)
          }),
        ),
    )
}

/** The address of a new single-use link. */
export async function linkFor({ warehouse, config }: Runtime, account: Account): Promise<string> {
  return `http://${config.host}:${config.port}${await createSignInLink(warehouse, account)}`
}

async function addSource(runtime: Runtime, name: string, { doors }: SourceOptions): Promise<void> {
  const wrong = doors.split(',').filter(door => !DOORS.includes(door))
  if (wrong.length > 0) {
    throw new HomeroomError(
      'CONFIG_INVALID',
      `--doors has ${wrong.join(', ')}, expected ${DOORS.join(', ')}. No account was made`,
    )
  }
  const { secret } = await createAccount(runtime.warehouse, { id: name, kind: 'source', role: doors })
  console.log(
    `user: ${name}\npassword: ${secret}\nSend them as HTTP Basic, or the password as Bearer token. It is not shown again. A running Homeroom knows it within five seconds.`,
  )
}

async function addPerson(runtime: Runtime, name: string, { role, school, advisory }: PersonOptions): Promise<void> {
  if (!ROLES.includes(role)) {
    throw new HomeroomError('CONFIG_INVALID', `--role is ${role}, expected ${ROLES.join(', ')}. No account was made`)
  }
  const scope: Partial<Scope> = { schools: school, advisories: advisory }
  const { account } = await createAccount(runtime.warehouse, { id: name, kind: 'person', role, scope })
  console.log(await linkFor(runtime, account))
}

async function list({ warehouse }: Runtime): Promise<void> {
  for (const { id, kind, role, scope } of await listAccounts(warehouse)) {
    console.log([id, kind, role, [...scope.schools, ...scope.advisories].join(' ')].join('\t'))
  }
}

async function find({ warehouse }: Runtime, name: string): Promise<Account> {
  const account = (await listAccounts(warehouse)).find(({ id }) => id === name)
  if (!account)
    throw new HomeroomError('NOT_FOUND', `there is no account ${name}; homeroom user list shows those in force`)
  return account
}

async function withRuntime(use: (runtime: Runtime) => Promise<void>): Promise<void> {
  const runtime = await openRuntime()
  try {
    await prepare(runtime)
    await use(runtime)
  } finally {
    await runtime.close()
  }
}
