import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addDays } from '../../dashboards/weeks.ts'
import { addClasses, addSchools, aFigure, noFigure, publish, type Figure } from '../dashboards/a-district.ts'

export const SCHOOLS = [
  { id: 'adams', name: 'Adams School' },
  { id: 'lincoln', name: 'Lincoln School' },
  { id: 'monroe', name: '=Monroe "North" School' },
]
const FIRST = '2024-09-02'
export const WEEKS = 70

/** Active days of three schools over two school years, by grade and quarter; growth by subject; one grade hidden. */
export async function aPublishedDistrict(warehouse: Warehouse): Promise<Figure[]> {
  await addSchools(warehouse, SCHOOLS)
  await addClasses(warehouse, [
    { id: 'c-1', school: 'lincoln', label: 'ALGEBRA' },
    { id: 'c-9', school: 'monroe', label: 'BIOLOGY' },
  ])
  const figures = [...weekly(), ...growth(), ...climate()]
  await publish(warehouse, 6, figures.slice(0, 50))
  await publish(warehouse, 7, figures)
  await publish(warehouse, 8, figures.slice(0, 50), false)
  return figures
}

function weekly(): Figure[] {
  const units = [
    { unit_type: 'district', unit_id: 'd1' },
    ...SCHOOLS.map(({ id }) => ({ unit_type: 'school', unit_id: id })),
  ]
  return Array.from({ length: WEEKS }, (_, w) => addDays(FIRST, 7 * w)).flatMap((week, w) =>
    units.flatMap((unit, u) =>
      ['', 'band=1', 'grade=09', 'grade=10'].map((slice, s) => {
        const place = { ...unit, week, slice }
        if (slice === 'grade=10' && unit.unit_id === 'adams') return noFigure('suppressed', place)
        return aFigure({ ...place, value: 0.5 + 0.02 * u + 0.01 * s + 0.0005 * w, n: 200 + u })
      }),
    ),
  )
}

function growth(): Figure[] {
  return ['subject=ela,test=state', 'subject=math,test=state'].flatMap((measure, m) =>
    ['', 'band=1'].flatMap((group, g) =>
      [2024, 2025].map((year, y) =>
        aFigure({
          indicator: 'growth_percentile',
          unit_type: 'school',
          unit_id: 'lincoln',
          week: `${year}-04-0${7 - y}`,
          period: `${year}-spring`,
          slice: [group, measure].filter(Boolean).join(','),
          value: 50 + m + g + y,
          lo95: 45,
          hi95: 56,
        }),
      ),
    ),
  )
}

/** What families and students of one school answered. */
function climate(): Figure[] {
  return ['family', 'student'].map((informant, i) =>
    aFigure({
      indicator: 'climate_score',
      unit_type: 'school',
      unit_id: 'lincoln',
      week: '2025-11-10',
      period: '2025-fall',
      slice: `informant=${informant},instrument=climate-${informant},scale=belonging`,
      value: 3.1 + i / 10,
      lo95: 3,
      hi95: 3.4,
      n: 41 + i,
    }),
  )
}
