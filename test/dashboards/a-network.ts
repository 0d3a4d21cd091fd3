import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

/** What connectedness has of one student at the end of a week; what is not said is nothing. */
export type Connected = {
  student: string
  /** [pseudonym, role, weight, day of the last contact, sustained] */
  adults?: [string, string, number, string, boolean][]
  /** [pseudonym, weight, kind 2 chosen 1 assigned 0 none] */
  peers?: [string, number, number][]
  advisers?: string[]
  seenDays?: number
  runDays?: number
  weeksOffPlan?: number
  planFit?: number | null
  /** Minutes by day of the week, Monday first: individual, adult, peer, group. */
  minutes?: [number, number, number, number][]
  /** Does the school log such contact? */
  known?: boolean
}

/** Rows of `student_connectedness` and `flow_weeks`, as the processors store them. */
export async function addConnected(warehouse: Warehouse, week: string, students: readonly Connected[]): Promise<void> {
  for (const one of students) {
    const { student, adults = [], peers = [], advisers = [], minutes = [], known = true } = one
    const held = adults.filter(([, , , , sustained]) => sustained).length
    const params = {
      week,
      student,
      held,
      advisers,
      adults: adults.map(([id]) => id),
      roles: adults.map(([, role]) => role),
      weights: adults.map(([, , weight]) => weight),
      lasts: adults.map(([, , , last]) => last),
      sustained: adults.map(([, , , , is]) => (is ? 1 : 0)),
      peers: peers.map(([id]) => id),
      peer_weights: peers.map(([, weight]) => weight),
      kinds: peers.map(([, , kind]) => kind),
      ties: peers.filter(([, , kind]) => kind > 0).length,
      seen: one.seenDays ?? 38,
      run: one.runDays ?? 0,
      off: one.weeksOffPlan ?? 0,
      fit: one.planFit ?? null,
      known: known ? 1 : 0,
      minutes: minutes.flat(),
    }
    await warehouse.command(STUDENT, params)
    if (minutes.length > 0) await warehouse.command(FLOW, params)
  }
}

const STUDENT = `insert into student_connectedness (week, student_id, school_bits, adult_bits, peer_bits, adults, adult_roles, adult_weights,
    adult_weeks, adult_last, adult_sustained, sustained, advisers, peers, peer_weights, peer_days, peer_last, peer_kinds, peer_ties, seen_days, run_days,
    connected_share, plan_fit, weeks_off_plan, adults_known, peers_known, computed, deleted)
  select {week:Date}, unhex({student:String}), 31, 1, 3, arrayMap(x -> toFixedString(unhex(x), 32), {adults:Array(String)}), {roles:Array(String)},
    {weights:Array(Float64)}, arrayMap(x -> 4, {adults:Array(String)}), arrayMap(x -> toDate(x), {lasts:Array(String)}), {sustained:Array(UInt8)}, {held:UInt16},
    arrayMap(x -> toFixedString(unhex(x), 32), {advisers:Array(String)}), arrayMap(x -> toFixedString(unhex(x), 32), {peers:Array(String)}),
    {peer_weights:Array(Float64)}, arrayMap(x -> 3, {peers:Array(String)}), arrayMap(x -> {week:Date}, {peers:Array(String)}), {kinds:Array(UInt8)}, {ties:UInt16},
    {seen:UInt8}, {run:UInt8}, .2, {fit:Nullable(Float64)}, {off:UInt8}, {known:UInt8}, {known:UInt8}, 1, 0`

const FLOW = `insert into flow_weeks (week, student_id, days, individual_ms, adult_ms, peer_ms, group_ms, segments, moves, computed, deleted)
  with {minutes:Array(Float64)} as m, range(toUInt32(length(m) / 4)) as days
  select {week:Date}, unhex({student:String}), arrayMap(d -> {week:Date} + d, days), arrayMap(d -> toInt64(60000 * m[4 * d + 1]), days),
    arrayMap(d -> toInt64(60000 * m[4 * d + 2]), days), arrayMap(d -> toInt64(60000 * m[4 * d + 3]), days), arrayMap(d -> toInt64(60000 * m[4 * d + 4]), days),
    9, arrayMap(x -> 0, range(16)), 1, 0`

/** A row of `home_bases`. */
export async function addHomeBase(
  warehouse: Warehouse,
  week: string,
  base: {
    id: string
    school: string
    members: number
    ties: number
    components: number
    largest: number
    alone: number
    tiedShare: number
  },
): Promise<void> {
  const { id, school, tiedShare, ...counts } = base
  const pairs = (counts.members * (counts.members - 1)) / 2
  await warehouse.insert('home_bases', [
    {
      week,
      class_id: id,
      school_id: school,
      ...counts,
      density: counts.ties / pairs,
      clustering: 0.3,
      transitivity: 0.3,
      tied_share: tiedShare,
      status: 'ok',
      reason: '',
      computed: 1,
      deleted: 0,
    },
  ])
}
