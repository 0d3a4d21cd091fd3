import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { absencesOf } from './attendance.ts'
import { CsvFile, writeCsv } from './csv-file.ts'
import { emptyRow, VARIANT } from './deliveries.ts'
import type { District } from './district.ts'
import { schoolOn, staffId, studentDays, studentId } from './district.ts'
import { countBits, type Effort } from './effort.ts'
import { Random } from './random.ts'
import { planGrowth, type Growth } from './scores.ts'
import { contactsOf } from './traces/contacts.ts'
import type { Door } from './traces/trace.ts'
import { SOURCES } from './traces/trace.ts'
import { mistakes, voidedId } from './traces/xapi-mistakes.ts'
import {
  ABSENCE_COLUMNS,
  absenceRow,
  modeMinutes,
  MODES,
  writePlannedTruth,
  type FileTotals,
} from './write-planned-truth.ts'
import { faultOf, idOf, traceOf, weeksOf, type Week } from './week.ts'

/** Numbers of one door over the whole year: sent = valid + duplicates + malformed. */
export type DoorTotals = {
  sent: number
  /** Distinct valid records, voided and voiding ones included: what has to be stored. */
  valid: number
  duplicates: number
  malformed: number
  /** Of the valid ones, how many arrive 1 to 20 days after they happened. */
  late: number
  /** Of the valid ones, how many take back another. */
  voiding: number
  /** Malformed ones by the field that a right refusal names. */
  malformed_by_field: Record<string, number>
}

export type Truth = {
  size: string
  seed: number
  time_zone: string
  schools: number
  students: number
  weeks: number
  doors: Record<Door, DoorTotals>
  /** Rows of the files that are loaded beside what the doors get (referrals become records), and conversations. */
  files: FileTotals
}

type Files = Record<'malformed' | 'voided' | 'studentWeeks' | 'schoolWeeks' | 'attendance', CsvFile>

/**
 * Write what is planted, for tests and demonstrations of recovery. Nothing here is sent to Homeroom.
 * @returns the content of `totals.json`
 */
export async function writeTruth(plan: District, folder: string, signal?: AbortSignal): Promise<Truth> {
  await mkdir(folder, { recursive: true })
  await writePlan(plan, folder)
  const files: Files = {
    malformed: await CsvFile.create(join(folder, 'malformed.csv'), 'id,source,door,arrives_in_week,fault,field'),
    voided: await CsvFile.create(join(folder, 'voided.csv'), 'voided_id,voiding_id,student'),
    studentWeeks: await CsvFile.create(
      join(folder, 'student-weeks.csv'),
      `student,week,minutes,active_days,school_days,weekend_days,contacts,absences,${Object.keys(MODES).join(',')}`,
    ),
    attendance: await CsvFile.create(join(folder, 'attendance.csv'), ABSENCE_COLUMNS),
    schoolWeeks: await CsvFile.create(join(folder, 'school-weeks.csv'), 'school,week,students,active_students'),
  }
  const doors: Truth['doors'] = { xapi: noTotals(), caliper: noTotals(), interactions: noTotals() }
  for (const week of weeksOf(plan)) {
    signal?.throwIfAborted()
    countWeek(plan, week, doors, files)
    if (plan.year.open[week.week]) writeWeek(plan, week.effort, files)
    for (const file of Object.values(files)) await file.flush()
  }
  for (const file of Object.values(files)) await file.close()
  const { size, seed, year, schools, students } = plan
  const truth: Truth = {
    size: String(size),
    seed,
    time_zone: year.timeZone,
    schools: schools.length,
    students: students.count,
    weeks: year.weeks,
    doors,
    files: await writePlannedTruth(plan, folder),
  }
  await writeFile(join(folder, 'totals.json'), JSON.stringify(truth, null, 2) + '\n')
  return truth
}

function countWeek(plan: District, week: Week, doors: Truth['doors'], files: Files): void {
  const { deliveries, order } = week
  const row = emptyRow()
  const random = new Random()
  for (const i of order) {
    const trace = traceOf(deliveries.read(i, row))
    const { door } = SOURCES[trace.source]
    const totals = doors[door]
    totals.sent++
    if (deliveries.variant(i) === VARIANT.duplicate) totals.duplicates++
    else if (deliveries.variant(i) === VARIANT.malformed) {
      const id = idOf(plan, row, VARIANT.malformed, random)
      const { name, field } = trace.faults[faultOf(plan, row, random)]!
      totals.malformed++
      totals.malformed_by_field[field] = (totals.malformed_by_field[field] ?? 0) + 1
      files.malformed.row(id, trace.source, door, plan.year.dates[week.week * 7]!, name, field)
    } else {
      totals.valid++
      if (deliveries.late(i)) totals.late++
      if (trace !== mistakes || row.ordinal % 2 === 0) continue
      totals.voiding++
      const id = idOf(plan, row, VARIANT.original, random)
      files.voided.row(voidedId(plan, row, random), id, studentId(row.who))
    }
  }
}

/** Planted minutes, days and contacts of every student, and how many students of each school are active. */
function writeWeek(plan: District, effort: Effort, files: Files): void {
  const { students, schools, year } = plan
  const { week } = effort
  const monday = year.dates[week * 7]!
  const days = activeDays(plan, effort)
  const contacts = contactsOf(plan, effort)
  const modes = modeMinutes(plan, effort)
  const absences = new Uint8Array(students.count)
  for (const absence of absencesOf(plan, effort, new Random())) {
    absences[absence.student]!++
    files.attendance.row(...absenceRow(plan, absence))
  }
  const present = new Uint32Array(schools.length)
  const active = new Uint32Array(schools.length)
  for (let student = 0; student < students.count; student++) {
    const mask = days[student]!
    const schoolDays = studentDays(plan, student, week)
    const onSchoolDays = countBits(mask & schoolDays)
    const weekend = countBits(mask >> 5)
    files.studentWeeks.row(studentId(student), monday, effort.minutes[student]!, onSchoolDays, countBits(schoolDays), weekend, contacts[student]!, absences[student]!, ...Object.values(modes).map(minutes => minutes[student]!)) // prettier-ignore
    const first = schoolOn(plan, student, week * 7)
    const last = schoolOn(plan, student, week * 7 + 6)
    const early = first === last ? 0x7f : (1 << (plan.moves[plan.moveOf[student]!]!.day % 7)) - 1
    present[first]!++
    if (mask & early) active[first]!++
    if (first === last) continue
    present[last]!++
    if (mask & ~early) active[last]!++
  }
  for (const [index, school] of schools.entries()) {
    files.schoolWeeks.row(school.id, monday, present[index]!, active[index]!)
  }
}

/** Bit d of each student's number: there was learning activity on weekday d. */
function activeDays(plan: District, effort: Effort): Uint8Array {
  const days = new Uint8Array(plan.students.count)
  for (const { student, day } of effort.sessions) days[student]! |= 1 << (day % 7)
  for (const { tie, day } of effort.collaborations) {
    days[plan.ties.a[tie]!]! |= 1 << (day % 7)
    days[plan.ties.b[tie]!]! |= 1 << (day % 7)
  }
  return days
}

async function writePlan(plan: District, folder: string): Promise<void> {
  await writeCsv(join(folder, 'students.csv'), STUDENT_COLUMNS, studentRows(plan))
  await writeCsv(join(folder, 'schools.csv'), 'school,name,students,log_minutes_effect', schoolRows(plan))
  const growth = planGrowth(plan)
  await writeCsv(join(folder, 'growth.csv'), 'student,school,start,points_per_year', growthRows(plan, growth))
  await writeCsv(join(folder, 'school-growth.csv'), 'school,start,points_per_year', schoolGrowthRows(plan, growth))
  await writeCsv(join(folder, 'weeks.csv'), 'week,open,holiday,log_minutes_effect', weekRows(plan))
  await writeCsv(join(folder, 'ties.csv'), 'student_a,student_b,band_a,band_b,from_week,to_week', tieRows(plan))
}

const STUDENT_COLUMNS =
  'student,username,school,grade,advisory,adviser,base_minutes,disengaged_from,contacts_per_week,isolate,band,prior,weekender,moved_on,moved_to_school,moved_to_advisory,moved_to_adviser,absence_rate,later_absence_rate,virtual_tutor'

function* studentRows(plan: District): Iterable<(string | number)[]> {
  const { students, schools, advisories, year } = plan
  for (let student = 0; student < students.count; student++) {
    const advisory = advisories[plan.advisoryOf[student]!]!
    const move = plan.moves[plan.moveOf[student]!]
    const to = move && advisories[move.advisory]!
    const drop = students.dropWeek[student]!
    yield [
      studentId(student),
      plan.usernames[student]!,
      schools[students.school[student]!]!.id,
      students.grade[student]!,
      advisory.id,
      staffId(advisory.adviser),
      Math.exp(students.base[student]!).toFixed(3),
      drop < 0 ? '' : year.dates[drop * 7]!,
      students.contactRate[student]!.toFixed(4),
      students.isolate[student]!,
      students.band[student]!,
      students.prior[student]!.toFixed(4),
      students.weekender[student]!,
      move ? year.dates[move.day]! : '',
      move ? schools[move.school]!.id : '',
      to ? to.id : '',
      to ? staffId(to.adviser) : '',
      plan.attendance.rate[student]!.toFixed(4),
      plan.attendance.laterRate[student]!.toFixed(4),
      plan.asksVirtualTutor[student]!,
    ]
  }
}

function* schoolRows({ schools }: District): Iterable<(string | number)[]> {
  for (const { id, name, size, effect } of schools) yield [id, name, size, effect.toFixed(4)]
}

function* growthRows({ students, schools }: District, growth: Growth): Iterable<(string | number)[]> {
  for (let student = 0; student < students.count; student++) {
    const [start, slope] = [growth.start[student]!, growth.slope[student]!].map(points => points.toFixed(4))
    yield [studentId(student), schools[students.school[student]!]!.id, start!, slope!]
  }
}

function* schoolGrowthRows({ schools }: District, growth: Growth): Iterable<(string | number)[]> {
  for (const [index, { id }] of schools.entries())
    yield [id, growth.schoolStart[index]!.toFixed(4), growth.schoolSlope[index]!.toFixed(4)]
}

function* weekRows({ year, weekEffect }: District): Iterable<(string | number)[]> {
  for (const [week, open] of year.open.entries()) {
    yield [year.dates[week * 7]!, String(open), String(year.holiday[week]!), weekEffect[week]!.toFixed(4)]
  }
}

/** The last week is exclusive; the week after the year's last is the year's end. */
function* tieRows({ ties, students, year }: District): Iterable<(string | number)[]> {
  for (let tie = 0; tie < ties.count; tie++) {
    const a = ties.a[tie]!
    const b = ties.b[tie]!
    const monday = (week: number) => year.dates[week * 7] ?? year.end
    const bands = [students.band[a]!, students.band[b]!]
    yield [studentId(a), studentId(b), ...bands, monday(ties.from[tie]!), monday(ties.to[tie]!)]
  }
}

function noTotals(): DoorTotals {
  return { sent: 0, valid: 0, duplicates: 0, malformed: 0, late: 0, voiding: 0, malformed_by_field: {} }
}
