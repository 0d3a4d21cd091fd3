import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { childEnvironment, readConfig, type Config } from '../../infra/config.ts'
import { lagOf, type EventLog } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { anLrs, type Lrs } from '../helpers/an-lrs.ts'
import { entriesOf } from '../helpers/figures.ts'
import { killedWhen } from '../helpers/killed.ts'

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const MINUTE_MS = 60_000
const PAGE = 20
const STATEMENTS = 1000
/** Killed when so many more pages were asked for, or when so many more appends are in the log. */
const KILLS = [
  ['asked', 1],
  ['appended', 1],
  ['asked', 9],
  ['appended', 12],
] as const

let folder: string
let config: Config
let lrs: Lrs

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-pull-kill-'))
  lrs = await anLrs(Array.from({ length: STATEMENTS }, (_, n) => statement(n)))
  const sourcesFile = join(folder, 'sources.json')
  const secretsFile = join(folder, 'secrets.json')
  config = readConfig({}, { data: join(folder, 'data'), secretsFile, sourcesFile, logLevel: 'error' })
  await writeFile(sourcesFile, JSON.stringify({ lms: { url: lrs.url, pageSize: PAGE } }), { mode: 0o600 })
})
afterEach(async () => {
  await lrs.close()
  await rm(folder, { recursive: true, force: true })
})

test(
  'after kill -9 a pull goes on exactly where it stopped: nothing is missed, at most the page under way comes twice',
  { timeout: 2 * MINUTE_MS },
  async () => {
    const log = await openLog(config)
    await log.createTopics()
    for (const [what, count] of KILLS) await pullUntilKilled(log, what, count)
    const asked = lrs.asked.length
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'pull', 'lms', '--json'], {
      env: childEnvironment(config),
    })
    const summary = JSON.parse(stdout) as { complete: boolean; received: number }

    const ids = (await entriesOf(log, 'records')).map(({ value }) => (JSON.parse(value!) as { id: string }).id)
    await log.close()
    const counts = {
      pages: STATEMENTS / PAGE,
      asked: lrs.asked.length,
      missed: STATEMENTS - new Set(ids).size,
      appendedTwice: ids.length - new Set(ids).size,
    }
    console.log(`${KILLS.length} kills -9 of homeroom pull:`, counts)
    expect(summary.complete).toBe(true)
    expect(counts.missed).toBe(0)
    expect(counts.appendedTwice).toBeLessThanOrEqual(KILLS.length * PAGE)
    // Every page once, and after each kill the page under way once more.
    expect(counts.asked).toBeLessThanOrEqual(counts.pages + KILLS.length)
    expect(summary.received).toBe((lrs.asked.length - asked) * PAGE)
  },
)

async function pullUntilKilled(log: EventLog, what: 'asked' | 'appended', count: number): Promise<void> {
  const done = async (): Promise<number> =>
    what === 'asked' ? lrs.asked.length : lagOf(await log.positions('records', 'nobody'))
  const enough = (await done()) + count
  await killedWhen(config, ['pull', 'lms'], async () => (await done()) >= enough)
}

function statement(n: number): Record<string, unknown> {
  return {
    id: uuid5(`pulled under fire ${n}`),
    actor: { mbox: `mailto:student-${n % 50}@example.org` },
    verb: { id: 'http://adlnet.gov/expapi/verbs/answered' },
    object: { id: `https://lms.example.org/items/${n % 20}` },
    timestamp: '2026-03-02T14:00:00.000Z',
    stored: new Date(Date.parse('2026-03-02T14:00:00.000Z') + n).toISOString(),
    version: '1.0.0',
  }
}
