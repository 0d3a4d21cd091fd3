import { beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { publish, type Snapshot } from '../../../processors/publish/publish.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aDistrict, anInstrument, aResponse, gradedSchool, type Sketch } from './a-window.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
let district: ReturnType<typeof aDistrict>
let early: Snapshot | null
let first: Snapshot | null

const publishAt = (when: string) => publish(warehouse, { clock: () => new Date(when) })

const names = (school: string, n: number): string[] => [...Array(n).keys()].map(i => `${school}${i}`)
const SCHOOLS = { oak: 60, elm: 60, ash: 60, fir: 60 }
const answersOf = (at: number): Sketch['answers'] => ({ S1: 1 + (at % 4), S2: 1 + ((at + (at % 3)) % 4) })
const child = (who: string, at: number) => aResponse({ who, answers: answersOf(at) })
const parent = (about: string, at: number) =>
  aResponse({
    who: `parent of ${about}`,
    about,
    answers: answersOf(at),
    rest: { instrument: 'climate-family', role: 'family' },
  })

type Row = { indicator: string; unit_id: string; slice: string; value: number | null; n: number | null; status: string }
const published = (where: string): Promise<Row[]> =>
  warehouse.query<Row>(
    `select indicator, unit_id, slice, value, n, status from published
     where snapshot = (select max(snapshot) from snapshots final where complete) and ${where} order by all`,
  )

/** Thirty children of each school, and parents of thirty; of the fir school nine. */
beforeAll(async () => {
  warehouse = await emptied()
  district = aDistrict(warehouse)
  const schools = Object.entries(SCHOOLS)
  await district.enrol(...schools.flatMap(([id, n]) => gradedSchool(id, names(id, n))))
  await district.store(
    anInstrument(),
    anInstrument({ instrument: 'climate-family', informant: 'family' }),
    ...schools.flatMap(([id]) => names(id, 30).map(child)),
    ...schools.flatMap(([id]) => names(id, id === 'fir' ? 9 : 30).map(parent)),
  )
  await district.run()
  early = await publishAt('2026-03-25T12:00:00Z')
  first = await publishAt('2026-03-26T12:00:00Z')
})

test('a survey is published 17 days after its last week began', async () => {
  expect(early).toBeNull()
  expect(first).not.toBeNull()
  const [row] = await published("indicator = 'item_score' and unit_id = 'oak' and slice = 'informant=student,instrument=climate-student,item=S1'") // prettier-ignore
  expect(row).toMatchObject({ n: 30, status: 'ok', value: expect.closeTo(73 / 30, 9) })
})

test('a school with nine parents shows none of their numbers, and they cannot be worked out from the others', async () => {
  const families = await published("slice like '%informant=family%'")
  expect(families.filter(({ unit_id }) => unit_id === 'fir').length).toBeGreaterThan(3)
  for (const row of families.filter(({ unit_id }) => unit_id === 'fir'))
    expect(row).toMatchObject({ value: null, n: null, status: 'suppressed' })
  // The district less three schools would be the fourth: another school, or the district, is hidden with it.
  const hidden = families.filter(({ slice, indicator, status }) => indicator === 'item_score' && slice.endsWith('item=S1') && status === 'suppressed') // prettier-ignore
  expect(hidden.map(({ unit_id }) => unit_id)).toContain('fir')
  expect(hidden.length).toBeGreaterThanOrEqual(2)
  const students = await published("slice like '%informant=student%item=S1' and slice not like 'grade%' and indicator = 'item_score'") // prettier-ignore
  expect(students.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
})

test('what is published of a survey is named as it is live, whole and by grade', async () => {
  const slices = await published("unit_id = 'demo' and indicator = 'survey_response'")
  expect(slices.map(({ slice }) => slice)).toEqual([
    'grade=03,informant=student,instrument=climate-student',
    'grade=04,informant=student,instrument=climate-student',
    'grade=05,informant=student,instrument=climate-student',
    'informant=family,instrument=climate-family',
    'informant=student,instrument=climate-student',
  ])
})

test('three late answers change live figures, and nothing that is published; twelve more do', async () => {
  const of =
    "unit_id = 'oak' and indicator = 'item_score' and slice = 'informant=student,instrument=climate-student,item=S1'"
  const [before] = await published(of)
  await district.store(...names('oak', 33).slice(30).map(child))
  await district.run()
  const live = await district.figures("unit_id = 'oak' and indicator = 'item_score'")
  expect(live.get('item_score oak informant=student,instrument=climate-student,item=S1')!.n).toBe(33)
  await publishAt('2026-04-01T12:00:00Z')
  expect((await published(of))[0]).toEqual(before)
  // Grades of the school grow by ten or more each.
  await district.store(...names('oak', 60).slice(30).map(child))
  await district.run()
  await publishAt('2026-05-01T12:00:00Z')
  expect((await published(of))[0]).toMatchObject({ n: 60, status: 'ok' })
})
