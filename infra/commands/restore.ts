import { Command } from 'commander'
import { openResources } from '../../ingest/lrs/store.ts'
import { PROCESSED_TOPICS, startProcessor } from '../../processors/run.ts'
import { readBackupSecret } from '../backup/backup-key.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { readConfig } from '../config.ts'
import { sentenceOf } from '../errors.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { finishErasure, unfinished } from './erase-person.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { messagesWaiting } from './wait.ts'

type Options = { key: string; erasures?: string; json?: boolean }

const HELP = `
The data folder (HOMEROOM_DATA) must be empty, or hold nothing but the secrets file and what lies beside it: nothing is ever
overwritten. District, time zone and engines must be set as they were. All of the file is read and checked before any of it counts.

People who were erased stay erased: their erasures stand in erasures.jsonl beside the secrets file, which outlives the data. If the
backup is older than an erasure, have the newest such file there, or name it by --erasures; what the backup brings of them is
erased before the command ends.

Then start Homeroom. What the log holds beyond the moment of the backup is stored and computed by the processors.
With Kafka the processors begin at the log's beginning; with a ClickHouse server restore its databases first, and run homeroom replay after.`

/** `restore`: a backup into an empty data folder. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty data folder')
    .argument('<file>', 'the backup')
    .requiredOption('--key <file>', 'file with the key or the passphrase that it was made with')
    .option('--erasures <file>', 'a newer erasures.jsonl than that of the backup')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(run)
}

async function run(from: string, options: Options): Promise<void> {
  const tell = options.json ? () => undefined : (what: string) => void process.stderr.write(`${what} …\n`)
  const began = performance.now()
  const secret = readBackupSecret(options.key)
  const { facts, parts } = await restoreBackup(readConfig(), {
    from,
    secret,
    erasures: options.erasures ?? null,
    tell,
  })
  const runtime = await openRuntime()
  try {
    await prepare(runtime)
    if (facts.log === 'kafka') for (const topic of PROCESSED_TOPICS) await runtime.log.rewind(topic, PROCESSORS_GROUP)
    const erased = await eraseAgain(runtime, tell)
    const waiting = await messagesWaiting(runtime.log)
    const seconds = Math.round(performance.now() - began) / 1000
    if (options.json) return console.log(JSON.stringify({ madeAt: facts.madeAt, parts, erased, waiting, seconds }))
    console.log(`Restored as of ${facts.madeAt} in ${seconds.toFixed(1)} s; every hash was right.`)
    if (erased > 0) console.log(`${erased} erasures were carried out again on what the backup brought.`)
    if (facts.warehouse === 'server') console.log('Next: homeroom replay.')
    else console.log(`${waiting} messages of the log wait for the processors. Next: homeroom all.`)
  } finally {
    await runtime.close()
  }
}

/** Erasures that the data does not know, because it is older than they are. @returns how many */
async function eraseAgain(runtime: Runtime, tell: (what: string) => void): Promise<number> {
  const begun = await unfinished(runtime)
  if (begun.length === 0) return 0
  tell(`${begun.length} erasures are newer than what was restored: carrying them out`)
  // What the log holds of them must be stored before it can be found and taken.
  const processor = await startProcessor({
    ...runtime,
    onError: error => runtime.logger.warn({ err: error }, `the same work is tried again: ${sentenceOf(error)}`),
  })
  const resources = openResources(runtime.config, runtime.secrets, runtime.erased)
  try {
    for (const erasure of begun) await finishErasure({ ...runtime, resources }, erasure, [], tell)
  } finally {
    await resources.close()
    await processor.stop()
  }
  return begun.length
}
