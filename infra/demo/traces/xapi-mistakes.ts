import { VOIDED } from '../../../schemas/xapi.ts'
import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { sectionOn, studentDays } from '../district.ts'
import { dayAt } from '../calendar.ts'
import { anyBit } from '../effort.ts'
import { STREAM, uuid, type Random } from '../random.ts'
import { LMS, statement, verb } from './statement.ts'
import { utcTime } from './text.ts'
import type { Trace } from './trace.ts'
import { lmsActor } from './xapi-lessons.ts'

const MISTAKES_PER_STUDENT_WEEK = 0.004
const MISTAKEN_MINUTES = 40
const HOUR_MS = 3_600_000
const COURSE = `${LMS}/courses/imported`

/**
 * Statements booked on the wrong student and taken back within a day: forty minutes late in the evening that count for
 * nobody, unless voiding fails. Even ordinals are the mistakes, odd ones void the one before.
 */
export const mistakes: Trace = {
  number: 3,
  name: 'mistakes',
  source: 'lms',
  faults: [],
  layOut(plan, effort, random, emit) {
    const { seed, year, students } = plan
    if (!year.open[effort.week]) return
    random.restart(seed, STREAM.trace + 256 * this.number, effort.week, 0)
    for (let left = random.poisson(MISTAKES_PER_STUDENT_WEEK * students.count); left > 0; left--) {
      const student = random.below(students.count)
      const day = effort.week * 7 + anyBit(studentDays(plan, student, effort.week), random)
      const at = year.midnightMs[day]! + 23.7 * HOUR_MS + random.below(0.2 * HOUR_MS)
      emit(at, student)
      emit(at + 1 * HOUR_MS + random.below(20 * HOUR_MS), student)
    }
  },
  write(plan, row, id, random) {
    return row.ordinal % 2 === 0 ? writeMistake(plan, row, id) : writeVoid(plan, row, id, random)
  },
}

/** The id of the statement that the voiding one with this ordinal takes back. */
export function voidedId(plan: District, row: Row, random: Random): string {
  return uuid(random.restart(plan.seed, STREAM.record + 256 * mistakes.number, row.week, row.ordinal - 1))
}

function writeMistake(plan: District, row: Row, id: string): string {
  const section = plan.sections[sectionOn(plan, row.who, 0, dayAt(plan.year, row.at))]!
  const parts = {
    id,
    actor: lmsActor(plan, row.who),
    verb: verb('http://adlnet.gov/expapi/verbs/completed', 'completed'),
    object: `{"objectType":"Activity","id":"${COURSE}/${section.id}","definition":{"type":"http://adlnet.gov/expapi/activities/module"}}`,
    result: `{"completion":true,"duration":"PT${MISTAKEN_MINUTES}M"}`,
    context: '',
    timestamp: utcTime(row.at),
  }
  return statement(parts, -1)
}

function writeVoid(plan: District, row: Row, id: string, random: Random): string {
  const parts = {
    id,
    actor: `{"objectType":"Agent","account":{"homePage":"${LMS}","name":"lms-service"}}`,
    verb: verb(VOIDED, 'voided'),
    object: `{"objectType":"StatementRef","id":"${voidedId(plan, row, random)}"}`,
    result: '',
    context: '',
    timestamp: utcTime(row.at),
  }
  return statement(parts, -1)
}
