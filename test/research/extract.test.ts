import { beforeAll, describe, expect, test } from 'vitest'
import { erasedHash } from '../../infra/erased.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { anonymity, type Row } from '../../processors/publish/anonymity.ts'
import { endStudy, overdueStudies } from '../../processors/research/end-study.ts'
import { eraseFromExtracts, heldInExtracts } from '../../processors/research/erase-extracts.ts'
import { extractDatabase, makeExtract } from '../../processors/research/extract.ts'
import { QUASI, SENSITIVE } from '../../processors/research/generalise.ts'
import { listStudies, readStudy, recordStudy, type Study } from '../../processors/research/study.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aPlan, depsOf, fillDistrict, NOW, studentHex } from './a-study-district.ts'

const STUDENTS = 600
const WEEKS = 20
const SKIPPED = 4

let warehouse: Warehouse
let study: Study
let extract: string

const rows = <T>(sql: string, params = {}): Promise<T[]> => warehouse.query<T>(sql, { extract, ...params })
const make = async (name: string, more: Parameters<typeof aPlan>[1] = {}): Promise<Study> =>
  makeExtract(depsOf(warehouse), await recordStudy(warehouse, aPlan(name, more), NOW), NOW)

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await fillDistrict(warehouse, { students: STUDENTS, weeks: WEEKS })
  study = await make('mentoring')
  extract = extractDatabase(warehouse, 'mentoring')
})

describe('what an extract is', () => {
  test('a database of its own with five tables and the codebook, and the manifest counts their rows', async () => {
    const found = await rows<{ name: string; rows: string }>(
      'select name, toString(total_rows) as rows from system.tables where database = {extract:String} order by name',
    )
    expect(found.map(({ name }) => name)).toEqual(['codebook', 'growth', 'manifest', 'schools', 'students', 'weeks'])
    for (const [table, { rows: told }] of Object.entries(study.manifest!.tables))
      expect(found).toContainEqual({ name: table, rows: String(told) })
    expect(study.manifest).toMatchObject({ version: 1, approvedBy: 'B-2026-1', endsOn: '2026-12-31', snapshot: null })
  })

  test('students are alike in groups of ten who differ in what is sensitive, counted from the table itself', async () => {
    const students = await rows<Row>('select * from {extract:Identifier}.students')
    const { k, l } = anonymity(students, QUASI, SENSITIVE)
    expect(k).toBeGreaterThanOrEqual(10)
    expect(l).toBeGreaterThanOrEqual(2)
    expect(study.manifest!.anonymity).toMatchObject({ k, l })
    expect(students.length + study.manifest!.anonymity.dropped).toBe(STUDENTS)
  })

  test('no pseudonym, school or identifier of the district stands anywhere in it', async () => {
    const columns = await rows<{ table: string; name: string }>(
      "select table, name from system.columns where database = {extract:String} and type like '%String%' and table not in ('codebook')",
    )
    const people = Array.from({ length: STUDENTS }, (_, i) => studentHex(i))
    const schools = ['s0', 's1', 's2', 's3']
    for (const { table, name } of columns) {
      const [found] = await rows<{ n: number }>(
        `select toFloat64(countIf(${name} in {people:Array(String)} or ${name} in {schools:Array(String)})) as n from {extract:Identifier}.${table}`,
        { people, schools },
      )
      expect({ table, name, ...found }).toEqual({ table, name, n: 0 })
    }
  })

  test('weeks of a student are Mondays that follow each other, as many as there are less those left out', async () => {
    const found = await rows<{ weeks: number; from: number; to: number; span: number; monday: number }>(
      `select toFloat64(count()) as weeks, min(week_number) as from, max(week_number) as to,
         toInt32(max(week) - min(week)) as span, toFloat64(countIf(toDayOfWeek(week) != 1)) as monday
       from {extract:Identifier}.weeks group by person`,
    )
    const kept = WEEKS - SKIPPED
    for (const one of found) expect(one).toEqual({ weeks: kept, from: 1, to: kept, span: 7 * (kept - 1), monday: 0 })
  })

  test('weekly values are right on average, and in whole steps', async () => {
    const [told] = await rows<{ minutes: number; adults: number; share: number }>(
      'select avg(effort_minutes) as minutes, avg(adults) as adults, avg(active_share) as share from {extract:Identifier}.weeks',
    )
    const [true_] = await rows<{ minutes: number; adults: number; share: number }>(
      `select avg(least(e.effort_minutes, {most:Float64})) as minutes, avg(c.sustained) as adults, avg(e.active_share) as share
       from student_engagement as e final inner join student_connectedness as c on c.week = e.week and c.student_id = e.student_id`,
      { most: study.manifest!.values.mostSaid.effort_minutes },
    )
    expect(Math.abs(told!.minutes - true_!.minutes)).toBeLessThan(4)
    expect(Math.abs(told!.adults - true_!.adults)).toBeLessThan(0.05)
    expect(Math.abs(told!.share - true_!.share)).toBeLessThan(0.02)
    const [odd] = await rows<{ n: number }>(
      `select toFloat64(countIf(effort_minutes % 10 != 0 or adults % 1 != 0 or abs(5 * active_share - round(5 * active_share)) > 1e-9)) as n
       from {extract:Identifier}.weeks`,
    )
    expect(odd).toEqual({ n: 0 })
  })

  test('what fewer than ten students reach is taken down to what ten do', async () => {
    const most = study.manifest!.values.mostSaid
    const [found] = await rows<Record<string, number>>(
      `select max(effort_minutes) <= {effort:Float64} + 20 as minutes, max(adults) <= {adults:Float64} + 1 as people
       from {extract:Identifier}.weeks`,
      { effort: most.effort_minutes, adults: most.adults },
    )
    expect(found).toEqual({ minutes: 1, people: 1 })
    const [reached] = await rows<{ n: number }>(
      'select toFloat64(uniqExact(student_id)) as n from student_engagement final where effort_minutes >= {effort:Float64}',
      { effort: most.effort_minutes },
    )
    expect(reached!.n).toBeGreaterThanOrEqual(10)
  })

  test('scores stand beside years, not dates, and what is not known is empty', async () => {
    const [first] = await rows<{ years: number; percentiles: number; conditional: number; slopes: number }>(
      `select max(years) as years, toFloat64(count(growth_percentile)) as percentiles, toFloat64(count(conditional_growth)) as conditional,
         toFloat64(max(slopes)) as slopes
       from (select *, uniqExact(slope) over (partition by person) as slopes from {extract:Identifier}.growth where sitting = 1)`,
    )
    expect(first).toMatchObject({ years: 0, conditional: 0, slopes: 1 })
  })
})

describe('versions and ends', () => {
  test('the next version has other pseudonyms throughout, and the one before is gone', async () => {
    await make('versions')
    const database = extractDatabase(warehouse, 'versions')
    const persons = `select person from ${database}.students order by person`
    const before = await warehouse.query<{ person: string }>(persons)
    const again = await makeExtract(depsOf(warehouse), await readStudy(warehouse, 'versions'), NOW)
    const after = new Set((await warehouse.query<{ person: string }>(persons)).map(({ person }) => person))
    expect(again.version).toBe(2)
    expect(before.filter(({ person }) => after.has(person))).toEqual([])
    const [kept] = await warehouse.query<{ versions: number[] }>(
      "select groupUniqArray(version) as versions from {identity:Identifier}.study_identifiers where study = 'versions'",
    )
    expect(kept).toEqual({ versions: [2] })
  })

  test('an extract that nobody could be in is refused, and the one before stands', async () => {
    await make('narrow', { terms: { from: '2025-09-01', to: '2025-10-20', tables: ['growth'] } })
    const stored = await readStudy(warehouse, 'narrow')
    const nobody = { ...stored, terms: { ...stored.terms, from: '1999-01-04', to: '1999-01-11' } }
    await expect(makeExtract(depsOf(warehouse), nobody, NOW)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
    expect((await readStudy(warehouse, 'narrow')).version).toBe(1)
    // And has what the study needs, no more.
    const { tables } = stored.manifest!
    expect([tables.weeks!.rows, tables.growth!.rows > 0]).toEqual([0, true])
    expect(
      await warehouse.query(
        "select name from system.tables where database = currentDatabase() and name like 'extract%'",
      ),
    ).toEqual([])
  })

  test('a study ends the day after its last: its database and all that leads to it go, what was recorded stays', async () => {
    await make('short', { endsOn: '2026-06-30' })
    expect(await overdueStudies(warehouse, '2026-06-30')).toEqual([])
    const overdue = await overdueStudies(warehouse, '2026-07-01')
    expect(overdue.map(one => one.study)).toEqual(['short'])
    await endStudy(warehouse, overdue[0]!, NOW)
    await endStudy(warehouse, overdue[0]!, NOW)
    const [left] = await warehouse.query<{ databases: number; identifiers: number }>(
      `select toFloat64((select count() from system.databases where name = {database:String})) as databases,
         toFloat64((select count() from {identity:Identifier}.study_identifiers where study = 'short')) as identifiers`,
      { database: extractDatabase(warehouse, 'short') },
    )
    expect(left).toEqual({ databases: 0, identifiers: 0 })
    const recorded = (await listStudies(warehouse)).find(one => one.study === 'short')!
    expect(recorded).toMatchObject({ deletedAt: NOW.toISOString(), version: 1 })
    expect(recorded.manifest).not.toBeNull()
    await expect(readStudy(warehouse, 'short')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(recordStudy(warehouse, aPlan('short'), NOW)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  })
})

describe('erasing a person', () => {
  const hashes = (pseudonym: string): string[] => [erasedHash(pseudonym)]
  const someoneIn = async (): Promise<string> => {
    for (let at = 0; ; at++)
      if (
        (await heldInExtracts(depsOf(warehouse), hashes(studentHex(at)))).some(({ table }) => table.startsWith(extract))
      )
        return studentHex(at)
  }

  test('takes their rows from every extract by hashes alone, keeps ten in every group, and the manifest says so', async () => {
    const who = await someoneIn()
    await eraseFromExtracts(depsOf(warehouse), hashes(who), NOW)
    expect(await heldInExtracts(depsOf(warehouse), hashes(who))).toEqual([])
    const { manifest } = await readStudy(warehouse, 'mentoring')
    const students = await rows<Row>('select * from {extract:Identifier}.students')
    expect(anonymity(students, QUASI, SENSITIVE).k).toBeGreaterThanOrEqual(10)
    expect(manifest!.erasures).toMatchObject({ times: 1, lastOn: '2026-06-20' })
    expect(manifest!.students).toBe(students.length)
    expect(students.length + 1 + manifest!.erasures.alsoLeftOut).toBe(study.manifest!.students)
    const [told] = await rows<{ value: string }>("select value from {extract:Identifier}.manifest where item = 'json'")
    expect(JSON.parse(told!.value)).toEqual(manifest)
    await eraseFromExtracts(depsOf(warehouse), hashes(who), NOW)
    expect((await readStudy(warehouse, 'mentoring')).manifest!.erasures.times).toBe(1)
  })

  test('finds them under an identifier that has been given to somebody else since', async () => {
    const who = await someoneIn()
    const [login] = await warehouse.query<{ id: string }>(
      'select lower(hex(identifier)) as id from person_of final where person_id = unhex({who:String}) and identifier != unhex({who:String})',
      { who },
    )
    await warehouse.command('insert into person_of select unhex({id:String}), unhex({other:String}), $$sis$$, 2, 0', {
      id: login!.id,
      other: studentHex(0),
    })
    await eraseFromExtracts(depsOf(warehouse), hashes(login!.id), NOW)
    expect(await heldInExtracts(depsOf(warehouse), hashes(who))).toEqual([])
  })
})
