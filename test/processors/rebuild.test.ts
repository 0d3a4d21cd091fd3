import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../infra/log/open-log.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { rebuild } from '../../processors/rebuild.ts'
import { newTouch } from '../../processors/touched.ts'
import { isCaughtUp, startProcessor, type Processor } from '../../processors/run.ts'
import { aRecord, aSchool, enrol, person, store, ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const MINUTE_MS = 60_000
const WEEKS = ['2026-02-02', '2026-02-09', '2026-02-16', '2026-02-23']
const OAK = ['ann', 'bob', 'cyd']
const ELM = ['dee', 'eve', 'fay']

let warehouse: Warehouse
let folder: string
let log: EventLog & LogAdmin
let processor: Processor
const failures: unknown[] = []
beforeAll(async () => {
  warehouse = await freshWarehouse()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-rebuild-'))
  log = await openLog({ data: folder, district: 'rebuild', kafka: null })
  await log.createTopics()
  await enrol(warehouse, ...aSchool('oak', { 'hr-oak': OAK }), ...aSchool('elm', { 'hr-elm': ELM }))
  await store(
    warehouse,
    WEEKS.flatMap(week => [...OAK, ...ELM].map(actor => aRecord({ actor, at: `${week}T10:00:00-05:00` }))),
  )
  processor = await started()
  await until(() => isCaughtUp(log, warehouse), 'all that waited is computed', 2 * MINUTE_MS, 50)
}, 3 * MINUTE_MS)
const started = (): Promise<Processor> =>
  startProcessor({
    log,
    warehouse,
    config: { timeZone: ZONE, district: 'demo' },
    onError: error => failures.push(error),
  })
afterAll(async () => {
  await processor.stop()
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

type Cell = { week: string; indicator: string; value: number | null; version: number }
const cells = (): Promise<Cell[]> =>
  warehouse.query<Cell>(
    'select toString(week) as week, indicator, unit_type, unit_id, slice, version, value, se, n, status, reason from indicators final order by all',
  )
const studentWeeks = (): Promise<{ who: string; week: string; effort_ms: string }[]> =>
  warehouse.query(
    'select lower(hex(student_id)) as who, toString(week) as week, toString(effort_ms) as effort_ms from student_week final order by all',
  )

/** As if an earlier definition, of version 0, had computed everything: other values in schools, none of the district, and other minutes of students. */
async function asByAnotherDefinition(): Promise<void> {
  await warehouse.command(
    `insert into indicators select * replace (indicators.value + 1 as value, 0 as version, computed + 1 as computed)
     from indicators final where indicator = 'active_days' and unit_type = 'school'`,
  )
  await warehouse.command(
    `insert into indicators select * replace (1 as deleted, computed + 1 as computed)
     from indicators final where indicator = 'active_days' and unit_type = 'district'`,
  )
  await warehouse.command(
    'insert into student_week select * replace (effort_ms + 1000 as effort_ms, computed + 1 as computed) from student_week final',
  )
}

test(
  'weeks are computed again while everything runs, others stay, and the report says what differs',
  { timeout: 3 * MINUTE_MS },
  async () => {
    const right = await cells()
    expect(right.filter(({ indicator }) => indicator === 'active_days').length).toBeGreaterThan(8)
    await asByAnotherDefinition()
    const other = await cells()
    const done: number[] = []
    const report = await rebuild(
      warehouse,
      { from: WEEKS[1]!, to: WEEKS[3]!, school: null },
      count => void done.push(count),
    )
    expect(done).toEqual([0, 2, 3])
    const inside = (cell: Cell): boolean => cell.week >= WEEKS[1]!
    const now = await cells()
    expect(now.filter(inside)).toEqual(right.filter(inside))
    expect(now.filter(cell => !inside(cell))).toEqual(other.filter(cell => !inside(cell)))
    const of = (indicator: string, unit_type: string) =>
      report.find(row => row.indicator === indicator && row.unit_type === unit_type)
    const active = right.filter(cell => inside(cell) && cell.indicator === 'active_days' && cell.value !== null)
    expect(active.length).toBeGreaterThan(0)
    expect(of('active_days', 'school')).toMatchObject({
      added: 0,
      gone: 0,
      largest: expect.closeTo(1, 9) as number,
      from_version: 0,
      to_version: active[0]!.version,
    })
    expect(of('active_days', 'district')).toMatchObject({ gone: 0, changed: 0 })
    expect(of('active_days', 'district')!.added).toBe(of('active_days', 'district')!.cells)
    // Whatever else there is has not changed.
    const different = report.filter(({ added, gone, changed }) => added + gone + changed > 0)
    expect(new Set(different.map(({ indicator }) => indicator))).toEqual(new Set(['active_days']))
    expect(
      await warehouse.query(
        "select 1 from system.tables where database = currentDatabase() and name = 'rebuild_before'",
      ),
    ).toEqual([])
    expect(failures).toEqual([])
  },
)

test('of one school only its students are computed again', { timeout: 2 * MINUTE_MS }, async () => {
  const right = await studentWeeks()
  await asByAnotherDefinition()
  await rebuild(warehouse, { from: WEEKS[0]!, to: WEEKS[3]!, school: 'oak' })
  const oak = new Set(OAK.map(person))
  const before = new Map(right.map(row => [`${row.who}|${row.week}`, Number(row.effort_ms)]))
  for (const { who, week, effort_ms } of await studentWeeks()) {
    // The first week still has what the other definition had left in it, for those of the other school.
    const shift = oak.has(who) ? (week === WEEKS[0] ? -1000 : 0) : 1000
    expect({ who, week, effort: Number(effort_ms) }).toEqual({
      who,
      week,
      effort: before.get(`${who}|${week}`)! + shift,
    })
  }
})

/** A week that something new comes to all the time, as to the current one. @returns ends it */
function liveTraffic(week: string): () => Promise<void> {
  let isEnded = false
  const coming = (async () => {
    while (!isEnded)
      await warehouse.command(
        'insert into touched select {week:Date}, unhex({who:String}), {touch:UInt64}, now(), 0',
        // Later by the clock of another machine too: what waits for no touch after its own cannot wait for these.
        { week, who: person(OAK[0]!), touch: String(newTouch() + (3_600_000n << 20n)) },
      )
  })()
  return async () => {
    isEnded = true
    await coming
  }
}

test('a week to which records come all the time does not hold it up', { timeout: 3 * MINUTE_MS }, async () => {
  const end = liveTraffic(WEEKS[3]!)
  try {
    const report = await rebuild(warehouse, { from: WEEKS[3]!, to: WEEKS[3]!, school: null })
    expect(report.length).toBeGreaterThan(0)
  } finally {
    await end()
  }
})

test('where no processor runs it ends, and run again says what differs from before the first time', async () => {
  await until(() => isCaughtUp(log, warehouse), 'all that waited is computed', 2 * MINUTE_MS, 50)
  await processor.stop()
  const wanted = { from: WEEKS[2]!, to: WEEKS[2]!, school: null }
  await asByAnotherDefinition()
  await expect(rebuild(warehouse, wanted, undefined, 1000)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' })
  processor = await started()
  await until(() => isCaughtUp(log, warehouse), 'what it had asked for is computed', 2 * MINUTE_MS, 50)
  const report = await rebuild(warehouse, wanted)
  expect(report.find(row => row.indicator === 'active_days' && row.unit_type === 'school')!.largest).toBeCloseTo(1, 9)
})
