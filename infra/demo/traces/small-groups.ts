import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { staffId, studentId } from '../district.ts'
import { SUBJECTS } from '../groups.ts'
import { GROUP_TERMS } from '../helpers.ts'
import type { Random } from '../random.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Trace } from './trace.ts'

// Between the windows of work together, so that nobody is in two places.
const BEGIN_MINUTE = 790
const MINUTES = 25
const MINUTE_MS = 60_000
const PRESENT = 0.95

/** A teacher takes a few students together, once a week. */
export const smallGroups: Trace = {
  number: 8,
  name: 'small groups',
  source: 'advising',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, _random, emit) {
    for (const [i, { school, weekday, term }] of plan.smallGroups.entries()) {
      const [from, to] = GROUP_TERMS[term]!
      const open = plan.year.openWeeks.indexOf(effort.week)
      if (open < from || open > to || !(plan.schoolDays(school, effort.week) & (1 << weekday))) continue
      emit(plan.year.midnightMs[effort.week * 7 + weekday]! + (BEGIN_MINUTE + MINUTES) * MINUTE_MS, i, MINUTES)
    }
  },
  write(plan, row, id, random, fault) {
    const { teacher, subject } = plan.smallGroups[row.who]!
    const here = studentsTaken(plan, row, random)
    const people = [person(staffId(teacher), 'teacher'), ...here.map(student => person(studentId(student), 'student'))]
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'met',
        mode: 'group',
        minutes: row.a,
        participants: `[${people.join(',')}]`,
        rest: `,"subject":"${SUBJECTS[subject]!.id}","object":"small-group"`,
      },
      fault,
    )
  },
}

/** Who of a small group is there: the first always, the others mostly; `random` stands at the details of the record. */
export function studentsTaken(plan: District, row: Row, random: Random): number[] {
  return plan.smallGroups[row.who]!.students.filter((_, i) => random.chance(PRESENT) || i === 0)
}
