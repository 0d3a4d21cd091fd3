import type { SchoolYear } from './calendar.ts'
import { STREAM, Random } from './random.ts'
import type { Students } from './students.ts'
import type { Ties } from './ties.ts'

/** Three projects of the year, in open weeks (0-based, both ends included). */
export const PROJECTS = [
  { id: 'project-1', weeks: [4, 11] },
  { id: 'project-2', weeks: [16, 23] },
  { id: 'project-3', weeks: [27, 34] },
] as const

/** Students who do a project together: tied to the first of them, who is one of them. */
export type Team = { project: number; students: number[]; choice: 'chosen' | 'assigned' }

export type Teams = {
  list: Team[]
  /** Project of each week of the year; −1: none. */
  projectIn: Int8Array
  /** Number in `list` by project × students; −1: in none. */
  teamOf: Int32Array
}

const TEAM_SHARE = 0.35
const SIZE = [3, 5] as const
const CHOSEN_SHARE = 0.5

/** Project teams: of a student and of those who are tied to them during the whole project; nobody is in two at once. */
export function planTeams(seed: number, year: SchoolYear, students: Students, ties: Ties): Teams {
  const { count } = students
  const teams: Teams = {
    list: [],
    projectIn: new Int8Array(year.weeks).fill(-1),
    teamOf: new Int32Array(PROJECTS.length * count).fill(-1),
  }
  const partners = partnersOf(count, ties)
  const random = new Random()
  for (const [project, { weeks }] of PROJECTS.entries()) {
    const [from, to] = weeks.map(open => year.openWeeks[open]!) as [number, number]
    teams.projectIn.fill(project, from, to + 1)
    for (let student = 0; student < count; student++) {
      random.restart(seed, STREAM.teams, project, student)
      const begins = random.chance(TEAM_SHARE)
      const size = SIZE[0] + random.below(SIZE[1] - SIZE[0] + 1)
      const choice = random.chance(CHOSEN_SHARE) ? 'chosen' : 'assigned'
      const isFree = (one: number) => teams.teamOf[project * count + one] === -1
      if (!begins || !isFree(student)) continue
      const free = partners[student]!.filter(p => p.from <= from && p.to > to && isFree(p.student))
      if (free.length + 1 < SIZE[0]) continue
      const members = [student, ...free.slice(0, size - 1).map(p => p.student)]
      for (const one of members) teams.teamOf[project * count + one] = teams.list.length
      teams.list.push({ project, students: members, choice })
    }
  }
  return teams
}

/** Number of the team in which two students work in a week; −1: none. */
export function teamOfPair(teams: Teams, count: number, a: number, b: number, week: number): number {
  const project = teams.projectIn[week]!
  if (project < 0) return -1
  const team = teams.teamOf[project * count + a]!
  return team === teams.teamOf[project * count + b] ? team : -1
}

export const teamId = (teams: Teams, team: number): string =>
  `${PROJECTS[teams.list[team]!.project]!.id}/team-${String(team + 1).padStart(4, '0')}`

type Partner = { student: number; from: number; to: number }

function partnersOf(count: number, { count: pairs, a, b, from, to }: Ties): Partner[][] {
  const partners: Partner[][] = Array.from({ length: count }, () => [])
  for (let tie = 0; tie < pairs; tie++) {
    const weeks = { from: from[tie]!, to: to[tie]! }
    partners[a[tie]!]!.push({ student: b[tie]!, ...weeks })
    partners[b[tie]!]!.push({ student: a[tie]!, ...weeks })
  }
  return partners
}
