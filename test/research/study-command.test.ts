import { Command } from 'commander'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { beginErasure, finishErasure, planErasure } from '../../infra/commands/erase-person.ts'
import { endCommand } from '../../infra/commands/research-end.ts'
import { exportCommand } from '../../infra/commands/research-export.ts'
import { extractCommand } from '../../infra/commands/research-extract.ts'
import { listCommand } from '../../infra/commands/research-list.ts'
import { studyCommand } from '../../infra/commands/research-study.ts'
import { tidyCommand } from '../../infra/commands/research-tidy.ts'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { openResources } from '../../ingest/lrs/store.ts'
import { researchDatabase } from '../../infra/warehouse/codebook.ts'
import { startProcessor } from '../../processors/run.ts'
import type { Manifest } from '../../processors/research/manifest.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { fillDistrict } from './a-study-district.ts'

let runtime: Runtime
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-study-'))
  const warehouse = await freshWarehouse({ migrated: false })
  const secretsFile = join(folder, 'secrets.json')
  const place = { data: folder, secretsFile, district: warehouse.database, clickhouse: warehouse.url }
  const opened = await openRuntime({ ...place, logLevel: 'silent' })
  await prepare(opened)
  // The engine of this run is an embedded one, though it was opened by its address.
  runtime = { ...opened, config: { ...opened.config, clickhouse: null } }
  await fillDistrict(warehouse, { students: 200, schools: 2, weeks: 8 })
})

afterAll(async () => {
  await runtime.close()
  await rm(folder, { recursive: true, force: true })
})

/** The commands as they are, on a runtime that stays open. @returns what was printed */
async function research(...args: string[]): Promise<string> {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const all = [studyCommand, extractCommand, listCommand, exportCommand, endCommand, tidyCommand]
  const command = new Command('research')
  for (const make of all) command.addCommand(make(use => use(runtime)))
  try {
    await command.parseAsync(args, { from: 'user' })
    return printed.mock.calls.map(([line]) => `${String(line)}\n`).join('')
  } finally {
    printed.mockRestore()
  }
}

/** In force whenever this is run. */
const NEXT_YEAR = `${new Date().getUTCFullYear() + 1}-06-30`

const FILE = {
  study: 'contact',
  title: 'Contact and growth',
  purpose: 'Whether who is met grows more.',
  approvedBy: 'board 2026-14',
  endsOn: '2020-06-30',
  terms: { order: ['school', 'school_level', 'band', 'grade_band', 'gender', 'demographic'], skipWeeks: 2 },
}

test('a study is recorded, extracted once, exported, listed and ended from the command line', async () => {
  const file = join(folder, 'study.json')
  await writeFile(file, JSON.stringify(FILE))
  await research('study', '--file', file, '--ends', NEXT_YEAR)
  const manifest = JSON.parse(await research('extract', 'contact', '--now', '--json')) as Manifest
  expect(manifest).toMatchObject({ study: 'contact', version: 1, endsOn: NEXT_YEAR, dates: { weeksLeftOut: 2 } })
  await expect(research('extract', 'contact', '--now')).rejects.toThrow(/has its extract, version 1 .*--anew/s)
  const out = join(folder, 'out')
  await research('export', 'contact', '--out', out)
  expect((await readdir(out)).sort()).toEqual(
    ['SHA256SUMS', 'citation.bib', 'citation.json', 'citation.txt', 'codebook.csv', 'growth.parquet', 'manifest.json', 'schools.parquet', 'students.parquet', 'weeks.parquet'].sort(), // prettier-ignore
  )
  expect(JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest)
  expect(await readFile(join(out, 'citation.txt'), 'utf8')).toBe(`${manifest.citation}\n`)
  expect((await readFile(join(out, 'students.parquet'))).subarray(0, 4).toString()).toBe('PAR1')
  expect(await research('list')).toContain(
    `contact: Contact and growth (board 2026-14), until ${NEXT_YEAR}: version 1 of `,
  )
  expect(await research('tidy')).toBe('no study is over\n')
  await research('end', 'contact')
  expect(await research('list')).toMatch(/ended .*, extract deleted/)
  const left = await runtime.warehouse.query(
    `select name from system.databases where name = '${researchDatabase(runtime.warehouse)}_contact'`,
  )
  expect(left).toEqual([])
})

test('erasing a person shows and takes their rows of an extract, and the daily run those that a backup brought back', async () => {
  await research('study', 'kept', '--title', 'T', '--purpose', 'P', '--approved-by', 'B', '--ends', NEXT_YEAR)
  await research('extract', 'kept', '--now', '--json')
  const { warehouse } = runtime
  const extract = `${researchDatabase(warehouse)}_kept`
  const [someone] = await warehouse.query<{ id: string }>(
    'select lower(hex(person_id)) as id from persons final where grade = $$10$$ order by id limit 1',
  )
  const resources = openResources(runtime.config, runtime.secrets, runtime.erased)
  const faults: unknown[] = []
  // An erasure waits until what was told of it is stored.
  const processor = await startProcessor({ ...runtime, onError: fault => faults.push(fault) })
  try {
    const deps = { ...runtime, resources }
    const plan = await planErasure(deps, [someone!.id])
    expect(plan.tables).toContainEqual({ table: `${extract}.students`, own: 1, named: 0 })
    await warehouse.command(`create table spare engine = Memory as select * from ${extract}.students`)
    const identifiers = `select * from {identity:Identifier}.study_identifiers where study = 'kept'`
    await warehouse.command(`create table spare_identifiers engine = Memory as ${identifiers}`)
    await finishErasure(deps, await beginErasure(deps, plan), plan.pseudonyms)
    const held = async () => (await planErasure(deps, [someone!.id])).tables
    expect(await held()).toEqual([])
    await warehouse.command(`truncate table ${extract}.students`)
    await warehouse.command(`insert into ${extract}.students select * from spare`)
    await warehouse.command('insert into {identity:Identifier}.study_identifiers select * from spare_identifiers')
    expect(await held()).toEqual([{ table: `${extract}.students`, own: 1, named: 0 }])
    await research('tidy')
    expect(await held()).toEqual([])
    expect(faults).toEqual([])
  } finally {
    await processor.stop()
    await resources.close()
  }
})

test('what an extraction that was cut off has left goes with the daily run', async () => {
  const left = async () =>
    runtime.warehouse.query(
      "select name from system.tables where database = currentDatabase() and name like 'extract%'",
    )
  await runtime.warehouse.command('create table extracting_people (student_id FixedString(32)) engine = Memory')
  await runtime.warehouse.command('create table extracted_weeks (person String) engine = MergeTree order by person')
  expect(await left()).toHaveLength(2)
  await research('tidy')
  expect(await left()).toEqual([])
})

test('what is wrong with a study is said, all of it, and none is recorded', async () => {
  const wrong = research('study', 'Bad-Name', '--title', 'T', '--purpose', 'P', '--ends', 'soon')
  await expect(wrong).rejects.toThrow(/study: expected 2 to 31 .*approvedBy: .*endsOn: .*No study was recorded/s)
  const over = ['--title', 'T', '--purpose', 'P', '--approved-by', 'B', '--ends', '2020-01-01']
  await expect(research('study', 'late', ...over)).rejects.toThrow(/endsOn: 2020-01-01 is over/)
  await expect(research('extract', 'late', '--now')).rejects.toThrow(/there is no study late/)
})

test('published figures stand in the database research with the words of the catalogue, the newest snapshot apart', async () => {
  const { warehouse } = runtime
  const cell = { indicator: 'active_days', version: 1, unit_type: 'school', unit_id: 's0', slice: '', period: '2026-W10', week: '2026-03-02', as_of: '2026-03-09 00:00:00.000', value: 0.8, n: 120, status: 'ok', reason: '', enrolled: 130 } // prettier-ignore
  for (const [snapshot, value] of [
    [7, 0.7],
    [8, 0.8],
  ] as const) {
    await warehouse.insert('published', [{ ...cell, snapshot, value }])
    await warehouse.insert('snapshots', [{ snapshot, published_at: '2026-03-12 00:00:00.000', as_of: cell.as_of, cells: 1, suppressed: 0, complete: true }]) // prettier-ignore
  }
  await warehouse.insert('snapshots', [{ snapshot: 9, published_at: '2026-03-13 00:00:00.000', as_of: cell.as_of, cells: 1, suppressed: 0, complete: false }]) // prettier-ignore
  const read = (view: string): Promise<unknown[]> =>
    warehouse.query(
      `select toFloat64(snapshot) as snapshot, name, unit_name, value, unit from {research:Identifier}.${view} order by snapshot`,
    )
  const row = { name: 'Active days', unit_name: 'School 0', unit: 'share of school days enrolled' }
  expect(await read('published')).toEqual([{ ...row, snapshot: 8, value: 0.8 }])
  expect(await read('published_all')).toEqual([{ ...row, snapshot: 7, value: 0.7 }, { ...row, snapshot: 8, value: 0.8 }]) // prettier-ignore
  const newest = 'select toFloat64(snapshot) as snapshot, newest from {research:Identifier}.snapshots order by snapshot'
  expect(await warehouse.query(newest)).toEqual([{ snapshot: 7, newest: false }, { snapshot: 8, newest: true }]) // prettier-ignore
})
