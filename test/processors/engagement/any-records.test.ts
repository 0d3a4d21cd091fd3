import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { LearningRecord } from '../../../schemas/record.ts'
import { aRecord, aSchool, anAlias, enrol, person, store } from '../../helpers/records.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'
import { allEngaged, engaged, engageStudents } from './engaged.ts'

vi.setConfig({ testTimeout: 600_000 })

// An independent computation of B3 and B6 by record: it shares no code and no method with the SQL.

const WEEK = '2026-04-20'
const SUNDAY = '2026-04-26'
const STUDENTS = ['ada', 'ben', 'cleo']
const DAY_S = 86_400

const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', dateStyle: 'short' })
const dayOf = (record: LearningRecord): string => format.format(Date.parse(record.occurredAt))
const secondOf = (record: LearningRecord): number => Math.floor(Date.parse(record.occurredAt) / 1000)
const daysApart = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / (DAY_S * 1000)
/** Whole weeks before the one of `WEEK`. */
const weeksAgo = (record: LearningRecord): number => Math.floor(daysApart(dayOf(record), SUNDAY) / 7)

const isRecent = (record: LearningRecord): boolean => weeksAgo(record) <= 3
const isCompletion = ({ kind, completion }: LearningRecord): boolean =>
  kind === 'completed' ? completion !== false : completion === true
const hasFailed = ({ success, score }: LearningRecord): boolean => !(success ?? score! >= 0.8)

function reference(all: readonly LearningRecord[]) {
  const records = all.filter(record => weeksAgo(record) >= 0 && weeksAgo(record) <= 7)
  const objects = [...new Set(records.map(({ object }) => object))]
  const counts = { started: 0, completed: 0, failed: 0, retried: 0, flagged: 0, chosen: 0 }
  for (const object of objects) {
    const own = records.filter(record => record.object === object).sort((a, b) => secondOf(a) - secondOf(b))
    const old = own.filter(record => record.kind === 'started' && weeksAgo(record) >= 4)
    if (old.length > 0) {
      counts.started++
      const ages = own.filter(isCompletion).map(end => daysApart(dayOf(old[0]!), dayOf(end)))
      if (ages.some(days => days >= 0 && days <= 28)) counts.completed++
    }
    const outcomes = own.filter(
      ({ kind, success, score }) =>
        ['answered', 'scored', 'completed'].includes(kind) && (success !== undefined || score !== undefined),
    )
    // Of what is told in one second a success counts.
    const first = outcomes[0] && outcomes.filter(other => secondOf(other) === secondOf(outcomes[0]!))
    if (first?.every(hasFailed) && weeksAgo(first[0]!) >= 1 && weeksAgo(first[0]!) <= 4) {
      counts.failed++
      const seconds = outcomes.map(secondOf)
      const next = seconds.find((at, i) => i > 0 && at > seconds[i - 1]! + 10)
      if (next !== undefined && next <= seconds[0]! + 7 * DAY_S) counts.retried++
    }
    const flags = own.filter(record => record.kind === 'started' && record.choice !== undefined && isRecent(record))
    if (flags.length > 0) counts.flagged++
    if (flags.some(({ choice }) => choice === 'chosen')) counts.chosen++
  }
  return counts
}

const anyRecord = fc.record({
  // Nine weeks up to 26 April 2026, with the change to summer time on 8 March.
  minute: fc.integer({ min: 0, max: 63 * 1440 - 1 }),
  student: fc.nat(2),
  alias: fc.boolean(),
  kind: fc.constantFrom('started', 'started', 'completed', 'answered', 'answered', 'scored', 'viewed', 'asked-help'),
  object: fc.nat(5),
  choice: fc.constantFrom('chosen', 'assigned', undefined),
  success: fc.constantFrom(true, false, false, undefined),
  score: fc.constantFrom(0.79, 0.8, undefined),
  completion: fc.constantFrom(true, false, undefined, undefined),
  seconds: fc.nat(30),
})

const said = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

test('any records, in any order, doubled and split into any batches, give what an independent computation gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 60, maxLength: 160, size: 'max' }),
      fc.infiniteStream(fc.nat()),
      async (sketches, dice) => {
        const warehouse = await freshWarehouse()
        await enrol(warehouse, ...aSchool('S1', { A: STUDENTS }), ...STUDENTS.map(name => anAlias(name, name)))
        await enrol(warehouse, ...STUDENTS.map(name => anAlias(`${name}@example.org`, name)))
        const records = sketches.map(({ minute, seconds, student, alias, kind, object, ...rest }) =>
          aRecord({
            at: new Date(Date.parse('2026-02-23T05:00:00Z') + minute * 60_000 + seconds * 1000).toISOString(),
            actor: STUDENTS[student]! + (alias ? '@example.org' : ''),
            kind: kind as LearningRecord['kind'],
            object: `o${object}`,
            ...said(rest),
          }),
        )
        // One record is certain: the week has figures, and the school's tools record completions.
        records.push(aRecord({ at: '2026-04-21T12:00:00Z', kind: 'completed', object: 'other' }))
        const deliveries = [...records, ...records.filter(() => dice.next().value! % 3 === 0)]
          .map(record => ({ record, at: dice.next().value! }))
          .sort((a, b) => a.at - b.at)
          .map(({ record }) => record)
        const cut = 1 + (dice.next().value! % (deliveries.length - 1))
        await store(warehouse, deliveries.slice(0, cut))
        await engageStudents(warehouse, WEEK)
        await store(warehouse, deliveries.slice(cut))
        await engageStudents(warehouse, WEEK)
        for (const name of STUDENTS) {
          const ids = [person(name), person(`${name}@example.org`)]
          const expected = reference(records.filter(({ actor }) => ids.includes(actor.id)))
          expect(await engaged(warehouse, name, WEEK)).toMatchObject(expected)
        }
        const stored = await allEngaged(warehouse)
        await engageStudents(warehouse, WEEK)
        expect(await allEngaged(warehouse)).toEqual(stored)
      },
    ),
    { numRuns: 3, seed: 20261122 },
  )
})
