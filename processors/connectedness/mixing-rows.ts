import { sql } from '../../infra/warehouse/sql.ts'
import { bothDirections, coleman, mixing, type Mixing } from '../statistics/mixing.ts'
import { indicatorRow, type Figure } from './indicator-rows.ts'
import type { WeekPass } from './recompute-connectedness.ts'

const mixingCounts = sql(new URL('./mixing.sql', import.meta.url))

/** A smaller group is left out with its ties. */
export const LEAST_IN_GROUP = 10
const LEAST_EDGES = 30
const Z_975 = 1.959_963_984_540_054

/** Which ties: without contacts that an adult assigned or led, only with them, or either. */
const KINDS = { chosen: [2], assigned: [1], all: [1, 2] } as const
type Ties = keyof typeof KINDS

/** One row of mixing.sql. */
type Counts = {
  unit_type: string
  unit_id: string
  attribute: string
  names: string[]
  sizes: number[]
  students: number
  members: string
  enrolled: number
  cells: [kind: number, low: number, high: number, edges: number][]
}

type Told = Pick<Figure, 'status' | 'reason'>

/** Mixing of every school and the district in one week, into `mixing`; by bands among chosen ties also into `indicators` (C6). */
export async function storeMixing(pass: WeekPass): Promise<void> {
  const { warehouse, week, computed, district } = pass
  const found = await warehouse.query<Counts>(mixingCounts, { week, district, least: LEAST_IN_GROUP })
  const measured = found.flatMap(counts => (Object.keys(KINDS) as Ties[]).map(ties => measuredOf(counts, ties)))
  await warehouse.insert(
    'mixing',
    measured.map(({ counts, ties, sent, found: { assortativity, se, ei, eiExpected, edges }, told }) => {
      const isTold = told.status === 'ok'
      return {
        week,
        unit_type: counts.unit_type,
        unit_id: counts.unit_id,
        attribute: counts.attribute,
        ties,
        groups: counts.names,
        group_n: counts.sizes,
        coleman: isTold ? coleman(counts.sizes, sent) : counts.sizes.map(() => null),
        n: counts.students,
        edges,
        ei: isTold ? ei : null,
        ei_expected: isTold ? eiExpected : null,
        assortativity: isTold ? assortativity : null,
        se: isTold ? se : null,
        ...told,
        computed,
        deleted: 0,
      }
    }),
  )
  const headline = measured.filter(({ counts, ties }) => counts.attribute === 'band' && ties === 'chosen')
  await warehouse.insert(
    'indicators',
    headline.flatMap(({ counts, found: of, told }) => [
      indicatorRow(pass, 'band_assortativity', counts, { ...assortativityOf(of, told), ...behind(counts, of) }),
      indicatorRow(pass, 'band_mixing', counts, { ...eiOf(of, told), ...behind(counts, of) }),
    ]),
  )
}

function measuredOf(counts: Counts, ties: Ties) {
  const groups = counts.sizes.length
  const table = new Float64Array(groups * groups)
  for (const [kind, low, high, edges] of counts.cells) {
    if ((KINDS[ties] as readonly number[]).includes(kind)) table[(low - 1) * groups + high - 1]! += edges
  }
  const found = mixing({ sizes: counts.sizes, ties: table })
  return { counts, ties, found, sent: bothDirections(table, groups), told: toldOf(groups, found) }
}

function toldOf(groups: number, { edges, assortativity, se }: Mixing): Told {
  if (groups === 0) return { status: 'insufficient', reason: 'no group has 10 students' }
  if (groups === 1) return { status: 'not_applicable', reason: 'only one group has 10 students' }
  if (edges < LEAST_EDGES) return { status: 'insufficient', reason: 'fewer than 30 ties' }
  if (assortativity === null || se === null) return { status: 'not_applicable', reason: 'all ties are in one group' }
  return { status: 'ok', reason: '' }
}

const behind = (counts: Counts, { edges }: Mixing) => ({
  n: counts.students,
  n_eff: edges,
  enrolled: counts.enrolled,
  members: counts.members,
})

type Value = Pick<Figure, 'value' | 'se' | 'lo95' | 'hi95' | 'status' | 'reason'>
const untold = (told: Told): Value => ({ value: null, se: null, lo95: null, hi95: null, ...told })

function assortativityOf({ assortativity: value, se }: Mixing, told: Told): Value {
  if (told.status !== 'ok' || value === null || se === null) return untold(told)
  const half = Z_975 * se
  return { value, se, lo95: Math.max(-1, value - half), hi95: Math.min(1, value + half), ...told }
}

/** E-I = 1 − 2 p, p the share of ties within groups. */
function eiOf({ ei, eiExpected, internal, edges }: Mixing, told: Told): Value {
  if (told.status !== 'ok' || ei === null || eiExpected === null) return untold(told)
  const share = internal / edges
  const se = 2 * Math.sqrt((share * (1 - share)) / edges)
  const half = Z_975 * se
  return {
    value: ei,
    se,
    lo95: Math.max(-1, ei - half),
    hi95: Math.min(1, ei + half),
    status: 'ok',
    reason: `at random it would be ${eiExpected.toFixed(2)}`,
  }
}
