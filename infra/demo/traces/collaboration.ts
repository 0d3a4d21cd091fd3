import { studentId } from '../district.ts'
import type { Random } from '../random.ts'
import { PROJECTS, teamId, teamOfPair, type Teams } from '../teams.ts'
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
    const a = plan.ties.a[row.who]!
    const b = plan.ties.b[row.who]!
    const alone = choiceOf(random)
    const team = teamOfPair(plan.teams, plan.students.count, a, b, row.week)
    return interaction(
      {
        id,
        at: localTime(plan, row.at),
        kind: 'collaborated',
        mode: 'peer',
        minutes: row.a,
        participants: `[${person(studentId(a), 'student')},${person(studentId(b), 'student')}]`,
        rest: team < 0 ? `,"choice":"${alone}"` : inTeam(plan.teams, team),
      },
      fault,
    )
  },
}

/** Of a team the record names it, its project, and who made it: for all of its work the same. */
function inTeam(teams: Teams, team: number): string {
  const { project, choice } = teams.list[team]!
  return `,"team":"${teamId(teams, team)}","object":"${PROJECTS[project]!.id}","objectType":"project","choice":"${choice}"`
}

/** Who made a pair that works in no team; `random` stands at the details of the record. */
export const choiceOf = (random: Random): 'chosen' | 'assigned' => (random.chance(CHOSEN_SHARE) ? 'chosen' : 'assigned')
