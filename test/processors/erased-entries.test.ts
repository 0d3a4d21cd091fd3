import { expect, test } from 'vitest'
import { NOBODY_ERASED, type IsErased } from '../../infra/erased.ts'
import { entryWithoutErased, withoutErased } from '../../processors/erased-entries.ts'
import { ERASED } from '../../schemas/erasure.ts'
import { LearningRecord, type LearningRecord as Record } from '../../schemas/record.ts'
import { RosterEntry } from '../../schemas/roster.ts'
import { aRecord, anAlias, anEnrolment, aStudent, person } from '../helpers/records.ts'

const erased: IsErased = {
  ...NOBODY_ERASED,
  isEmpty: false,
  has: id => id === person('zyx') || id === person('zyx-mail'),
  hasLetter: id => id === '6b7f0d3a-58c1-4c4e-9a55-000000000001',
}

const kept = (record: Record): Record =>
  LearningRecord.parse(JSON.parse(entryWithoutErased('records', JSON.stringify(record), erased)!))

test('an entry that names nobody who was erased stays as it is, to the letter', () => {
  const text = JSON.stringify(aRecord({ actor: 'ann', others: ['bob'] }))
  expect(entryWithoutErased('records', text, erased)).toBe(text)
  const batch = [{ key: 'k', value: text, partition: 0, offset: 0, index: 0 }]
  expect(withoutErased('records', batch, erased)[0]).toBe(batch[0])
  expect(withoutErased('records', batch, NOBODY_ERASED)).toBe(batch)
})

test('a record of an erased person alone is known by its id and content hash, and tells nothing else', () => {
  const record = aRecord({ actor: 'zyx', score: 0.5, object: 'https://lms.example.org/zyx', team: 'zyx' })
  const { id, hash, source, standard, storedAt } = record
  expect(kept(record)).toEqual({
    id,
    hash,
    source,
    standard,
    storedAt,
    occurredAt: storedAt,
    timely: false,
    actor: { id: ERASED, role: 'unknown' },
    counterparts: [],
    kind: 'other',
    verb: '',
    object: '',
    raw: '',
  })
})

test('what an erased person has voided stays voided', () => {
  const voids = '6b7f0d3a-58c1-4c4e-9a55-000000000009'
  expect(kept(aRecord({ actor: 'zyx', kind: 'voided', voids }))).toMatchObject({ kind: 'voided', voids })
})

test('a record of an erased person with another one stays the other one’s, without its original', () => {
  const record = kept(aRecord({ actor: 'zyx', others: ['ann', 'zyx-mail'], kind: 'collaborated', durationMs: 60_000 }))
  expect(record).toMatchObject({ actor: { id: ERASED }, kind: 'collaborated', durationMs: 60_000, raw: '' })
  expect(record.counterparts.map(({ id }) => id).sort()).toEqual([person('ann'), ERASED].sort())
})

test('in a record of somebody else nobody stands in the place of an erased person', () => {
  const given = aRecord({ actor: 'ann', others: ['zyx'], lookup: { agents: [person('ann'), person('zyx')] } })
  const record = kept(given)
  expect(record.counterparts.map(({ id }) => id)).toEqual([ERASED])
  expect(record.lookup?.agents).toEqual([person('ann'), ERASED])
  expect(record.raw).toBe(given.raw)
})

test('roster entries of an erased person are passed over; a claim to an identifier of somebody else names nobody', () => {
  const left = (entry: RosterEntry): RosterEntry | null => {
    const text = entryWithoutErased('rosters', JSON.stringify(entry), erased)
    return text === null ? null : RosterEntry.parse(JSON.parse(text))
  }
  expect(left(aStudent('zyx'))).toBeNull()
  expect(left(anEnrolment('zyx', 'hr-1', 'oak'))).toBeNull()
  expect(left(anAlias('zyx-mail', 'zyx'))).toBeNull()
  expect(left(anAlias('shared-mail', 'zyx'))).toMatchObject({ id: person('shared-mail'), person: ERASED })
  expect(left(anAlias('ann-mail', 'ann'))).toMatchObject({ id: person('ann-mail'), person: person('ann') })
})

test('of scores and answers those of the person go; a teacher who was erased is nobody in the scores of others', () => {
  const of = (entry: object): unknown => {
    const text = entryWithoutErased('scores', JSON.stringify(entry), erased)
    return text === null ? null : JSON.parse(text)
  }
  expect(of({ type: 'score', student: person('zyx') })).toBeNull()
  expect(of({ type: 'response', respondent: person('ann'), student: person('zyx') })).toBeNull()
  expect(of({ type: 'score', student: person('ann'), teacher: person('zyx') })).toMatchObject({ teacher: ERASED })
})

test('a dead letter that held an identifier stays without its original', () => {
  const letter = { id: '6b7f0d3a-58c1-4c4e-9a55-000000000001', original: '2026-03.sealed', place: 'users.csv row 2' }
  expect(JSON.parse(entryWithoutErased('dead-letters', JSON.stringify(letter), erased)!)).toEqual({
    ...letter,
    original: '',
  })
  const other = JSON.stringify({ ...letter, id: '6b7f0d3a-58c1-4c4e-9a55-000000000002' })
  expect(entryWithoutErased('dead-letters', other, erased)).toBe(other)
})
