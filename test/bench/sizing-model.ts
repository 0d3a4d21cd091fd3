/** What one record costs, on the machine that was measured. */
export type UnitCosts = {
  /** CPU of processor and engine, microseconds. */
  cpu_us: number
  /** From the log to every figure, microseconds of both cores together. */
  wall_us: number
  /** On disk. */
  log_bytes: number
  warehouse_bytes: number
}

/** Students. */
export const STEPS = [10_000, 1_000_000, 50_000_000] as const

/** A year of 20,000 students is 10 million records in 180 school days. */
const RECORDS_A_YEAR = 500
const SCHOOL_DAYS = 180
/** A school day's records come within seven hours, and in the busiest minutes four times the mean. */
const DAY_SECONDS = 7 * 3600
const PEAK = 4
/** Partitions of a topic share the work of one district: more than one processor needs is room to grow. */
const PARTITION_RATE = 5000
/** A server of 32 cores has sixteen times the two that were measured; half of it stays free for pages and merges. */
const CORES_RATIO = 16
const FREE = 0.5
const SERVER_BYTES = 4e12
const COPIES = 2
const YEARS = 3

export type Size = {
  records_a_day: number
  peak_per_s: number
  partitions: number
  /** ClickHouse servers of 32 cores and 4 TB, copies not counted. */
  shards: number
  log_gb_a_year: number
  warehouse_gb_a_year: number
}

/**
 * What so many students need: as many shards as either the disk of three years or the busiest minutes ask for. A district is on one
 * shard (decision 33), so that this is also how many districts share one.
 */
export function sizeFor(students: number, unit: UnitCosts): Size {
  const records = students * RECORDS_A_YEAR
  const records_a_day = records / SCHOOL_DAYS
  const peak_per_s = (records_a_day / DAY_SECONDS) * PEAK
  const byWork = (peak_per_s * unit.wall_us) / 1e6 / (CORES_RATIO * FREE)
  const byDisk = (records * YEARS * unit.warehouse_bytes) / SERVER_BYTES
  return {
    records_a_day: Math.round(records_a_day),
    peak_per_s: Math.ceil(peak_per_s),
    partitions: Math.max(4, Math.ceil(peak_per_s / PARTITION_RATE)),
    shards: Math.max(1, Math.ceil(Math.max(byWork, byDisk))),
    log_gb_a_year: Math.ceil((records * unit.log_bytes * COPIES) / 1e9),
    warehouse_gb_a_year: Math.ceil((records * unit.warehouse_bytes * COPIES) / 1e9),
  }
}

/** Least squares of log cost by log size: 1 grows in proportion, 2 with the square. */
export function exponentOf(points: readonly { size: number; cost: number }[]): number {
  const x = points.map(({ size }) => Math.log(size))
  const y = points.map(({ cost }) => Math.log(cost))
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length
  const [mx, my] = [mean(x), mean(y)]
  const slope =
    x.reduce((sum, one, i) => sum + (one - mx) * (y[i]! - my), 0) / x.reduce((sum, one) => sum + (one - mx) ** 2, 0)
  return Math.round(slope * 100) / 100
}
