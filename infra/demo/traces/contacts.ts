import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { advisoryOn, staffId, studentDays, studentId } from '../district.ts'
import { dayAt } from '../calendar.ts'
import { anyBit, freeSlot, type Effort } from '../effort.ts'
import { STREAM, Random } from '../random.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Emit, Trace } from './trace.ts'

export const MET = 0
export const MET_GROUP = 1
const MESSAGED = 2

const MINUTE_MS = 60_000
/** When advisers meet students, first minute of the day: before school, and between the windows of work. */
const MEETING_TIMES = [420, 450, 602, 727, 911, 1067] as const
const MEETING_MEAN = 15
const MEETING_MAX = 30
const GROUP_TIME = 462
const GROUP_MINUTES = 15
/** Each advisory meets as a group every so many weeks, and a member is there with this chance. */
const GROUP_EVERY = 4
const PRESENT = 0.95
const MESSAGES_PER_WEEK = 0.15

/** Contacts of advisers with students: one to one at each student's planted rate, as a group, and by message. */
export const contacts: Trace = {
  number: 5,
  name: 'contacts',
  source: 'advising',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, random, emit) {
    if (!plan.year.open[effort.week]) return
    const taken = new Uint32Array(plan.staff.length)
    const stream = STREAM.trace + 256 * this.number
    for (let advisory = effort.week % GROUP_EVERY; advisory < plan.advisories.length; advisory += GROUP_EVERY) {
      random.restart(plan.seed, stream, effort.week, 0x8000_0000 + advisory)
      meetGroup(plan, effort.week, advisory, taken, random, emit)
    }
    for (let student = 0; student < plan.students.count; student++) {
      random.restart(plan.seed, stream, effort.week, student)
      meetStudent(plan, effort.week, student, taken, random, emit)
    }
  },
  write(plan, row, id, random, fault) {
    return row.b === MET_GROUP ? writeGroup(plan, row, id, random, fault) : writeMeeting(plan, row, id, fault)
  },
}

/** How many one-to-one contacts with the adviser each student has in the week. */
export function contactsOf(plan: District, effort: Effort): Uint16Array {
  const counts = new Uint16Array(plan.students.count)
  contacts.layOut(plan, effort, new Random(), (_at, who, _minutes, code) => {
    if (code === MET) counts[who]!++
  })
  return counts
}

function meetGroup(
  plan: District,
  week: number,
  advisory: number,
  taken: Uint32Array,
  random: Random,
  emit: Emit,
): void {
  const { school, adviser } = plan.advisories[advisory]!
  const days = plan.schoolDays(school, week)
  if (days === 0) return
  const weekday = anyBit(days, random)
  taken[adviser]! |= 1 << (weekday * MEETING_TIMES.length + 1)
  emit(
    plan.year.midnightMs[week * 7 + weekday]! + (GROUP_TIME + GROUP_MINUTES) * MINUTE_MS,
    advisory,
    GROUP_MINUTES,
    MET_GROUP,
  )
}

function meetStudent(
  plan: District,
  week: number,
  student: number,
  taken: Uint32Array,
  random: Random,
  emit: Emit,
): void {
  const rate = plan.students.contactRate[student]!
  const days = studentDays(plan, student, week)
  if (days === 0) return
  for (let left = random.poisson(rate); left > 0; left--) {
    const { adviser } = plan.advisories[advisoryOn(plan, student, week * 7)]!
    // A full week is shared: two students then meet the adviser at the same time.
    const free = freeSlot(taken[adviser]!, days, random, MEETING_TIMES.length)
    const slot = free >= 0 ? free : freeSlot(0, days, random, MEETING_TIMES.length)
    taken[adviser]! |= 1 << slot
    const day = week * 7 + Math.floor(slot / MEETING_TIMES.length)
    const minutes = Math.min(5 + random.poisson(MEETING_MEAN - 5), MEETING_MAX)
    emit(
      plan.year.midnightMs[day]! + (MEETING_TIMES[slot % MEETING_TIMES.length]! + minutes) * MINUTE_MS,
      student,
      minutes,
      MET,
    )
  }
  if (rate >= 0.35 && random.chance(MESSAGES_PER_WEEK)) {
    const day = week * 7 + anyBit(days, random)
    emit(plan.year.midnightMs[day]! + random.between(480, 1200) * MINUTE_MS, student, 0, MESSAGED)
  }
}

/** Who of an advisory is at its meeting; `random` stands at the details of the record. */
export function studentsMet(plan: District, row: Row, random: Random): number[] {
  const day = dayAt(plan.year, row.at)
  return plan.advisees[row.who]!.filter(student => advisoryOn(plan, student, day) === row.who && random.chance(PRESENT))
}

function writeMeeting(plan: District, row: Row, id: string, fault: number): string {
  const day = dayAt(plan.year, row.at)
  const { adviser } = plan.advisories[advisoryOn(plan, row.who, day)]!
  return interaction(
    {
      // Messages come from a system that numbers nothing: their id has to follow from what they say.
      id: row.b === MESSAGED ? '' : id,
      at: localTime(plan, row.at),
      kind: row.b === MESSAGED ? 'messaged' : 'met',
      mode: 'adult',
      minutes: row.a,
      participants: `[${person(staffId(adviser), 'adviser')},${person(studentId(row.who), 'student')}]`,
      rest: '',
    },
    fault,
  )
}

function writeGroup(plan: District, row: Row, id: string, random: Random, fault: number): string {
  const { adviser, id: section } = plan.advisories[row.who]!
  const here = studentsMet(plan, row, random)
  const people = [person(staffId(adviser), 'adviser'), ...here.map(student => person(studentId(student), 'student'))]
  return interaction(
    {
      id,
      at: localTime(plan, row.at),
      kind: 'met',
      mode: 'group',
      minutes: row.a,
      participants: `[${people.join(',')}]`,
      rest: `,"section":"${section}"`,
    },
    fault,
  )
}
