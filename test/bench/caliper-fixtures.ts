import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { readConfig } from '../../infra/config.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { Intake } from '../../ingest/intake.ts'
import { jsonOf } from '../../ingest/receive/body.ts'
import { acceptEnvelope } from '../../ingest/receive/caliper.ts'

/**
 * Judges the fixtures that 1EdTech publishes with the specification, the good ones and the deliberately bad ones, as the
 * endpoint does. Their licence does not let us carry them along, hence a folder to name:
 *
 *     node test/bench/caliper-fixtures.ts FOLDER     (`fixtures` of branch `develop` of 1EdTech/caliper-spec)
 *
 * Prints why each bad one is refused and which were judged otherwise than published, then one line of JSON. Exits 1 if one
 * was judged otherwise that is not excused below.
 */
const EXCUSED: ReadonlySet<string> = new Set([
  // They hold 25 to be wrong where 25.0 is right. JSON holds the two to be the same number.
  'caliperEntityAggregateMeasure-MalformedMaxMetricValueNotAnInt.json',
  'caliperEntityAggregateMeasure-MalformedMetricValueNotAnInt.json',
  'caliperEntityAssignableDigitalResource-MalformedMaxScoreNotAFloat.json',
  'caliperEntityScore-MalformedMaxScoreNotAnInt.json',
])
/** What an endpoint answers, not what it is sent. */
const ANSWER = 'caliperEndpointConfigPayload.json'
const BAD = 'commonErrorFixtures'

const folder = process.argv[2]
if (folder === undefined) {
  process.stderr.write('usage: node test/bench/caliper-fixtures.ts FOLDER\n')
  process.exitCode = 2
} else await judgeAll(resolve(folder))

async function judgeAll(folder: string): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-fixtures-'))
  const log = await openLog(readConfig({}, { data }))
  const secret = Buffer.alloc(32, 1)
  const secrets = { pseudonymKey: secret, masterSecret: secret, deadLetterSecret: secret }
  const intake = new Intake({ log, config: readConfig({}, { data }), secrets })
  const run = { taken: 0, refused: 0, excused: 0, otherwise: 0 }
  try {
    const files = (await readdir(folder, { recursive: true })).filter(file => file.endsWith('.json')).sort()
    for (const file of files.filter(name => basename(name) !== ANSWER)) {
      const isBad = file.includes(BAD)
      const faults = await judged(intake, await readFile(join(folder, file), 'utf8'))
      if (isBad && faults.length > 0) run.refused++
      else if (!isBad && faults.length === 0) run.taken++
      else if (EXCUSED.has(basename(file))) run.excused++
      else run.otherwise++
      if (faults.length > 0) process.stdout.write(`${isBad ? '' : 'OTHERWISE '}${file}: ${faults.join('; ')}\n`)
      else if (isBad) process.stdout.write(`${EXCUSED.has(basename(file)) ? 'EXCUSED' : 'OTHERWISE'} ${file}: taken\n`)
    }
  } finally {
    await log.close()
    await rm(data, { recursive: true, force: true })
  }
  process.stdout.write(`${JSON.stringify(run)}\n`)
  process.exitCode = run.otherwise === 0 && run.taken > 0 ? 0 : 1
}

/** @returns what is wrong with a fixture: an envelope as it is, an event or entity in an envelope of ours */
async function judged(intake: Intake, text: string): Promise<string[]> {
  const batch = intake.begin('fixtures')
  try {
    const fixture = jsonOf(text) as Record<string, unknown>
    const envelope =
      'sensor' in fixture ? fixture : { sensor: 'urn:fixtures', sendTime: batch.storedAt, data: [fixture] }
    const { answer } = await acceptEnvelope(intake, batch, envelope)
    await intake.store(batch)
    return answer.refused.map(({ reason }) => reason)
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'BODY_INVALID') return [error.message]
    throw error
  }
}
