import { dayAt } from '../calendar.ts'
import { sectionOn, staffId, studentId } from '../district.ts'
import { STREAM } from '../random.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Trace } from './trace.ts'

const ASKED_PER_SESSION = 0.03

/** A student asks the teacher of the class for help, during a session: it adds nothing to the session's minutes. */
export const help: Trace = {
  number: 7,
  name: 'help',
  source: 'advising',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, session] of effort.sessions.entries()) {
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      if (!random.chance(ASKED_PER_SESSION)) continue
      emit(session.startMs + random.below((session.minutes - 1) * 60 + 1) * 1000, session.student, session.subject)
    }
  },
  write(plan, row, id, _random, fault) {
    const section = plan.sections[sectionOn(plan, row.who, row.a, dayAt(plan.year, row.at))]!
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'asked-help',
        mode: 'adult',
        minutes: 0,
        participants: `[${person(studentId(row.who), 'student')},${person(staffId(section.teacher), 'teacher')}]`,
        rest: `,"section":"${section.id}"`,
      },
      fault,
    )
  },
}
