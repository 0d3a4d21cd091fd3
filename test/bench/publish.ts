import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish } from '../../processors/publish/publish.ts'
import { primaryOnly } from '../../processors/publish/suppress.ts'
import { attack, shownCells, type Loot } from '../helpers/attack.ts'
import { cellsOf, demoFigures, mondayOf } from '../helpers/demo-figures.ts'
import { measured, type Row } from './measure.ts'

const SCHOOLS = 100
const WEEKS = 3 * 36
const INDICATORS = 25
/** Indicators of one kind have the same students behind them: who was known to a kind of tool. */
const KINDS = 5

/** Publishing 100 schools × 4 grades × 3 years × 25 indicators, audit included; then again, when nothing has changed. */
export async function benchPublish(): Promise<Row[]> {
  return withWarehouse(async warehouse => {
    await fill(warehouse)
    const cells = INDICATORS * WEEKS * (SCHOOLS + 1) * 5
    const found: Row[] = []
    for (const what of ['publish, cells/s', 'publish the same again, cells/s']) {
      let made: Awaited<ReturnType<typeof publish>> = null
      const row = await measured(what, cells, async () => (made = await publish(warehouse)))
      found.push({ ...row, cells, ...shown(made!) })
    }
    return found
  })
}

const shown = ({ audits, suppressed, kept }: NonNullable<Awaited<ReturnType<typeof publish>>>) => ({ audits, suppressed, kept }) // prettier-ignore

type AttackRow = { suppression: string; weeks: number; 'cells shown a week': number } & Record<keyof Loot, number>

/** Attack the published snapshot of the full-size demo district, with complementary suppression and without. */
export async function benchAttack(): Promise<AttackRow[]> {
  return withWarehouse(async warehouse => {
    const weeks = [2, 6, 10, 14, 20, 24, 28, 32, 36, 40]
    const plan = await demoFigures(warehouse, 'district', weeks)
    const found: AttackRow[] = []
    for (const [name, rules] of [
      ['primary only', { suppress: primaryOnly }],
      ['as published', {}],
    ] as const) {
      const { snapshot } = (await publish(warehouse, { madeUp: true, ...rules }))!
      const row = { suppression: name, weeks: 0, 'cells shown a week': 0, narrowed: 0, subtracted: 0, solved: 0 }
      for (const number of weeks) {
        const week = mondayOf(plan, number)
        const cells = await shownCells(warehouse, { snapshot, indicator: 'effort_minutes', week })
        if (cells.size === 0) continue
        const loot = await attack(new Set(cells.keys()), cellsOf(plan, warehouse.database, number))
        for (const way of ['narrowed', 'subtracted', 'solved'] as const) row[way] += loot[way].length
        row['cells shown a week'] = cells.size
        row.weeks++
      }
      found.push(row)
    }
    return found
  })
}

async function withWarehouse<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const warehouse = await openWarehouse({ data, district: 'bench', clickhouse: null })
  try {
    await migrate(warehouse)
    return await work(warehouse)
  } finally {
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

/**
 * Live figures: every week and kind other students are known (up to three fewer a grade), so that no two weeks have the same
 * table. Four of the schools are so small that most of their grades have fewer than 10 students.
 */
async function fill(warehouse: Warehouse): Promise<void> {
  const monday = `toDate('2023-09-04') + 7 * (number + 16 * intDiv(number, 36))`
  await warehouse.command(
    `insert into indicators (* except (se, lo95, hi95))
     with weeks as (select number as w, ${monday} as week from numbers(${WEEKS})),
     grades as (
       select s.number as school, g.number as grade, w, week, kind,
         greatest(1, (school < 4 ? 3 + cityHash64(school, grade) % 10 : 40 + cityHash64(school, grade) % 60) - cityHash64(school, grade, w, kind) % 3) as n
       from numbers(${SCHOOLS}) as s cross join numbers(4) as g cross join weeks cross join (select number as kind from numbers(${KINDS})) as k),
     cells as (
       select 'school' as unit_type, concat('S', toString(school)) as unit_id, slice, w, week, kind, toUInt32(sum(n)) as students
       from grades array join ['', concat('grade=0', toString(grade))] as slice group by school, slice, w, week, kind
       union all
       select 'district', 'bench', slice, w, week, kind, toUInt32(sum(n))
       from grades array join ['', concat('grade=0', toString(grade))] as slice group by slice, w, week, kind)
     select concat('indicator_', toString(i)), 1, unit_type, unit_id, slice, formatDateTime(week, '%G-W%V'), week, now64(3),
       50 + cityHash64(i, unit_id, slice, week) % 1000 / 50, students, students, 'ok', '', students, 1, 0, cityHash64(unit_id, slice, w, kind)
     from cells array join arrayMap(j -> kind * ${INDICATORS / KINDS} + j, range(${INDICATORS / KINDS})) as i`,
  )
}
