import { SUBJECTS } from '../groups.ts'
import { STREAM } from '../random.ts'
import { interaction, INTERACTION_FAULTS, person } from './interaction.ts'
import { localTime, skill } from './text.ts'
import type { Trace } from './trace.ts'

const USED_PER_SESSION = 0.4
const MINUTE_MS = 60_000

/**
 * A virtual tutor is asked during practice, by the students who use one; its minutes lie within the session, so that they add
 * nothing to the planted minutes.
 */
export const virtualTutor: Trace = {
  number: 10,
  name: 'virtual tutor',
  source: 'assistant',
  faults: INTERACTION_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, session] of effort.sessions.entries()) {
      if (session.tool !== 1 || session.minutes < 4 || !plan.asksVirtualTutor[session.student]) continue
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      if (!random.chance(USED_PER_SESSION)) continue
      const minutes = 2 + random.below(Math.min(8, session.minutes - 3))
      const spare = session.minutes - 1 - minutes
      const end = minutes + random.below(spare + 1)
      emit(session.startMs + end * MINUTE_MS, session.student, minutes, session.subject)
    }
  },
  write(plan, row, id, random, fault) {
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'asked-help',
        mode: 'individual',
        minutes: row.a,
        participants: `[${person(plan.usernames[row.who]!, 'student', 'username')}]`,
        rest: `,"subject":"${SUBJECTS[row.b]!.id}","skills":["${skill(row.b, 1 + random.below(12))}"],"objectType":"virtual-tutor"`,
      },
      fault,
    )
  },
}
