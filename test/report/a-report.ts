import { addDays } from '../../dashboards/weeks.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addClimate, SCHOOLS } from '../dashboards/a-climate.ts'
import { addLive, aFigure, FIRST_WEEK, noFigure, type Figure } from '../dashboards/a-district.ts'

/** The last of the 28 weeks, and the one four weeks before. */
export const [WEEK, BEFORE] = ['2026-03-09', '2026-02-09']
const MATHS = 'subject=Mathematics,test=map'
const OAK = { unit_type: 'school', unit_id: 'oak' }

/**
 * Surveys, weekly figures and growth of four schools; of the oak school, which its principal sees live: growth by starting
 * quarter, adult contact that fell in the last four weeks, one grade below the others. The new school has nothing but one
 * week of activity; of the tiny one nine students are there, and of those who sat a test nine started in one quarter.
 */
export async function addReport(warehouse: Warehouse): Promise<void> {
  await addClimate(warehouse)
  const named = [
    ...SCHOOLS.map(({ id }) => ({ id, name: `${capital(id)} School` })),
    { id: 'new', name: 'New School' },
    { id: 'tiny', name: 'Tiny School' },
  ]
  // After the roster's own rows.
  const ver = '9000000000000000000'
  await warehouse.insert('schools', named.map(({ id, name }) => ({ school_id: id, name, source: 'sis', ver, deleted: 0 }))) // prettier-ignore
  await addLive(warehouse, [...growth(), ...contact(), ...aNewSchool(), ...aTinySchool()], 2)
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

function growth(): Figure[] {
  const at = (indicator: string, slice: string, period: string, value: number, n = 52): Figure =>
    aFigure({
      ...OAK,
      indicator,
      slice,
      period,
      week: period.endsWith('fall') ? '2025-09-08' : '2026-02-09',
      value,
      lo95: value - 4,
      hi95: value + 4,
      n,
    })
  return [
    at('growth_percentile', MATHS, '2025-2026 fall', 47),
    at('growth_percentile', MATHS, '2025-2026 winter', 57),
    ...[40, 52, 58, 61].map((value, i) =>
      at('growth_percentile', `band=${i + 1},${MATHS}`, '2025-2026 winter', value, 13),
    ),
  ]
}

function contact(): Figure[] {
  const share = (week: string, value: number, slice = '', n = 58): Figure =>
    aFigure({ ...OAK, indicator: 'adult_contact', slice, week, value, lo95: value - 0.06, hi95: value + 0.06, n })
  const weekly = Array.from({ length: 28 }, (_, w) => share(addDays(FIRST_WEEK, 7 * w), w < 24 ? 0.82 : 0.64))
  return [
    ...weekly,
    share(WEEK!, 0.79, 'grade=09', 15),
    share(WEEK!, 0.41, 'grade=10', 14),
    share(WEEK!, 0.77, 'grade=11', 15),
    share(WEEK!, 0.63, 'grade=12', 14),
    aFigure({ ...OAK, indicator: 'contact_logging', week: WEEK!, value: 0.75, lo95: 0.75, hi95: 0.75, n: 12 }),
  ]
}

function aNewSchool(): Figure[] {
  const place = { unit_type: 'school', unit_id: 'new', week: WEEK! }
  return [
    aFigure({ ...place, indicator: 'active_days', value: 0.7, n: 120 }),
    noFigure('insufficient', { ...place, indicator: 'adult_contact', n: 0, reason: 'fewer than half of the advisers logged a meeting in the last 8 weeks' }), // prettier-ignore
  ]
}

function aTinySchool(): Figure[] {
  const place = { unit_type: 'school', unit_id: 'tiny', week: WEEK! }
  const reading = 'subject=Reading,test=map'
  const grown = (slice: string, value: number, n: number): Figure =>
    aFigure({ ...place, indicator: 'growth_percentile', slice, period: '2025-2026 winter', value, lo95: value - 4, hi95: value + 4, n }) // prettier-ignore
  return [
    aFigure({ ...place, indicator: 'active_days', value: 0.7, n: 9, enrolled: 9 }),
    grown(reading, 50, 69),
    ...[20, 20, 20, 9].map((n, i) => grown(`band=${i + 1},${reading}`, i === 3 ? 17 : 52, n)),
  ]
}
