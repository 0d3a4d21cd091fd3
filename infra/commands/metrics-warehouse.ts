import { Gauge, type Registry } from 'prom-client'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { Asked } from './metrics.ts'

/** What is counted over whole tables is asked again after this. */
const EVERY_MS = 15_000

/** A gauge by one label, from one statement with the columns `label` and `value`. */
type Question = { name: string; help: string; label: string | null; sql: string }

const QUESTIONS: readonly Question[] = [
  {
    name: 'homeroom_dead_letters',
    help: 'Dead letters that wait: not redriven',
    label: 'code',
    sql: `select code as label, toFloat64(count()) as value from dead_letters final
          where id not in (select letter_id from redriven final where is_done) group by code`,
  },
  {
    name: 'homeroom_recompute_waiting_weeks',
    help: 'Weeks that wait for recomputation, by what waits',
    label: 'what',
    sql: `select 'week' as label, toFloat64(uniqExact(week)) as value from touched final where done = 0
          union all
          select stage, toFloat64(uniqExact(week)) from touched_stages final where done = 0 group by stage`,
  },
  {
    name: 'homeroom_recompute_waiting_seconds',
    help: 'How long the oldest week waits for recomputation; 0: none does',
    label: null,
    sql: `select '' as label, if(count() = 0, 0, toFloat64(greatest(0, dateDiff('second', min(at), now())))) as value
          from touched final where done = 0`,
  },
  {
    name: 'homeroom_snapshot_age_seconds',
    help: 'Since the last snapshot was published; missing: none was',
    label: null,
    sql: `select '' as label, toFloat64(dateDiff('second', max(published_at), now64(3))) as value
          from snapshots final where complete having count() > 0`,
  },
  {
    name: 'homeroom_warehouse_rows',
    help: 'Rows as stored, by table: versions of the same row that are not merged yet count each',
    label: 'table',
    sql: `select table as label, toFloat64(sum(rows)) as value from system.parts
          where active and database in (currentDatabase(), {identity:String}) group by table`,
  },
  {
    name: 'homeroom_warehouse_bytes',
    help: 'Compressed bytes on disk, by table',
    label: 'table',
    sql: `select table as label, toFloat64(sum(bytes_on_disk)) as value from system.parts
          where active and database in (currentDatabase(), {identity:String}) group by table`,
  },
]

/** What the warehouse holds and what waits in it. Every process would say the same, so only those with a processor do. */
export function measureWarehouse(warehouse: Warehouse, registry: Registry, asked: Asked): void {
  for (const { name, help, label, sql } of QUESTIONS) {
    let askedAt = Number.NEGATIVE_INFINITY
    /** A scrape that finds its question still open waits for that answer: a slow warehouse is not asked once more. */
    let asking: Promise<void> | null = null
    const ask = async (): Promise<void> => {
      askedAt = performance.now()
      try {
        const found = await warehouse.query<{ label: string; value: number }>(sql)
        clear()
        for (const { label: of, value } of found) {
          if (label === null) gauge.set(value)
          else gauge.set({ [label]: of }, value)
        }
      } catch (error) {
        // The next scrape asks again, and is counted as one without an answer.
        askedAt = Number.NEGATIVE_INFINITY
        throw error
      }
    }
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: label === null ? [] : [label],
      registers: [registry],
      async collect() {
        if (asking === null && performance.now() - askedAt < EVERY_MS) return
        await asked('warehouse', clear, () => {
          asking ??= ask().finally(() => (asking = null))
          return asking
        })
      },
    })
    // Without labels a gauge says 0 where nothing was set, which here would be an answer.
    const clear = (): void => (label === null ? gauge.remove() : gauge.reset())
    clear()
  }
}
