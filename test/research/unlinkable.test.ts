import { beforeAll, expect, test } from 'vitest'
import { erasedHash } from '../../infra/erased.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { extractDatabase, makeExtract } from '../../processors/research/extract.ts'
import { studyKey, studyNames, studyPseudonym } from '../../processors/research/study-key.ts'
import { recordStudy, type Study } from '../../processors/research/study.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aPlan, depsOf, fillDistrict, NOW, SECRETS, studentHex } from './a-study-district.ts'

/**
 * Somebody holds the extracts of two studies of the same students and tries to find the same student in both: what is known here
 * alone is who is who (`truth`), to tell whether an attempt is right.
 */
const STUDENTS = 600
const SKIP = 4
let warehouse: Warehouse
let one: Study

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await fillDistrict(warehouse, { students: STUDENTS })
  const make = async (name: string): Promise<Study> =>
    makeExtract(depsOf(warehouse), await recordStudy(warehouse, aPlan(name), NOW), NOW)
  one = await make('one')
  await make('other')
  const names = ['one', 'other'].map(study => studyNames(studyKey(SECRETS.masterSecret, 'd1', study, 1), 'd1'))
  await warehouse.command('create table truth (one String, other String) engine = Memory')
  const hashes = Array.from({ length: STUDENTS }, (_, at) => erasedHash(studentHex(at)))
  await warehouse.insert(
    'truth',
    hashes.map(hash => ({ one: names[0]!.person(hash), other: names[1]!.person(hash) })),
  )
})

const inBoth = (sql: string): string =>
  sql
    .replaceAll('ONE.', `${extractDatabase(warehouse, 'one')}.`)
    .replaceAll('OTHER.', `${extractDatabase(warehouse, 'other')}.`)
const rows = <T>(sql: string): Promise<T[]> => warehouse.query<T>(inBoth(sql))

/** Of an attempt, pairs (one, other): how many students have a single candidate, and how many of these are right. */
async function tried(pairs: string): Promise<{ single: number; right: number }> {
  const [found] = await rows<{ single: number; right: number }>(
    `with candidates as (select one, groupUniqArray(other) as others from (${pairs}) group by one having length(others) = 1)
     select toFloat64(count()) as single, toFloat64(countIf((one, others[1]) in (select one, other from truth))) as right from candidates`,
  )
  return found!
}

test('pseudonyms are those of indicators E6, under a key that no other study and version has', () => {
  const key = Buffer.concat([Buffer.alloc(31), Buffer.from([1])])
  expect(studyPseudonym(key, 'district-7')('student', 'S-000123')).toBe(
    '518b23d7910bb8ec8db0ef831807034e8589d75b7947c0cefe38248c0b37a501',
  )
  const keys = [
    studyKey(SECRETS.masterSecret, 'd1', 'one', 1),
    studyKey(SECRETS.masterSecret, 'd1', 'one', 2),
    studyKey(SECRETS.masterSecret, 'd1', 'other', 1),
    studyKey(SECRETS.masterSecret, 'd2', 'one', 1),
    studyKey(Buffer.alloc(32, 8), 'd1', 'one', 1),
  ].map(buffer => buffer.toString('hex'))
  expect(new Set(keys).size).toBe(keys.length)
})

test('no pseudonym of a student or school of one study is in the other', async () => {
  const [found] = await rows<{ persons: number; schools: number; both: number }>(
    `select toFloat64((select count() from ONE.students where person in (select person from OTHER.students))) as persons,
       toFloat64((select count() from ONE.schools where school in (select school from OTHER.schools))) as schools,
       toFloat64((select count() from truth where one in (select person from ONE.students) and other in (select person from OTHER.students))) as both`,
  )
  expect(found).toMatchObject({ persons: 0, schools: 0 })
  expect(found!.both).toBeGreaterThan(500)
})

test('the dates of a student in one study tell nothing of those in the other', async () => {
  const [found] = await rows<{ correlation: number; same: number; n: number }>(
    `select corr(toFloat64(a.week), toFloat64(b.week)) as correlation, toFloat64(countIf(a.week = b.week)) as same, toFloat64(count()) as n
     from truth as t
     inner join (select person, min(week) as week from ONE.weeks group by person) as a on a.person = t.one
     inner join (select person, min(week) as week from OTHER.weeks group by person) as b on b.person = t.other`,
  )
  expect(Math.abs(found!.correlation)).toBeLessThan(0.12)
  // 105 shifts and 5 beginnings: one in a hundred by chance.
  expect(found!.same / found!.n).toBeLessThan(0.03)
  const byDate = await tried(
    `select a.person as one, b.person as other from (select person, min(week) as week from ONE.weeks group by person) as a
     inner join (select person, min(week) as week from OTHER.weeks group by person) as b on b.week = a.week`,
  )
  expect(byDate.right).toBeLessThanOrEqual(2)
})

test('where a row lies tells nothing of when it was written', async () => {
  for (const table of ['students', 'weeks', 'growth', 'schools'])
    expect(await rows(`select toFloat64(uniqExact(_part)) as parts from ONE.${table}`), table).toEqual([{ parts: 1 }])
})

test('the number of weeks and their order are the same for everybody: they tell nobody apart', async () => {
  const [found] = await rows<{ lengths: number }>(
    `select toFloat64(uniqExact(n)) as lengths from (select count() as n from ONE.weeks group by person union all select count() from OTHER.weeks group by person)`,
  )
  expect(found).toEqual({ lengths: 1 })
})

const WEEKLY = ['active_share', 'effort_minutes', 'completion', 'evenness', 'adults', 'peer_ties', 'connected_share', 'balance', 'adult_minutes', 'peer_minutes'] // prettier-ignore

test('no student’s series of values is found again by being equal, in any column, wherever the two begin', async () => {
  for (const column of WEEKLY) {
    // Whoever compares slides one series along the other, by as much as beginnings can differ.
    for (let lag = -SKIP; lag <= SKIP; lag++) {
      const series = (place: string, from: number): string =>
        `select person, arrayMap(x -> x.2, arraySort(groupArray((week_number, ${column})))) as whole,
           arraySlice(whole, ${1 + Math.max(0, from)}, length(whole) - ${Math.abs(lag)}) as part from ${place}weeks group by person`
      const { right } = await tried(
        `select a.person as one, b.person as other from (${series('ONE.', lag)}) as a inner join (${series('OTHER.', -lag)}) as b on b.part = a.part`,
      )
      expect({ column, lag, right }).toEqual({ column, lag, right: 0 })
    }
  }
})

test('weeks in which all values are equal find as few students as chance', async () => {
  const { single, right } = await tried(
    `select a.person as one, b.person as other from ONE.weeks as a inner join OTHER.weeks as b on ${WEEKLY.map(column => `a.${column} = b.${column}`).join(' and ')}`,
  )
  // Ten values are moved alike in one of 3^10 rows.
  expect(single).toBeLessThanOrEqual(5)
  expect(right).toBeLessThanOrEqual(3)
})

test('scores, percentiles and slopes are not found again by being equal', async () => {
  const series = (place: string): string =>
    `select person, arrayMap(x -> (x.2, x.3), arraySort(groupArray((sitting, score, growth_percentile)))) as scores, any(slope) as slope from ${place}growth group by person`
  const byScores = await tried(
    `select a.person as one, b.person as other from (${series('ONE.')}) as a inner join (${series('OTHER.')}) as b on b.scores = a.scores`,
  )
  const bySlope = await tried(
    `select a.person as one, b.person as other from (${series('ONE.')}) as a inner join (${series('OTHER.')}) as b on b.slope = a.slope`,
  )
  // Of those who have sat once or twice, some by chance.
  expect(byScores.right).toBeLessThanOrEqual(STUDENTS / 100)
  expect(bySlope.right).toBeLessThanOrEqual(STUDENTS / 50)
})

test('what is not covered is said in the manifest: the most similar series still finds students', async () => {
  const shape = (place: string): string =>
    `select person, avg(effort_minutes) as mean, arrayMap(x -> x.2, arraySort(groupArray((week_number, assumeNotNull(effort_minutes))))) as whole from ${place}weeks group by person`
  const [found] = await rows<{ share: number }>(
    `select avg((one, other) in (select one, other from truth)) as share from (
       select a.person as one, argMin(b.person, arrayMin(arrayMap(lag ->
         L2Distance(arraySlice(a.whole, 1 + greatest(0, lag), 16 - abs(lag)), arraySlice(b.whole, 1 + greatest(0, -lag), 16 - abs(lag)))
           / sqrt(16 - abs(lag)), range(-${SKIP}, ${SKIP + 1})))) as other
       from (${shape('ONE.')}) as a cross join (${shape('OTHER.')}) as b group by one)`,
  )
  expect(found!.share).toBeGreaterThan(0.9)
  expect(one.manifest!.notCovered.join(' ')).toMatch(
    /compares whole series of values, can find nearly all of the same students/,
  )
})
