import { expect, test } from 'vitest'
import { exponentOf, sizeFor } from './sizing-model.ts'

test('the exponent is that of the power by which a cost grows', () => {
  const points = (power: number) => [1e4, 1e5, 1e6].map(size => ({ size, cost: 7 * size ** power }))
  expect([1, 1.5, 2].map(power => exponentOf(points(power)))).toEqual([1, 1.5, 2])
  expect(exponentOf(points(0))).toBe(0)
})

test('what students need follows from what a record costs', () => {
  const unit = { cpu_us: 10, wall_us: 100, log_bytes: 1000, warehouse_bytes: 1500 }
  expect(sizeFor(10_000, unit)).toEqual({
    records_a_day: 27_778,
    peak_per_s: 5,
    partitions: 4,
    shards: 1,
    log_gb_a_year: 10,
    warehouse_gb_a_year: 15,
  })
  // 25 thousand million records a year: three years of 37.5 TB are 28.1 disks of 4 TB.
  expect(sizeFor(50_000_000, unit)).toMatchObject({ shards: 29, peak_per_s: 22_046, partitions: 5 })
  // Four times as dear, the work decides: 22,046 records a second of 1.5 ms on eight times what was measured.
  expect(sizeFor(50_000_000, { ...unit, wall_us: 15_000 })).toMatchObject({ shards: 42 })
})
