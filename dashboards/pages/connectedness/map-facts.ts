import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day, Pseudonym } from '../../../schemas/record.ts'
import type { NamedStudent } from '../../people/names.ts'
import type { MapTeam } from '../../charts/relationship-map.ts'
import { readable } from '../brief/evidence.ts'
import type { Visit } from '../parts/visit.ts'

export type MapRow = z.infer<typeof Tie>

export type MapFacts = {
  students: readonly NamedStudent[]
  /** Monday of the week whose end it shows; null: nothing is computed. */
  week: Day | null
  rows: ReadonlyMap<Pseudonym, MapRow>
  /** The advisers of the advisory, by name. */
  advisers: ReadonlyMap<Pseudonym, string>
  teams: readonly MapTeam[]
  homeBase: z.infer<typeof HomeBase> | undefined
}

/** What is known of the contacts in an advisory. Whoever asks has been let in by `mayAdvise`. */
export async function mapFacts(visit: Visit, students: readonly NamedStudent[], advisory: string): Promise<MapFacts> {
  const { warehouse, names, reader, today } = visit
  const ids = students.map(({ student }) => student)
  const asked = { students: ids, today }
  const [found, teams] = await Promise.all([
    warehouse.query(TIES, asked).then(all => rows(Tie, all)),
    warehouse.query(TEAMS, asked).then(all => rows(Team, all)),
  ])
  const week = found[0]?.week ?? null
  const nothing = { students, week, rows: new Map(), advisers: new Map(), teams: [], homeBase: undefined }
  if (week === null) return nothing
  const advisers = [...new Set(found.flatMap(row => row.advisers))].toSorted()
  const around = { unit: { type: 'student', id: ids[0]!, classes: [advisory] } } as const
  const [bases, named] = await Promise.all([
    warehouse.query(HOME_BASE, { advisory, week }).then(all => rows(HomeBase, all)),
    names.adultsAround(reader, around, advisers),
  ])
  return {
    students,
    week,
    rows: new Map(found.map(row => [row.student, row])),
    advisers: new Map(advisers.map(id => [id, named.get(id) ?? 'Adviser'])),
    teams: teams.map(({ team, members }) => ({ name: readable(team) || 'a team', members })),
    homeBase: bases[0],
  }
}

const Flag = z.boolean().or(z.number().transform(Boolean))
const Tie = z.object({
  student: z.string(),
  week: z.string(),
  advisers: z.array(z.string()),
  adults: z.array(z.tuple([z.string(), z.string(), z.number(), z.string(), Flag])),
  peers: z.array(z.tuple([z.string(), z.number(), z.int()])),
  outside: z.int(),
  sustained: z.int(),
  peer_ties: z.int(),
  seen_days: z.int(),
  adults_known: Flag,
  peers_known: Flag,
})
const Team = z.object({ team: z.string(), members: z.array(z.string()) })
const HomeBase = z.object({
  members: z.int(),
  ties: z.int(),
  density: z.number().nullable(),
  components: z.int(),
  largest: z.int(),
  alone: z.int(),
  status: z.string(),
})

const TIES = sql(new URL('./map-ties.sql', import.meta.url))
const TEAMS = sql(new URL('./map-teams.sql', import.meta.url))
const HOME_BASE = sql(new URL('./home-base.sql', import.meta.url))
