import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import type { ResearchDeps } from '../../processors/research/extract.ts'
import { Terms, type StudyPlan } from '../../processors/research/study.ts'

export const NOW = new Date('2026-06-20T15:00:00.000Z')
export const SECRETS = { masterSecret: Buffer.alloc(32, 7) }
export const FIRST_MONDAY = '2025-09-01'

export const depsOf = (warehouse: Warehouse): ResearchDeps => ({ warehouse, secrets: SECRETS, district: 'd1' })

export const aPlan = (
  study: string,
  more: Partial<Omit<StudyPlan, 'terms'>> & { terms?: Partial<Terms> } = {},
): StudyPlan => ({
  title: `Study ${study}`,
  purpose: 'To see whether it can be done.',
  approvedBy: 'B-2026-1',
  endsOn: '2026-12-31',
  ...more,
  study,
  terms: Terms.parse(more.terms ?? {}),
})

/** Students' pseudonym, of a number. */
export const studentHex = (student: number): string => `5${String(student).padStart(63, '0')}`
const STUDENT = "unhex(concat('5', leftPad(toString(number), 63, '0')))"

/**
 * A district whose live values are made up by SQL: everything that an extract reads, of students with numbers from 0.
 * School `s<n>`: three quarters of the students are in the first half of the schools. Grades 3 to 12.
 */
export async function fillDistrict(
  warehouse: Warehouse,
  { students, schools = 4, weeks = 20 }: { students: number; schools?: number; weeks?: number },
): Promise<void> {
  await migrate(warehouse)
  const params = { students, schools, weeks, first: FIRST_MONDAY }
  for (const statement of STATEMENTS) await warehouse.command(statement, params)
}

const H = (what: string): string => `cityHash64(number, '${what}')`
const U = (what: string): string => `(${H(what)} % 1000000 / 1000000.)`
const SCHOOL = `concat('s', toString(if(${H('half')} % 4 < 3, ${H('school')} % greatest(1, intDiv({schools:UInt32}, 2)), ${H('school')} % {schools:UInt32})))`
const GRADE = `leftPad(toString(3 + ${H('grade')} % 10), 2, '0')`
const FROM_WEEKS = 'from numbers({students:UInt64}) array join range({weeks:UInt64}) as w'
const WEEK = '{first:Date} + 7 * w'
const HW = (what: string): string => `cityHash64(number, w, '${what}')`

const STATEMENTS = [
  `insert into persons (person_id, role, grade, groups, source, ver, deleted)
   select ${STUDENT}, 'student', ${GRADE}, toJSONString(map('sex', if(${H('sex')} % 2 = 0, 'female', 'male'), 'home', if(${H('home')} % 5 = 0, 'es', 'en'))), 'sis', 1, 0
   from numbers({students:UInt64})`,
  `insert into person_of select ${STUDENT}, ${STUDENT}, 'sis', 1, 0 from numbers({students:UInt64})`,
  `insert into person_of select SHA256(concat('login', toString(number))), ${STUDENT}, 'sis', 1, 0 from numbers({students:UInt64})`,
  `insert into schools (school_id, name, source, ver, deleted) select concat('s', toString(number)), concat('School ', toString(number)), 'sis', 1, 0 from numbers({schools:UInt64})`,
  `insert into student_engagement (week, student_id, grade, band, school_id, school_days, active_share, effort_minutes, completion, evenness, computed)
   select ${WEEK}, ${STUDENT}, ${GRADE}, 'middle', ${SCHOOL}, 5, (${HW('a')} % 6) / 5, 20 + 300 * ${U('usual')} + ${HW('m')} % 97, (${HW('c')} % 11) / 10, (${HW('e')} % 1000) / 1000, 1
   ${FROM_WEEKS}`,
  `insert into student_week (week, student_id, absent_days, effort_ms, computed)
   select ${WEEK}, ${STUDENT}, if(${HW('absent')} % 100 < 100 * ${U('absence')} * 0.5, [${WEEK}], []), 60000, 1 ${FROM_WEEKS}`,
  `insert into student_connectedness (week, student_id, school_id, grade, band, sustained, peer_ties, connected_share, balance, adult_ms, peer_ms, group_ms, adults_known, peers_known, computed)
   select ${WEEK}, ${STUDENT}, ${SCHOOL}, ${GRADE}, 1, if(${U('met')} < 0.15, 0, 1 + ${HW('s')} % 2), ${H('peers')} % 6, (${HW('k')} % 6) / 5, (${HW('b')} % 1000) / 1000,
     60000 * (${HW('am')} % 30), 60000 * (${HW('pm')} % 80), 0, true, true, 1
   ${FROM_WEEKS}`,
  `insert into window_scores (test, subject, window, student_id, window_begin, grade, day, score, school_id, computed)
   select 'benchmark', 'math', concat('w', toString(w)), ${STUDENT}, toDate('2024-09-09') + 120 * w, ${GRADE}, toDate('2024-09-09') + 120 * w + ${H('day')} % 10,
     450 + 100 * ${U('level')} + 5 * w + ${HW('score')} % 20, ${SCHOOL}, 1
   from numbers({students:UInt64}) array join range(5) as w where ${HW('missed')} % 12 > 0`,
  `insert into student_growth (student_id, indicator, test, subject, window, window_begin, grade, day, score, prior, band, value, school_id, status, computed)
   select ${STUDENT}, 'growth_percentile', 'benchmark', 'math', concat('w', toString(w)), toDate('2024-09-09') + 120 * w, ${GRADE}, toDate('2024-09-09') + 120 * w, 500, 490,
     1 + ${H('band')} % 4, 1 + ${HW('sgp')} % 99, ${SCHOOL}, 'ok', 1
   from numbers({students:UInt64}) array join range(2, 5) as w`,
  `insert into student_trajectories (student_id, test, subject, school_id, n, span_years, slope, se, reliability, status, computed)
   select ${STUDENT}, 'benchmark', 'math', ${SCHOOL}, 5, 1.5, 10 + 8 * ${U('slope')}, 1.5, 0.7, 'ok', 1 from numbers({students:UInt64})`,
]
