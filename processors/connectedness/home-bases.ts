import { sql } from '../../infra/warehouse/sql.ts'
import { clustering, components, density, isolates, undirectedGraph } from '../statistics/graph.ts'
import { indicatorRow, type Figure } from './indicator-rows.ts'
import type { WeekPass } from './recompute-connectedness.ts'

const homeBases = sql(new URL('./home-bases.sql', import.meta.url))

/** One row of home-bases.sql. */
type Base = {
  class_id: string
  school_id: string
  members: number
  tied: number
  advised: boolean
  adults_known: boolean
  peers_known: boolean
  members_hash: string
  ends: [one: number, other: number][]
}

/** The network inside every advisory in one week, into `home_bases`; densities also into `indicators` (C7). */
export async function storeHomeBases(pass: WeekPass): Promise<void> {
  const { warehouse, week, computed, district } = pass
  const found = await warehouse.query<Base>(homeBases, { week })
  await warehouse.insert(
    'home_bases',
    found.map(base => ({ week, ...homeBase(base), computed, deleted: 0 })),
  )
  const units = [
    ...found.map(base => ({ unit_type: 'advisory', unit_id: base.class_id, bases: [base] })),
    ...[...Map.groupBy(found, base => base.school_id)].map(([unit_id, bases]) => ({
      unit_type: 'school',
      unit_id,
      bases,
    })),
    { unit_type: 'district', unit_id: district, bases: found },
  ]
  await warehouse.insert(
    'indicators',
    units
      .filter(({ bases }) => bases.length > 0)
      .map(unit => indicatorRow(pass, 'home_base_density', unit, densityOf(unit.bases))),
  )
}

function homeBase(base: Base) {
  const graph = graphOf(base)
  const { average, transitivity } = clustering(graph)
  const parts = components(graph)
  const reason = reasonOf([base])
  const isTold = reason === ''
  return {
    class_id: base.class_id,
    school_id: base.school_id,
    members: base.members,
    ties: graph.edges,
    density: isTold ? density(graph) : null,
    components: parts.length,
    largest: parts[0] ?? 0,
    alone: isolates(graph),
    clustering: isTold ? average : null,
    transitivity: isTold ? transitivity : null,
    tied_share: base.adults_known && base.advised ? base.tied / base.members : null,
    status: isTold ? 'ok' : 'insufficient',
    reason,
  }
}

const graphOf = ({ members, ends }: Base) =>
  undirectedGraph(
    members,
    ends.map(([one]) => one),
    ends.map(([, other]) => other),
  )

const pairsOf = (members: number): number => (members * (members - 1)) / 2

/** All ties within advisories / all pairs of their members. It is counted, not sampled: there is no error of chance. */
function densityOf(bases: readonly Base[]): Figure {
  const known = bases.filter(base => base.peers_known)
  const pairs = known.reduce((sum, { members }) => sum + pairsOf(members), 0)
  const n = known.reduce((sum, { members }) => sum + members, 0)
  const enrolled = bases.reduce((sum, { members }) => sum + members, 0)
  const members = known.reduce((sum, { members_hash }) => BigInt.asUintN(64, sum + BigInt(members_hash)), 0n)
  const reason = reasonOf(bases)
  const behind = { n, n_eff: n, enrolled, members: String(members), reason }
  if (reason !== '') return { value: null, se: null, lo95: null, hi95: null, ...behind, status: 'insufficient' }
  const value = known.reduce((sum, base) => sum + graphOf(base).edges, 0) / pairs
  return { value, se: 0, lo95: value, hi95: value, ...behind, status: 'ok' }
}

function reasonOf(bases: readonly Base[]): string {
  const known = bases.filter(base => base.peers_known)
  if (known.length === 0) return 'fewer than half of the students have any logged contact with another student'
  return known.some(({ members }) => members > 1) ? '' : 'one member'
}
