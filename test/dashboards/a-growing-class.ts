import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../processors/growth/recompute-growth.ts'
import { storeScores } from '../../processors/store-scores.ts'
import type { Score } from '../../schemas/score.ts'
import { person } from '../helpers/records.ts'
import { uniforms } from '../helpers/score-panel.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure, type Figure } from './a-district.ts'

/** Two springs before, and fall and spring of the year shown. */
const SITTINGS = [
  ['2023-2024 spring', '2024-05-15', 0],
  ['2024-2025 spring', '2025-05-15', 1],
  ['2025-2026 fall', '2025-09-15', 1.3],
  ['2025-2026 spring', '2026-05-15', 2],
] as const
const STUDENTS = 300
/** The first ten are in the class; the last of them has one score. */
export const IN_CLASS = Array.from({ length: 10 }, (_, at) => ({
  id: person(`s${at}`),
  given: ['Ada', 'Ben', 'Cleo', 'Dora', 'Eli', 'Fay', 'Gus', 'Hal', 'Ina', 'Jo'][at]!,
  family: `Family${at}`,
  classes: ['c-9'],
}))

/** Everybody rises by about 9 points a year; the first student of the class by 19. */
function scores(): Score[] {
  const uniform = uniforms(7)
  return Array.from({ length: STUDENTS }, (_, student) => {
    const [start, slope] = [185 + 30 * uniform(), student === 0 ? 19 : 5 + 8 * uniform()]
    return SITTINGS.map(([window, date, years], at): Score[] => {
      const score = Math.round(start + slope * years + 5 * uniform())
      if (student === 9 && at < 3) return []
      return [
        {
          type: 'score',
          id: uuid5(`growth-pages|${student}|${at}`),
          source: 'map-growth',
          storedAt: '2026-06-01T12:00:00.000Z',
          kind: 'assessment',
          test: 'map-growth',
          subject: 'Mathematics',
          window,
          grade: '',
          date,
          score,
          csem: 3,
          counts: true,
          list: '',
          student: person(`s${student}`),
        },
      ]
    }).flat()
  }).flat()
}

/** A class of ten at Lincoln School, whose growth is computed among 300 students of the district. */
export async function aGrowingClass(warehouse: Warehouse): Promise<void> {
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln School' }])
  await addClasses(warehouse, [{ id: 'c-9', school: 'lincoln', label: 'MATH-9' }])
  await addStudents(warehouse, IN_CLASS, { school: 'lincoln' })
  await addLive(warehouse, [aFigure({ unit_type: 'class', unit_id: 'c-9', n: 10 })])
  await storeScores(
    warehouse,
    scores().map((value, at) => ({ value, position: `0/${at}/0` })),
  )
  await new GrowthRecompute(warehouse, { district: 'd1' }, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: 1 }),
  ).run()
}

const YEARS = [2023, 2024, 2025] as const
const SEASONS = [
  ['fall', '09-11'],
  ['winter', '01-15'],
  ['spring', '05-20'],
] as const

/** Growth of a school or the district over three years, made by arithmetic, and one week of active days. */
export function growthFigures(unit_type: 'school' | 'district', unit_id: string, n: number): Figure[] {
  const by = 'subject=Mathematics,test=benchmark'
  const row = (indicator: string, slice: string, year: number, season: string, value: number, half: number): Figure => {
    const [, day] = SEASONS.find(([name]) => name === season)!
    const date = new Date(`${season === 'fall' ? year : year + 1}-${day}`)
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
    return {
      ...aFigure({ indicator, unit_type, unit_id, value, lo95: value - half, hi95: value + half, n, enrolled: n }),
      week: date.toISOString().slice(0, 10),
      slice,
      period: `${year}-${year + 1} ${season}`,
    }
  }
  const spring = (indicator: string, slice: string, value: number, half: number): Figure =>
    row(indicator, slice, 2025, 'spring', value, half)
  const isSchool = unit_type === 'school'
  return [
    aFigure({ unit_type, unit_id, n, enrolled: n }),
    ...[2024, 2025].map(year => row('growth_percentile', by, year, 'spring', isSchool ? 46.5 : 49.2, isSchool ? 3 : 1)),
    spring('growth_percentile_median', by, 47, 4),
    spring('high_growth_share', by, 0.31, 0.05),
    ...[44, 46, 47, 49].map((value, i) => spring('growth_percentile', `band=${i + 1},${by}`, value, 5)),
    ...[0.24, 0.21, 0.2, 0.19, 0.16].map((value, i) =>
      spring('growth_fifth_share', `fifth=${i + 1},${by}`, value, 0.04),
    ),
    isSchool ? spring('school_growth', by, -0.9, 0.7) : spring('growth_rate', by, 13.6, 0.4),
    { ...spring('conditional_growth', `from=fall,${by}`, isSchool ? -0.12 : 0, 0.09), period: '2025-2026 fall to spring' }, // prettier-ignore
    ...[9, 10, 11, 12].flatMap(grade =>
      YEARS.flatMap((year, y) =>
        SEASONS.map(
          ([season], w) =>
          row('mean_score', `grade=${String(grade).padStart(2, '0')},${by}`, year, season, 470 + 13 * (grade - 9 + y) + 4 * w - 13 * y, 2), // prettier-ignore
        ),
      ),
    ),
  ]
}
