import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { connectednessStage } from '../../processors/connectedness/recompute-connectedness.ts'
import { clustering, undirectedGraph } from '../../processors/statistics/graph.ts'
import { measured, type Row } from './measure.ts'

const STUDENTS = 100_000
const SCHOOLS = 200
const ADVISORY = 20
const WEEKS = 12
/** Of the students of a week: 3 million in all. */
const PER_STUDENT_WEEK = 2.5
const INTERACTIONS = STUDENTS * WEEKS * PER_STUDENT_WEEK
const EDGES = 800_000
const LAST = '2026-03-02'

/**
 * Connectedness of a district of 100,000 students: 3 million interactions to decayed ties, in one statement over what is stored
 * and as the stage keeps them, week by week; everything about one week; triangles of 800,000 ties by SQL and by our code.
 */
export async function benchConnectedness(): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-connectedness-'))
  const warehouse = await openWarehouse({ data, district: 'bench', clickhouse: null })
  try {
    await migrate(warehouse)
    await fill(warehouse)
    return [...(await benchTies(warehouse)), ...(await benchTriangles(warehouse))]
  } finally {
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function benchTies(warehouse: Warehouse): Promise<Row[]> {
  let ties = 0
  const atOnce = await measured('interactions to ties, one statement', INTERACTIONS, async () => {
    const [row] = await warehouse.query<{ ties: number }>(
      `select toFloat64(count()) as ties from (
         select person_id, arrayJoin(counterparts) as other, sum(exp2(-dateDiff('day', local_day, {last:Date} + 7) / 28)) as weight
         from events group by person_id, other
       ) where weight >= .5`,
      { last: LAST },
    )
    ties = row!.ties
  })
  const stage = connectednessStage({ warehouse, config: { timeZone: 'America/New_York', district: 'bench' } })
  const earlier = Array.from({ length: WEEKS - 1 }, (_, i) => mondayBefore(WEEKS - 1 - i))
  // Figures of the weeks before are not made: contributions alone are what later weeks read.
  const contributions = await measured(
    'interactions to tie_weeks and flow_weeks, without the last week',
    (INTERACTIONS * (WEEKS - 1)) / WEEKS,
    () => stage.run(earlier, stoppedAfter(earlier.length)),
  )
  const week = await measured('students, everything of one week', STUDENTS, () => stage.run([LAST], () => false))
  const [made] = await warehouse.query<{ students: number; figures: number }>(
    `select toFloat64((select count() from student_connectedness final)) as students, toFloat64(count()) as figures from indicators final`,
  )
  return [{ ...atOnce, ties }, contributions, { ...week, ...made }]
}

/** Says stop when so many weeks were given out: their contributions are stored then, and no figure. */
function stoppedAfter(weeks: number): () => boolean {
  let asked = 0
  return () => asked++ >= weeks
}

async function benchTriangles(warehouse: Warehouse): Promise<Row[]> {
  await warehouse.command(
    `create table bench_ties engine = MergeTree order by (x, y) as
     select distinct toUInt32(least(a, b)) as x, toUInt32(greatest(a, b)) as y
     from (select number % {students:UInt32} as a, intDiv(a, 600) * 600 + cityHash64(number) % 600 as b from numbers({edges:UInt32}))
     where a != b`,
    { students: STUDENTS, edges: EDGES },
  )
  let found = 0
  const bySql = await measured('ties, triangles by SQL', EDGES, async () => {
    const [row] = await warehouse.query<{ found: number }>(
      `select toFloat64(count()) as found from bench_ties as a
       inner join bench_ties as b on a.y = b.x inner join bench_ties as c on c.x = a.x and c.y = b.y`,
    )
    found = row!.found
  })
  const ties = await warehouse.query<{ x: number; y: number }>('select x, y from bench_ties')
  const [x, y] = [ties.map(tie => tie.x), ties.map(tie => tie.y)]
  let triangles = 0
  const byUs = await measured('ties, clustering by processors/statistics', EDGES, async () => {
    triangles = clustering(undirectedGraph(STUDENTS + 600, x, y)).triangles
  })
  return [
    { ...bySql, triangles: found },
    { ...byUs, triangles },
  ]
}

/** Monday so many weeks before the last one. */
function mondayBefore(weeks: number): string {
  return new Date(Date.parse(`${LAST}T00:00:00Z`) - weeks * 7 * 86_400_000).toISOString().slice(0, 10)
}

/** A roster and twelve weeks of contacts: one in five with the adviser, the others with a student of the same school. */
async function fill(warehouse: Warehouse): Promise<void> {
  const params = {
    students: STUDENTS,
    schools: SCHOOLS,
    advisory: ADVISORY,
    last: LAST,
    weeks: WEEKS,
    a_week: STUDENTS * PER_STUDENT_WEEK,
  }
  const advisers = 'numbers(toUInt64({students:UInt32} / {advisory:UInt32}))'
  const school = (student: string): string =>
    `concat('school-', toString(intDiv(${student} * {schools:UInt32}, {students:UInt32})))`
  for (const statement of [
    `insert into schools (school_id, name, ver) select concat('school-', toString(number)), 'x', 1 from numbers({schools:UInt32})`,
    `insert into classes (class_id, school_id, class_type, ver)
     select concat('advisory-', toString(number)), ${school('number * {advisory:UInt32}')}, 'homeroom', 1 from ${advisers}`,
    `insert into persons (person_id, role, grade, groups, ver)
     select SHA256(concat('s', toString(number))), 'student', leftPad(toString(number % 12 + 1), 2, '0'), if(number % 2 = 0, '{"sex":"female"}', '{"sex":"male"}'), 1
     from numbers({students:UInt32})`,
    `insert into persons (person_id, role, ver) select SHA256(concat('a', toString(number))), 'adviser', 1 from ${advisers}`,
    `insert into enrolments (person_id, enrolment_id, class_id, school_id, role, begin_day, end_day, ver)
     select SHA256(concat('s', toString(number))), concat('s', toString(number)), concat('advisory-', toString(intDiv(number, {advisory:UInt32}))), ${school('number')},
       'student', '2025-08-25', '2299-12-31', 1 from numbers({students:UInt32})`,
    `insert into enrolments (person_id, enrolment_id, class_id, school_id, role, begin_day, end_day, ver)
     select SHA256(concat('a', toString(number))), concat('a', toString(number)), concat('advisory-', toString(number)), ${school('number * {advisory:UInt32}')},
       'adviser', '2025-08-25', '2299-12-31', 1 from ${advisers}`,
    // of each meeting and work together the row of the one student; the other's stands for itself
    `insert into events (week, person_id, record_id, local_day, occurred_at, stored_at, standard, person_role, is_actor, counterparts, counterpart_roles, kind, choice, duration_ms, ver)
     select {last:Date} - 7 * intDiv(number, toUInt32({a_week:Float64})) as week, SHA256(concat('s', toString(student))), generateUUIDv4(), week + number % 5 as local_day,
       toDateTime64(local_day, 3, 'UTC') + interval 15 hour, now64(3), 'interaction', 'student', true,
       [if(with_adult, SHA256(concat('a', toString(intDiv(student, {advisory:UInt32})))), SHA256(concat('s', toString(intDiv(student, 400) * 400 + cityHash64(number, 2) % 5 * 80 + student % 80))))],
       [if(with_adult, 'adviser', 'student')], if(with_adult, 'met', 'collaborated'), 'chosen', 900000, 1
     from (
       select number, cityHash64(number) % {students:UInt32} as student, cityHash64(number, 1) % 5 = 0 as with_adult
       from numbers(toUInt64({a_week:Float64} * {weeks:UInt32}))
     )`,
  ]) {
    const used = Object.entries(params).filter(([name]) => statement.includes(`{${name}:`))
    await warehouse.command(statement, Object.fromEntries(used))
  }
}
