import { studentId } from '../district.ts'
import { STREAM } from '../random.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Trace } from './trace.ts'

// Between the windows of work together, so that nobody is in two places.
const BEGIN_MINUTE = 850
const MINUTES = 25
const MINUTE_MS = 60_000
const HELD = 0.9

/** Mentors of the community meet their students one to one every other week; the roster does not know them. */
export const mentoring: Trace = {
  number: 9,
  name: 'mentoring',
  source: 'advising',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, { school, students, weekday, odd }] of plan.mentors.entries()) {
      if ((effort.week % 2 === 1) !== odd) continue
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      for (const [k, student] of students.entries()) {
        const held = random.chance(HELD)
        // One student a day, from the mentor's weekday on.
        const day = (weekday + k) % 5
        if (!held || !(plan.schoolDays(school, effort.week) & (1 << day))) continue
        emit(plan.year.midnightMs[effort.week * 7 + day]! + (BEGIN_MINUTE + MINUTES) * MINUTE_MS, student, MINUTES, i)
      }
    }
  },
  write(plan, row, id, _random, fault) {
    const { id: mentor, role } = plan.mentors[row.b]!
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'met',
        mode: 'adult',
        minutes: row.a,
        participants: `[${person(mentor, role, 'email')},${person(studentId(row.who), 'student')}]`,
        rest: role === 'community' ? ',"object":"internship","objectType":"internship"' : ',"object":"mentoring"',
      },
      fault,
    )
  },
}
