import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBackupKey, readBackupSecret } from '../infra/backup/backup-key.ts'
import { restoreBackup } from '../infra/backup/restore-backup.ts'
import { openRuntime } from '../infra/commands/runtime.ts'
import { untilCaughtUp } from '../infra/commands/wait.ts'
import { HomeroomError } from '../infra/errors.ts'
import { aHomeroom, type Homeroom } from './helpers/a-homeroom.ts'
import {
  aLesson,
  anErasableHomeroom,
  sendEverything,
  stateOf,
  ZYX,
  ZYX_TEXTS,
  zyxByMail,
  type Erasable,
} from './helpers/an-erasable-homeroom.ts'
import { filesWith } from './helpers/in-files.ts'

const MINUTE_MS = 60_000
const STUDENTS = ['ann', 'bob', 'cyd', 'dee']
const DAYS = ['2026-03-02', '2026-03-03', '2026-03-11', '2026-03-18']

let source: Erasable
let folder: string
let key: string
const restored: Homeroom[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-backups-'))
  key = join(folder, 'backup.key')
  makeBackupKey(key)
  source = await anErasableHomeroom()
  await sendEverything(source)
  await source.homeroom.caughtUp(2 * MINUTE_MS)
}, 5 * MINUTE_MS)
afterAll(async () => {
  for (const homeroom of [...restored, source?.homeroom]) await homeroom?.remove()
  await source?.remove()
  await rm(folder, { recursive: true, force: true })
}, MINUTE_MS)

/** A machine on which nothing was ever kept. */
async function anEmptyMachine(): Promise<Homeroom> {
  const { district, accounts } = source.homeroom.config
  const homeroom = await aHomeroom({ district, accounts })
  restored.push(homeroom)
  return homeroom
}

type Report = { path: string; bytes: number; standstill_ms: number; parts: Record<string, { files: number }> }
/** By the command line. */
const backup = async (...more: string[]): Promise<Report> =>
  JSON.parse(await source.homeroom.command('backup', '--to', folder, '--json', ...more)) as Report

/** By table its rows, as text, in their order: of figures all but when they were computed, of everything a hash. */
async function numbersOf({ config }: Homeroom, wanted: 'figures' | 'everything'): Promise<Record<string, unknown>> {
  const { warehouse, close } = await openRuntime(config)
  try {
    const tables = await warehouse.query<{ of: string; place: string; columns: string[] }>(
      `select table as of, concat(database, '.', table) as place, groupArray(name) as columns from system.columns
       where (database, table) in (select database, name from system.tables
         where database in ({database:String}, {identity:String}) and engine = 'ReplacingMergeTree')
       group by database, table order by place`,
      { database: warehouse.database },
    )
    const found: Record<string, unknown> = {}
    for (const { of, place, columns } of tables) {
      if (wanted === 'figures' && !FIGURES.includes(of)) continue
      const kept = wanted === 'everything' ? columns : columns.filter(column => !PASSING.includes(column))
      const rows = `arraySort(groupArray(formatRow('TSV', ${kept.join(', ')})))`
      const [row] = await warehouse.query<{ found_rows: unknown }>(
        `select ${wanted === 'figures' ? rows : `(count(), hex(cityHash64(${rows})))`} as found_rows from ${place} final`,
      )
      found[of] = row!.found_rows
    }
    return found
  } finally {
    await close()
  }
}
const FIGURES = ['student_week', 'indicators', 'student_engagement', 'tie_weeks', 'flow_weeks', 'student_connectedness']
FIGURES.push('adviser_load', 'home_bases', 'contact_logging', 'mixing', 'enrolments', 'person_of', 'scores')
/** When something was computed, and when its newest record was stored: these differ where a record was sent again. */
const PASSING = ['computed', 'as_of', 'newest', 'stored_at', 'ver']

test(
  'a backup taken while statements come in, restored and sent the rest, has every number of the one that went on',
  { timeout: 10 * MINUTE_MS },
  async () => {
    const firstKey = join(folder, 'first.key')
    const batches = Array.from({ length: 30 }, (_, i) =>
      STUDENTS.map(name =>
        aLesson({ objectType: 'Agent', mbox: `mailto:${name}@example.org` }, DAYS[i % DAYS.length]!),
      ),
    )
    const making = backup('--new-key', firstKey)
    const answers: number[] = []
    for (const batch of batches) {
      // The last ones come when it is made: less than all is in it.
      if (answers.length === batches.length - 5) await making
      answers.push((await source.post('/xapi/statements', batch)).status)
    }
    const { path, parts } = await making
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(Object.keys(parts).sort()).toEqual(['documents', 'keys', 'log', 'settings', 'warehouse'])
    await source.homeroom.caughtUp()

    const other = await anEmptyMachine()
    const said = JSON.parse(await other.command('restore', path, '--key', firstKey, '--json')) as { erased: number }
    expect(said).toMatchObject({ erased: 0 })
    await other.start()
    const before = await recordsOf(other)
    for (const batch of batches) {
      const answer = await fetch(`${other.url}/xapi/statements`, {
        method: 'POST',
        headers: {
          authorization: source.authorization,
          'content-type': 'application/json',
          'X-Experience-API-Version': '1.0.3',
        },
        body: JSON.stringify(batch),
      })
      expect(answer.status).toBe(200)
    }
    await other.caughtUp()
    const numbers = await numbersOf(source.homeroom, 'figures')
    expect(await numbersOf(other, 'figures')).toEqual(numbers)
    expect(Object.keys(numbers)).toHaveLength(FIGURES.length)
    expect((numbers.indicators as string[]).length).toBeGreaterThan(100)
    expect(await recordsOf(other)).toBe(await recordsOf(source.homeroom))
    expect(before).toBeLessThan(await recordsOf(other))
    await other.stop()
  },
)

async function recordsOf({ config }: Homeroom): Promise<number> {
  const { warehouse, close } = await openRuntime(config)
  try {
    const [row] = await warehouse.query<{ n: number }>('select toUInt32(uniqExact(record_id)) as n from record_index')
    return row!.n
  } finally {
    await close()
  }
}

let quiet: Report

test(
  'restored on an empty machine, every row of every table is the same, and documents, originals and keys with it',
  { timeout: 10 * MINUTE_MS },
  async () => {
    quiet = await backup('--key', key)
    const other = await anEmptyMachine()
    await other.command('restore', quiet.path, '--key', key)
    const everything = await numbersOf(source.homeroom, 'everything')
    expect(await numbersOf(other, 'everything')).toEqual(everything)
    expect(Object.keys(everything).length).toBeGreaterThan(80)
    await other.start()
    const headers = { authorization: source.authorization, 'X-Experience-API-Version': '1.0.3' }
    const document = await fetch(other.url + stateOf(zyxByMail), { headers })
    expect(await document.json()).toMatchObject({ page: 7 })
    const all = async (url: string) =>
      ((await (await fetch(`${url}/xapi/statements?limit=0`, { headers })).json()) as { statements: unknown[] })
        .statements
    expect(await all(other.url)).toEqual(await all(source.homeroom.url))
    // Only secrets of the same Homeroom open what came back.
    expect(await readFile(other.config.secretsFile, 'utf8')).toBe(
      await readFile(source.homeroom.config.secretsFile, 'utf8'),
    )
    expect((await stat(other.config.secretsFile)).mode & 0o777).toBe(0o600)
    await other.stop()
    expect(await readdir(join(source.homeroom.config.data, 'engine', 'store', 'shadow'))).not.toContainEqual(
      expect.stringMatching(/^backup_/),
    )
  },
)

test('nobody reads anything in a backup without its key', async () => {
  expect(await filesWith(folder, [...ZYX_TEXTS, ...source.pseudonyms, 'homeroom-all'])).toEqual([])
})

test(
  'who was erased since a backup was made stays erased when it is restored',
  { timeout: 10 * MINUTE_MS },
  async () => {
    await source.homeroom.command('erase', `username:${ZYX.login}`, '--apply', '--wait')
    const erasures = join(folder, 'erasures.jsonl')
    await copyFile(join(source.homeroom.config.data, 'erasures.jsonl'), erasures)
    const other = await anEmptyMachine()
    const args = ['restore', quiet.path, '--key', key, '--erasures', erasures, '--json']
    expect(JSON.parse(await other.command(...args))).toMatchObject({ erased: 1 })
    await other.start()
    await other.caughtUp()
    for (const homeroom of [source.homeroom, other]) await growthToo(homeroom)
    expect(await numbersOf(other, 'figures')).toEqual(await numbersOf(source.homeroom, 'figures'))
    const left = await filesWith(other.config.data, [...ZYX_TEXTS, ...source.pseudonyms])
    // Keys of documents stay in freed pages, as where it was erased first (decision 21).
    expect(left.filter(line => !line.startsWith('xapi/data.mdb'))).toEqual([])
    await other.stop()
  },
)

/** `/readyz` speaks of weeks; growth and skills follow from scores. */
async function growthToo({ config }: Homeroom): Promise<void> {
  const runtime = await openRuntime(config)
  try {
    await untilCaughtUp(runtime, () => undefined)
  } finally {
    await runtime.close()
  }
}

/** Restore into an empty folder, in this process. @returns what the error says, and what lies in the folder afterwards */
async function refusedRestore(
  from: string,
  more: { key?: string; present?: string; district?: string; secrets?: string } = {},
): Promise<{ code: string; message: string; left: string[] }> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-restore-'))
  try {
    const config = { ...source.homeroom.config, data, secretsFile: join(data, 'secrets.json') }
    if (more.district !== undefined) config.district = more.district
    if (more.present !== undefined) await writeFile(join(data, more.present), 'here')
    if (more.secrets !== undefined) await writeFile(config.secretsFile, more.secrets)
    const secret = readBackupSecret(more.key ?? key)
    const error = await restoreBackup(config, { from, secret, erasures: null, tell: () => undefined }).then(
      () => null,
      (cause: unknown) => cause,
    )
    if (!(error instanceof HomeroomError)) throw new Error(`it was restored, or failed by ${String(error)}`)
    return { code: error.code, message: error.message, left: await readdir(data) }
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

test('a wrong key is told from an altered file, and neither leaves anything', { timeout: MINUTE_MS }, async () => {
  const otherKey = join(folder, 'other.key')
  await writeFile(otherKey, randomBytes(32).toString('hex'))
  expect(await refusedRestore(quiet.path, { key: otherKey })).toMatchObject({ code: 'BACKUP_KEY_WRONG', left: [] })
  await writeFile(otherKey, 'a passphrase of enough words')
  expect(await refusedRestore(quiet.path, { key: otherKey })).toMatchObject({ code: 'BACKUP_KEY_WRONG', left: [] })
  const bytes = await readFile(quiet.path)
  const altered = join(folder, 'altered')
  for (const share of [0.001, 0.3, 0.7, 0.9999]) {
    const at = Math.floor(share * bytes.length)
    const other = Buffer.from(bytes)
    other[at] = other[at]! ^ 1
    await writeFile(altered, other)
    expect(await refusedRestore(altered)).toMatchObject({ code: 'BACKUP_INVALID', left: [] })
  }
  await writeFile(altered, Buffer.concat([bytes, Buffer.of(0)]))
  expect((await refusedRestore(altered)).message).toMatch(/bytes follow its end/)
  await writeFile(altered, 'PK something else')
  expect((await refusedRestore(altered)).message).toMatch(/byte 0: it begins with/)
})

test('a file that was cut off anywhere is refused, and says where', { timeout: MINUTE_MS }, async () => {
  const { size } = await stat(quiet.path)
  const cut = join(folder, 'cut')
  await copyFile(quiet.path, cut)
  for (const length of [size - 1, size - 100, Math.floor(size / 2), 300, 20, 3]) {
    await truncate(cut, length)
    const { code, message, left } = await refusedRestore(cut)
    expect({ code, left }).toEqual({ code: 'BACKUP_INVALID', left: [] })
    expect(message).toMatch(/byte \d+: it (ends within|begins with)/)
  }
})

test('a folder that holds data is never overwritten, and secrets of another Homeroom stay', async () => {
  expect(await refusedRestore(quiet.path, { present: 'engine.json' })).toMatchObject({
    code: 'DATA_PRESENT',
    left: ['engine.json'],
  })
  expect(await refusedRestore(quiet.path, { district: 'another' })).toMatchObject({ code: 'CONFIG_INVALID', left: [] })
  const secrets = JSON.stringify({ pseudonymKey: '0', masterSecret: '0', deadLetterSecret: '0' })
  expect(await refusedRestore(quiet.path, { secrets })).toMatchObject({
    code: 'CONFIG_INVALID',
    left: ['secrets.json'],
  })
})
