import { studentId } from '../district.ts'
import type { Random } from '../random.ts'
import { INTERACTION_FAULTS, interaction, person } from './interaction.ts'
import { localTime } from './text.ts'
import type { Trace } from './trace.ts'

const CHOSEN_SHARE = 0.7

/** Two tied students working together; its minutes are part of the planted minutes of both. */
export const collaboration: Trace = {
  number: 6,
  name: 'collaboration',
  source: 'advising',
  faults: INTERACTION_FAULTS,
  layOut(_plan, effort, _random, emit) {
    for (const { tie, endMs, minutes } of effort.collaborations) emit(endMs, tie, minutes)
  },
  write(plan, row, id, random, fault) {
    const { a, b } = plan.ties
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'collaborated',
        mode: 'peer',
        minutes: row.a,
        participants: `[${person(studentId(a[row.who]!), 'student')},${person(studentId(b[row.who]!), 'student')}]`,
        rest: `,"choice":"${choiceOf(random)}"`,
      },
      fault,
    )
  },
}

/** Who made the pair; `random` stands at the details of the record. */
export const choiceOf = (random: Random): 'chosen' | 'assigned' => (random.chance(CHOSEN_SHARE) ? 'chosen' : 'assigned')
