import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../infra/config.ts'
import { planDistrict, writeRoster, type District, type Size } from '../../infra/demo/index.ts'
import { readSecrets } from '../../infra/secrets.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import type { Cells } from './attack.ts'
import { until } from './until.ts'

/**
 * The demo district with live figures of some weeks: its real roster, loaded and processed, and a made-up week of every
 * student instead of its million records. Who stands behind which figure is what the records would have given.
 */
export async function demoFigures(warehouse: Warehouse, size: Size, weeks: readonly number[]): Promise<District> {
  const plan = planDistrict({ size, seed: 20_261_122, timeZone: 'America/New_York' })
  await loadRoster(warehouse, plan)
  for (const number of weeks) {
    const week = mondayOf(plan, number)
    await warehouse.command(`insert into student_week (${COLUMNS}) ${A_WEEK}`, { week })
    await warehouse.command(`insert into indicators ${AGGREGATES}`, {
      week,
      district: warehouse.database,
      computed: String(number + 1),
    })
  }
  return plan
}

export const mondayOf = (plan: District, week: number): string => plan.year.dates[week * 7]!

/** Who stands behind each figure of a week, from what is planted alone: the share of the school's days, a student each. */
export function cellsOf(plan: District, district: string, week: number): Cells {
  const cells = new Map<string, Map<number, number>>()
  const add = (unit: string, slice: string, student: number, share: number) => {
    const members = cells.get(`${unit}|${slice}`) ?? new Map<number, number>()
    cells.set(`${unit}|${slice}`, members.set(student, Math.min(1, (members.get(student) ?? 0) + share)))
  }
  for (let student = 0; student < plan.students.count; student++) {
    const grade = `grade=${String(plan.students.grade[student]!).padStart(2, '0')}`
    for (const [school, share] of sharesOf(plan, student, week)) {
      for (const slice of ['', grade]) {
        add(`school|${plan.schools[school]!.id}`, slice, student, share)
        add(`district|${district}`, slice, student, share)
      }
    }
  }
  return cells
}

/** Of the school days of the week at each school: the share on which the student was enrolled there. */
function sharesOf(plan: District, student: number, week: number): Map<number, number> {
  const move = plan.moves[plan.moveOf[student]!]
  const shares = new Map<number, number>()
  for (let day = 0; day < 7; day++) {
    const moved = move !== undefined && week * 7 + day >= move.day
    const school = moved ? move.school : plan.students.school[student]!
    const open = plan.schoolDays(school, week)
    const days = open.toString(2).replaceAll('0', '').length
    if (days >= 2 && (open >> day) % 2 === 1) shares.set(school, (shares.get(school) ?? 0) + 1 / days)
  }
  return shares
}

async function loadRoster(warehouse: Warehouse, plan: District): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-demo-'))
  const config = readConfig(
    {},
    { data: folder, secretsFile: join(folder, 'secrets.json'), district: warehouse.database },
  )
  const log = await openLog(config)
  try {
    await log.createTopics()
    await writeRoster(plan, join(folder, 'roster'))
    const errors: unknown[] = []
    const processor = await startProcessor({ log, warehouse, config, onError: error => errors.push(error) })
    await loadFiles([join(folder, 'roster')], { log, config, secrets: readSecrets(config), source: 'sis' })
    await until(() => isCaughtUp(log, warehouse), 'the roster is stored', 120_000, 100)
    await processor.stop()
    if (errors.length > 0) throw new AggregateError(errors, 'the roster was not stored')
  } finally {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const AGGREGATES = sql(new URL('../../processors/engagement/week-aggregates.sql', import.meta.url))
const COLUMNS = `week, student_id, learning_days, day_ms, effort_ms, sessions, events, contact_days, contact_ms, contacts,
  absent_days, newest, computed, deleted`

/** Most weekdays of every student, with minutes of their own, some of them with others. */
const A_WEEK = `
  with arrayFilter(d -> cityHash64(person_id, d) % 4 > 0, arrayMap(i -> {week:Date} + i, range(7))) as days
  select {week:Date} as week, person_id as student_id, days as learning_days,
    arrayMap(d -> toInt64(cityHash64(person_id, d, 'ms') % 5400000), days) as day_ms, toInt64(arraySum(day_ms)) as effort_ms,
    length(days) as sessions, length(days) as events, arraySlice(days, 1, 3) as contact_days, toInt64(600000 * length(contact_days)) as contact_ms,
    length(contact_days) as contacts, [] as absent_days, now64(3) as newest, 1 as computed, 0 as deleted
  from persons final where role = 'student'`
