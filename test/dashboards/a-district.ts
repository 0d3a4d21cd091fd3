import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { indicator as catalogueEntry } from '../../schemas/catalogue.ts'
import { measuresOf } from '../../dashboards/pages/parts/themes.ts'
import { addDays, periodOf } from '../../dashboards/weeks.ts'
import { isShare } from '../../dashboards/wording.ts'

export type Figure = {
  indicator: string
  unit_type: string
  unit_id: string
  week: string
  value: number | null
  se?: number | null
  lo95: number | null
  hi95: number | null
  n: number | null
  enrolled: number | null
  status: string
  reason: string
  /** Default: none, and the week. */
  slice?: string
  period?: string
}

export type School = { id: string; name: string; students: number }

export const FIRST_WEEK = '2025-09-01'
/** Two weeks without school, as around New Year. */
export const CLOSED = ['2025-12-22', '2025-12-29']
export const AS_OF = '2026-03-20 21:00:00.000'

/** An ok figure with an interval around its value. */
export function aFigure(overrides: Partial<Figure> = {}): Figure {
  const value = overrides.value ?? 0.64
  const half = overrides.indicator === 'effort_minutes' || overrides.indicator === 'contact_minutes' ? 6 : 0.02
  return {
    indicator: 'active_days',
    unit_type: 'district',
    unit_id: 'd1',
    week: '2026-03-02',
    value,
    lo95: value - half,
    hi95: value + half,
    n: 250,
    enrolled: 260,
    status: 'ok',
    reason: '',
    ...overrides,
  }
}

/** No figure: the given status, everything else null. */
export function noFigure(status: string, overrides: Partial<Figure> = {}): Figure {
  const nothing = { value: null, lo95: null, hi95: null, n: null, enrolled: null, reason: REASON[status] ?? '' }
  return { ...aFigure(overrides), ...nothing, status, ...overrides }
}

const REASON: Record<string, string> = { suppressed: 'fewer than 10 students' }

/** A week of a unit whose tools log contact with other people and nothing else; no contact either if it is null. */
export function contactOnly(unit_type: string, unit_id: string, week: string, contact: number | null): Figure[] {
  const place = { unit_type, unit_id, week, enrolled: 120 }
  const none = (id: string, reason: string): Figure =>
    noFigure('insufficient', { ...place, indicator: id, n: 0, reason })
  return [
    none('active_days', 'no learning activity was recorded in this week'),
    none('effort_minutes', 'no learning activity was recorded in this week'),
    none('weekend_days', 'nobody is enrolled on the weekend, or no learning activity was recorded'),
    contact === null
      ? none('contact_minutes', 'no contact was recorded in this week')
      : aFigure({ ...place, indicator: 'contact_minutes', value: contact, n: 118 }),
  ]
}

export async function addSchools(warehouse: Warehouse, schools: readonly Pick<School, 'id' | 'name'>[]): Promise<void> {
  await warehouse.insert(
    'schools',
    schools.map(({ id, name }) => ({ school_id: id, name, source: 'sis', ver: '1', deleted: 0 })),
  )
}

export async function addClasses(
  warehouse: Warehouse,
  classes: readonly { id: string; school: string; label: string; homeroom?: boolean }[],
): Promise<void> {
  await warehouse.insert(
    'classes',
    classes.map(({ id, school, label, homeroom }) => ({
      class_id: id,
      school_id: school,
      label,
      class_type: homeroom ? 'homeroom' : 'scheduled',
      subjects: [],
      grades: [],
      source: 'sis',
      ver: '1',
      deleted: 0,
    })),
  )
}

/** Live figures, as the processors store them. */
export async function addLive(warehouse: Warehouse, figures: readonly Figure[], computed = 1): Promise<void> {
  const found = figures.map(figure => ({
    ...stored(figure),
    n: figure.n ?? 0,
    n_eff: figure.n ?? 0,
    enrolled: figure.enrolled ?? 0,
  }))
  await warehouse.insert(
    'indicators',
    found.map(row => ({ ...row, computed: String(computed), deleted: 0 })),
  )
}

/** A complete snapshot with these figures. */
export async function publish(
  warehouse: Warehouse,
  snapshot: number,
  figures: readonly Figure[],
  complete = true,
): Promise<void> {
  await warehouse.insert(
    'published',
    figures.map(figure => ({ snapshot, ...stored(figure), n_eff: figure.n })),
  )
  const suppressed = figures.filter(figure => figure.status === 'suppressed').length
  await warehouse.insert('snapshots', [
    { snapshot, published_at: AS_OF, as_of: AS_OF, cells: figures.length, suppressed, complete },
  ])
}

/** Every indicator of every school and the district over a number of weeks; made by arithmetic, so alike in every run. */
export function districtFigures(schools: readonly School[], weeks: number): Figure[] {
  const found: Figure[] = []
  for (let w = 0; w < weeks; w++) {
    const week = addDays(FIRST_WEEK, 7 * w)
    for (const entry of measuresOf('district')) {
      schools.forEach((school, s) => found.push(figureOf(entry.id, 'school', school.id, week, w, s, school.students)))
      if (CLOSED.includes(week)) continue
      const students = schools.reduce((sum, school) => sum + school.students, 0)
      found.push(figureOf(entry.id, 'district', 'd1', week, w, -1, students))
    }
  }
  return found
}

export function figureOf(
  indicator: string,
  unit_type: string,
  unit_id: string,
  week: string,
  w: number,
  s: number,
  n: number,
): Figure {
  const place = { indicator, unit_type, unit_id, week }
  if (CLOSED.includes(week)) return noFigure('not_applicable', { ...place, reason: 'fewer than 2 school days' })
  if (n < 10 && unit_type === 'school') return noFigure('suppressed', place)
  const wave = Math.sin(w / 4 + s) * 0.04 + Math.sin(s * 7.3) * 0.05 + Math.sin(w * 2.1 + s * 3.7) * 0.015
  const [base, spread] = BASE[indicator] ?? ordinary(indicator)
  const value = base * (1 + wave)
  const half = (2 * spread) / Math.sqrt(n)
  return aFigure({
    ...place,
    value,
    lo95: Math.max(0, value - half),
    hi95: value + half,
    n: Math.round(n * 0.97),
    enrolled: n,
  })
}

const BASE: Record<string, [number, number]> = {
  active_days: [0.64, 0.28],
  effort_minutes: [188, 110],
  weekend_days: [0.22, 0.45],
  contact_minutes: [26, 24],
  skills_gained: [0.4, 0.5],
}

/** Where nothing special is said: in the middle of a share, a dozen of anything else. */
function ordinary(id: string): [number, number] {
  return isShare(catalogueEntry(id)) ? [0.55, 0.3] : [12, 6]
}

function stored(figure: Figure): Record<string, unknown> {
  return { version: 1, slice: '', period: periodOf(figure.week), as_of: AS_OF, se: figure.se ?? null, ...figure }
}

export type Enrolled = { id: string; given: string; family: string; classes: readonly string[]; until?: string }

/** Students by name, enrolled in classes from August on (an open end without `until`); `id` is a pseudonym of 64 digits. */
export async function addStudents(
  warehouse: Warehouse,
  students: readonly Enrolled[],
  { school, grade = '09' }: { school: string; grade?: string },
): Promise<void> {
  for (const { id, given, family, classes, until = '2299-12-31' } of students) {
    await warehouse.command(
      `insert into persons (person_id, role, grade, groups, source, ver, deleted)
       select unhex({id:String}), 'student', {grade:String}, '{}', 'sis', 1, 0`,
      { id, grade },
    )
    await warehouse.command(
      `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
       select unhex({id:String}), {given:String}, {family:String}, '', '', 1, 0`,
      { id, given, family },
    )
    await warehouse.command(
      `insert into enrolments (person_id, enrolment_id, class_id, school_id, role, begin_day, end_day, source, ver, deleted)
       select unhex({id:String}), concat({id:String}, class), class, {school:String}, 'student', '2025-08-25', {until:String}, 'sis', 1, 0
       from (select arrayJoin({classes:Array(String)}) as class)`,
      { id, classes, school, until },
    )
  }
}
