import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { openSolver, type Solver } from '../../processors/publish/intervals.ts'
import { primaryOnly, suppression } from '../../processors/publish/suppress.ts'
import { publish } from '../../processors/publish/publish.ts'
import type { Cell } from '../../processors/publish/cells.ts'
import { attack, shownCells, type Cells, type Loot } from '../helpers/attack.ts'
import { cellsOf, demoFigures, mondayOf } from '../helpers/demo-figures.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const NOTHING: Loot = { narrowed: [], subtracted: [], solved: [] }
/** Early, with movers between schools in the middle of the week, and late. */
const WEEKS = [2, 12, 30]

let solver: Solver
beforeAll(async () => {
  solver = await openSolver()
})

describe('the demo district', () => {
  test(
    'an attack on its published snapshot recovers no group under 10, and does without complementary suppression',
    { timeout: 240_000 },
    async () => {
      const warehouse = await freshWarehouse()
      const plan = await demoFigures(warehouse, 'small', WEEKS)
      const attacked = async (snapshot: string) => {
        const loot: Loot[] = []
        for (const number of WEEKS) {
          const week = mondayOf(plan, number)
          const cells = cellsOf(plan, warehouse.database, number)
          const shown = await shownCells(warehouse, { snapshot, indicator: 'effort_minutes', week })
          // The attacker's rosters are right: they count what is published.
          for (const [cell, { n }] of shown) expect(`${cell} ${n}`).toBe(`${cell} ${cells.get(cell)!.size}`)
          loot.push(await attack(new Set(shown.keys()), cells))
        }
        return loot
      }
      const careless = await publish(warehouse, { suppress: primaryOnly, madeUp: true })
      const open = await attacked(careless!.snapshot)
      for (const { narrowed, subtracted, solved } of open) {
        expect(narrowed.length).toBeGreaterThan(0)
        expect(subtracted.length).toBeGreaterThan(0)
        expect(solved.length).toBeGreaterThan(0)
      }
      const careful = await publish(warehouse, { madeUp: true })
      expect(await attacked(careful!.snapshot)).toEqual(WEEKS.map(() => NOTHING))
      // Hiding everything would be safe too.
      expect(careful!.suppressed / careful!.cells).toBeLessThan(0.5)
    },
  )
})

/** Rosters of up to six schools and four grades, some of them tiny, some students in two schools at once. */
const aRoster = fc
  .record({
    sizes: fc.array(fc.array(fc.oneof(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 15, max: 60 })), { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }), // prettier-ignore
    movers: fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(3)), { maxLength: 4 }),
  })
  .map(({ sizes, movers }) => {
    const cells = new Map<string, Map<number, number>>()
    let student = 0
    const add = (school: number, grade: number, share: number) => {
      for (const unit of [`school|S${school}`, 'district|d']) {
        for (const slice of ['', `grade=0${grade}`]) {
          const key = `${unit}|${slice}`
          const members = cells.get(key) ?? new Map<number, number>()
          cells.set(key, members.set(student, Math.min(1, (members.get(student) ?? 0) + share)))
        }
      }
    }
    sizes.forEach((grades, school) => grades.forEach((size, grade) => { for (let i = 0; i < size; i++, student++) add(school, grade, 1) })) // prettier-ignore
    for (const [from, to, grade] of movers) {
      if (from >= sizes.length || to >= sizes.length || from === to) continue
      add(from, grade, 0.4)
      add(to, grade, 0.6)
      student++
    }
    return cells as Cells
  })

const tableOf = (cells: Cells): Cell[] =>
  [...cells]
    .map(([key, members]) => {
      const [unit_type, unit_id, slice] = key.split('|') as [string, string, string]
      return { unit_type, unit_id, slice, n: members.size }
    })
    .toSorted((a, b) => Number(a.unit_type === 'district') - Number(b.unit_type === 'district') || (a.unit_id + a.slice < b.unit_id + b.slice ? -1 : 1)) // prettier-ignore

test(
  'whatever the rosters, nothing under 10 is recovered from what suppression leaves',
  { timeout: 240_000 },
  async () => {
    let opened = 0
    await fc.assert(
      fc.asyncProperty(aRoster, async cells => {
        const table = tableOf(cells)
        const shownBy = (suppress: typeof primaryOnly) => {
          const hidden = new Set(suppress(table).map(({ cell }) => cell))
          return new Set(table.flatMap((c, i) => (hidden.has(i) ? [] : [`${c.unit_type}|${c.unit_id}|${c.slice}`])))
        }
        expect(await attack(shownBy(suppression(solver)), cells)).toEqual(NOTHING)
        const loot = await attack(shownBy(primaryOnly), cells)
        if (Object.values(loot).some(found => found.length > 0)) opened++
      }),
      { numRuns: 150, seed: 20_261_122 },
    )
    // The attack is one that primary suppression alone does not stand.
    expect(opened).toBeGreaterThan(100)
  },
)
