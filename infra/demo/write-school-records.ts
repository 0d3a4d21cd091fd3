import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCsv } from './csv-file.ts'
import { emailOf, schoolOn, sectionOn, staffName, studentNumber, teacherUsername, type District } from './district.ts'
import { letter, marks, QUARTERS } from './marks.ts'
import { ACTIONS, BEHAVIOURS, LEVELS } from './referrals.ts'
import { monthDayYear } from './traces/text.ts'

type Rows = Iterable<(string | number)[]>

const EXAMPLES = new URL('../examples/', import.meta.url)
const SCHOOL_YEAR = '2025-2026'
/** Codes that the ready mapping of class grades knows, by place in SUBJECTS. */
const SUBJECT_CODES = ['ELA', 'MA', 'SC', 'SS'] as const

/** Behaviour referrals with the ready mapping of `infra/examples/behaviour`: what `homeroom load FOLDER` takes. */
export async function writeReferrals(plan: District, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await copyFile(new URL('behaviour/mapping.json', EXAMPLES), join(folder, 'mapping.json'))
  const columns = 'Incident ID,School,Incident Date,Incident Time,Student Number,Level,Behavior,Action,Referred By'
  await writeCsv(join(folder, 'referrals.csv'), columns, referralRows(plan))
}

/** Class marks of four quarters with the ready mapping of `infra/examples/class-grades`: what `homeroom load FOLDER` takes. */
export async function writeMarks(plan: District, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await copyFile(new URL('class-grades/mapping.json', EXAMPLES), join(folder, 'mapping.json'))
  const columns = 'School Year,Term,School,Section ID,Course Subject,Grade Level,Student Number,Teacher Email,Mark,Percent,Posted' // prettier-ignore
  await writeCsv(join(folder, `grades-${SCHOOL_YEAR}.csv`), columns, markRows(plan))
}

function* referralRows(plan: District): Rows {
  for (const [index, referral] of plan.referrals.entries()) {
    const { student, day, minute, behaviour, level, action, subject } = referral
    const { teacher } = plan.sections[sectionOn(plan, student, subject, day)]!
    yield [
      `incident-${index + 1}`,
      plan.schools[schoolOn(plan, student, day)]!.id,
      monthDayYear(plan.year.dates[day]!),
      minute < 0 ? '' : clock(minute),
      studentNumber(student),
      LEVELS[level]!,
      BEHAVIOURS[behaviour]!,
      ACTIONS[action]!,
      teacherEmail(plan, teacher),
    ]
  }
}

function* markRows(plan: District): Rows {
  for (const { student, quarter, subject, percent } of marks(plan)) {
    const { id: term, posted } = QUARTERS[quarter]!
    const day = plan.year.dates.indexOf(posted)
    const section = plan.sections[sectionOn(plan, student, subject, day)]!
    yield [
      SCHOOL_YEAR,
      term,
      plan.schools[section.school]!.id,
      section.id,
      SUBJECT_CODES[subject]!,
      String(section.grade).padStart(2, '0'),
      studentNumber(student),
      teacherEmail(plan, section.teacher),
      letter(percent),
      percent < 0 ? '' : percent,
      monthDayYear(posted),
    ]
  }
}

const teacherEmail = ({ seed }: District, staff: number): string =>
  emailOf(teacherUsername(staffName(seed, staff), staff))

/** `1:05 PM` */
function clock(minute: number): string {
  const hour = Math.floor(minute / 60)
  return `${((hour + 11) % 12) + 1}:${String(minute % 60).padStart(2, '0')} ${hour < 12 ? 'AM' : 'PM'}`
}
