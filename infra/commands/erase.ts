import { join } from 'node:path'
import { Command } from 'commander'
import { openResources } from '../../ingest/lrs/store.ts'
import { storedErasures } from '../../processors/store-erasures.ts'
import { HomeroomError } from '../errors.ts'
import { alone } from './alone.ts'
import {
  beginErasure,
  finishErasure,
  isGenuine,
  isNothing,
  planErasure,
  unfinished,
  type Erased,
  type ErasePlan,
} from './erase-person.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { untilCaughtUp, untilStored } from './wait.ts'

type Options = { apply?: boolean; resume?: boolean; list?: boolean; wait?: boolean; json?: boolean }

const HELP = `
Everything that is kept of the person goes, under all identifiers that are known to be theirs: names, agents, the salts without
which originals cannot be opened, documents, attachments, answers, scores, plans, weekly figures. What is told of others stays, and
names nobody in the person's place; aggregates are computed anew; published snapshots stay as they are. Nothing more is kept of
these identifiers from then on, whoever sends it, and no replay or redrive brings the person back.

Identifiers are type:value (sourcedId, username, identifier, email, account:<homePage>|<name>, …) or pseudonyms. Backups that
were made before keep what they have: delete them, or run this again on what is restored from them.`

/** `erase`: show what is kept of a person; with --apply it goes. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description('show what is kept of a person; --apply erases it, everywhere and for good')
    .argument('[identifier...]', 'type:value or pseudonym; several are of the same person')
    .option('--apply', 'erase it; it cannot be undone')
    .option('--resume', 'finish erasures that were cut off')
    .option('--list', 'the erasures so far')
    .option('--wait', 'until a running processor has everything in the figures')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(async (typed: string[], options: Options) => {
      const runtime = await openRuntime()
      try {
        await prepare(runtime)
        if (options.list) return await list(runtime, options)
        await alone(join(runtime.config.data, 'erase.pid'), 'erasing somebody', () => run(runtime, typed, options))
        if (options.wait && (options.apply || options.resume)) await untilCaughtUp(runtime)
      } finally {
        await runtime.close()
      }
    })
}

async function run(runtime: Runtime, typed: readonly string[], options: Options): Promise<void> {
  if (typed.length === 0 && !options.resume)
    throw new HomeroomError('ARGUMENT_INVALID', 'nobody was named. Nothing was erased')
  const resources = openResources(runtime.config, runtime.secrets, runtime.erased)
  const deps = { ...runtime, resources }
  const tell = options.json ? () => undefined : (what: string) => void process.stderr.write(`${what} …\n`)
  try {
    if (options.apply || options.resume)
      for (const begun of await unfinished(runtime)) report(await finishErasure(deps, begun, [], tell), options)
    if (typed.length === 0) return
    await untilStored(runtime, 'Nothing was erased')
    const plan = await planErasure(deps, typed)
    // Of somebody who was erased before, entries that came later may stand in the log.
    const again = isNothing(plan) ? plan.before : null
    if (!options.apply || (isNothing(plan) && again === null)) return show(plan, options)
    if (!options.json) show(plan, options)
    const begun = again ?? (await beginErasure(deps, plan))
    // The log may have more of the person's pseudonyms than can be told from one of them, once the roster is gone.
    report(await finishErasure(deps, begun, plan.before === null ? plan.pseudonyms : [], tell), options)
  } finally {
    await resources.close()
  }
}

function show(plan: ErasePlan, { json, apply }: Options): void {
  const { tables, documents, attachments, letters, pseudonyms, before } = plan
  if (json) return console.log(JSON.stringify({ ...plan, applied: false }))
  if (isNothing(plan)) {
    if (before === null) return console.log('Nothing is kept of that identifier. Nothing was written.')
    const since = apply
      ? 'What has come into the log since goes too.'
      : '--apply also takes what has come into the log since.'
    return console.log(`That person was erased on ${before.storedAt.slice(0, 10)}, and no table has anything. ${since}`)
  }
  console.log(`identifiers of the person: ${pseudonyms.length}`)
  console.table([
    ...tables.map(({ table, own, named }) => ({ in: table, goes: own, 'names nobody instead': named })),
    { in: 'documents', goes: documents, 'names nobody instead': 0 },
    { in: 'attachments', goes: attachments, 'names nobody instead': 0 },
    { in: 'dead letters (originals)', goes: letters.length, 'names nobody instead': 0 },
  ])
  if (!apply) console.log('This is what would go; nothing was. To erase it: --apply')
}

function report({ erasure, log, filesLeft }: Erased, { json }: Options): void {
  if (json) return console.log(JSON.stringify({ ...erasure, applied: true, log, filesLeft }))
  const { id, identifiers, doneAt } = erasure
  console.log(
    `Erasure ${id}: ${identifiers.length} identifiers, done ${doneAt}. Every week's aggregates are computed anew.`,
  )
  console.log(
    log === null
      ? "Kafka's topic identities is compacted within a day of the tombstones; until then its segments hold the names. Entries of other topics stay, sealed or under pseudonyms that lead to nobody here, as long as those topics keep them."
      : `The log was written anew: ${log.changed} entries changed, ${mb(log.bytesBefore)} MB before, ${mb(log.bytesAfter)} MB after.`,
  )
  if (filesLeft.length > 0)
    console.log(
      `The engine has not deleted the old files of ${filesLeft.join(', ')} yet; it does so within ten minutes.`,
    )
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)

async function list(runtime: Runtime, { json }: Options): Promise<void> {
  for (const erasure of await storedErasures(runtime.warehouse)) {
    const { id, storedAt, doneAt, identifiers, counts } = erasure
    const shown = {
      id,
      storedAt,
      doneAt,
      identifiers: identifiers.length,
      counts,
      genuine: isGenuine(erasure, runtime.secrets),
    }
    if (json) console.log(JSON.stringify(shown))
    else
      console.log(
        `${id}  begun ${storedAt}, ${doneAt === null ? 'not finished (--resume)' : `done ${doneAt}`}, ${identifiers.length} identifiers, ` +
          `signature ${shown.genuine ? 'holds' : 'DOES NOT HOLD'}: ${Object.entries(counts)
            .map(([name, count]) => `${name} ${count}`)
            .join(', ')}`,
      )
  }
}
