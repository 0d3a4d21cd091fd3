import { ABSENCE, absencesOf, REASONS } from '../attendance.ts'
import { dayAt } from '../calendar.ts'
import { schoolOn, studentId } from '../district.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Trace } from './trace.ts'

const NOON_MS = 12 * 3_600_000

/** Daily attendance as a student information system sends it: absences only, of the day at noon. */
export const attendance: Trace = {
  number: 11,
  name: 'attendance',
  source: 'attendance',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const { student, day, excuse, reason, delivered } of absencesOf(plan, effort, random)) {
      if (delivered) emit(plan.year.midnightMs[day]! + NOON_MS, student, excuse, reason)
    }
  },
  write(plan, row, id, _random, fault) {
    const reason = REASONS[row.b]!
    const school = plan.schools[schoolOn(plan, row.who, dayAt(plan.year, row.at))]!.id
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'absent',
        mode: 'individual',
        minutes: 0,
        participants: `[${person(studentId(row.who), 'student')}]`,
        rest: `,"school":"${school}","object":"attendance:${ABSENCE[row.a]!}"${reason === '' ? '' : `,"objectType":"reason:${reason}"`}`,
      },
      fault,
    )
  },
}
