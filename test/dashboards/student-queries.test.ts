import { beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../processors/store-plans.ts'
import type { PlanEntry } from '../../schemas/plan.ts'
import { aChoice, aGoal, aPlan, aReflection, listOf, placed, withdrawalOf } from '../helpers/plans.ts'
import { anAlias, aRecord, enrol, person, store, type RecordSketch } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

/** Identifiers under which things arrive: of ada two, one of which a roster names late. */
const NAMES = ['ada', 'ada@lms', 'ben', 'cleo'] as const
const WEEK = '2026-03-02'

const query = (name: string): string =>
  sql(new URL(`../../dashboards/pages/student/student-${name}.sql`, import.meta.url))

let warehouse: Warehouse

/** Numbers from 0 to n − 1, the same in every run (Park & Miller 1988). */
function numbers(seed: number): (n: number) => number {
  let state = seed
  return n => {
    state = (state * 48_271) % 2_147_483_647
    return state % n
  }
}

beforeAll(async () => {
  warehouse = await freshWarehouse()
  const next = numbers(20_261_122)
  const who = (): string => NAMES[next(NAMES.length)]!
  const day = (): string => `2026-0${1 + next(3)}-1${next(10)}`
  const entries: PlanEntry[] = []
  for (let i = 0; i < 160; i++) {
    const storedAt = `2026-03-${10 + next(9)}T12:00:00.000Z`
    // Few keys, so that things are corrected, handed to another student, withdrawn and brought back.
    const sketch = { key: `k${next(24)}`, who: who(), storedAt, subject: ['', 'art', 'english'][next(3)]! }
    const of = next(4)
    if (next(10) === 0)
      entries.push(withdrawalOf((['plan', 'goal', 'choice', 'reflection'] as const)[of]!, sketch.key, storedAt))
    else if (of === 0)
      entries.push(aPlan({ ...sketch, begin: day(), end: next(2) ? null : '2026-06-01', unitsPerWeek: 1 + next(9) }))
    else if (of === 1)
      entries.push(
        aGoal({ ...sketch, day: day(), level: next(2) ? null : next(5) - 2, words: next(2) ? `salt.${i}` : '' }),
      )
    else if (of === 2) entries.push(aChoice({ ...sketch, day: day(), taken: `thing-${next(6)}` }))
    else entries.push(aReflection({ ...sketch, day: day(), words: `salt.${i}` }))
  }
  for (let i = 0; i < entries.length; i += 16) await storePlans(warehouse, placed(entries.slice(i, i + 16)))
  await storePlans(
    warehouse,
    placed([listOf('reflection', '2026-03-12T00:00:00.000Z'), listOf('goal', '2026-03-11T00:00:00.000Z')]),
  )
  const said: RecordSketch[] = Array.from({ length: 60 }, () => ({
    actor: who(),
    at: `${day()}T15:00:00Z`,
    kind: (['goal-set', 'goal-met', 'reflected', 'goal-set'] as const)[next(4)]!,
    object: `https://lms.example.org/goals/${next(8)}`,
    agency: [
      {},
      { goal: { level: next(5) - 2 } },
      { goal: { horizon: 'long' as const } },
      { plan: { unitsPerWeek: 2 + next(5) } },
    ][next(4)]!,
  }))
  const records = said.map(aRecord)
  await store(warehouse, records)
  const voids = records.filter(() => next(6) === 0).map(({ id }) => aRecord({ kind: 'voided', voids: id, object: '' }))
  await store(warehouse, voids)
  await enrol(warehouse, anAlias('ada', 'ada'), anAlias('ada@lms', 'ada'))
})

/** Of a person, the pseudonyms under which things arrived. */
const OF = { ada: ['ada', 'ada@lms'], ben: ['ben'], cleo: ['cleo'], nobody: ['nobody'] }

describe.each(Object.entries(OF))('of %s', (name, known) => {
  const identifiers = known.map(person)
  const student = person(name)

  test('goals are those of current_goals', async () => {
    const found = await warehouse.query(query('goals'), { identifiers })
    const whole = await warehouse.query(
      `select toString(goal_id) as goal_id, toString(subject) as subject, toString(horizon) as horizon, toString(set_day) as set_day,
         toString(status) as status, level, expected, sealed_text as words, toString(source) as source,
         if(record_id = toUUID('00000000-0000-0000-0000-000000000000'), '', toString(record_id)) as record_id
       from current_goals where student_id = unhex({student:String}) order by status = 'open' desc, set_day desc, goal_id`,
      { student },
    )
    expect(found.length > 3).toBe(name !== 'nobody')
    expect(
      (found as Record<string, unknown>[]).map(({ record_ms: _ms, due_day: _due, closed_day: _closed, ...row }) => row),
    ).toEqual(whole)
  })

  test('reflections are the newest of current_reflections', async () => {
    const found = await warehouse.query<{ reflection_id: string; day: string; words: string }>(query('reflections'), {
      identifiers,
    })
    const whole = await warehouse.query(
      `select toString(reflection_id) as reflection_id, toString(day) as day, sealed_text as words
       from current_reflections where student_id = unhex({student:String}) order by said_at desc limit 12`,
      { student },
    )
    const sorted = (rows: readonly unknown[]): string[] => rows.map(row => JSON.stringify(row)).toSorted()
    expect(sorted(found.map(({ reflection_id, day, words }) => ({ reflection_id, day, words })))).toEqual(sorted(whole))
  })

  test.each(['2026-01-15', '2026-02-20', '2026-03-30', '2026-08-01'])('plans are those that hold on %s', async day => {
    const found = await warehouse.query<Record<string, unknown>>(query('plans'), { identifiers, day })
    const whole = await warehouse.query(
      `select toString(subject) as subject, units_per_week, toString(source) as source from current_plans
       where student_id = unhex({student:String}) and begin_day <= {day:Date} and end_day > {day:Date} order by subject`,
      { student, day },
    )
    expect(found.map(({ subject, units_per_week, source }) => ({ subject, units_per_week, source }))).toEqual(whole)
  })

  test('choices of files are those of current_choices', async () => {
    const found = await warehouse.query(query('choices'), { identifiers, week: WEEK })
    const whole = await warehouse.query(
      `select toString(subject) as subject, taken as object, toString(day) as day from current_choices
       where student_id = unhex({student:String}) and record_id = toUUID('00000000-0000-0000-0000-000000000000')
         and choice = 'chosen' and taken != '' and current_choices.day >= {week:Date} - 77 and current_choices.day < {week:Date} + 7`,
      { student, week: WEEK },
    )
    const sorted = (rows: readonly unknown[]): string[] => rows.map(row => JSON.stringify(row)).toSorted()
    expect(sorted(found)).toEqual(sorted(whole))
  })
})
