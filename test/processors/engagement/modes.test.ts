import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aRecord, aSchool, enrol, person, store } from '../../helpers/records.ts'
import type { LearningRecord, Role } from '../../../schemas/record.ts'
import { engaged, engageStudents } from './engaged.ts'

vi.setConfig({ testTimeout: 180_000 })

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben', 'cleo'] }))
})

const WEEK = '2026-01-12'
/** A minute of Monday, 12 January 2026, from nine o'clock in New York on. */
const at = (minute: number): string => new Date(Date.parse('2026-01-12T14:00:00Z') + minute * 60_000).toISOString()

const withSomebody = (
  minute: number,
  minutes: number,
  roles: Partial<Record<string, Role>>,
  rest: Partial<LearningRecord> = {},
) => {
  const record = aRecord({ at: at(minute), durationMs: minutes * 60_000, kind: 'met', ...(rest as object) })
  const counterparts = Object.entries(roles).map(([name, role]) => ({ id: person(name), role: role! }))
  return { ...record, counterparts: counterparts.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

test('minutes by mode are unions of what was logged, each by the people who were there', async () => {
  await store(warehouse, [
    aRecord({ at: at(30), durationMs: 1_800_000, mode: 'individual' }), // 30 minutes and the tail
    withSomebody(60, 15, { grace: 'adviser' }, { mode: 'adult' }),
    withSomebody(62, 15, { grace: 'adviser' }, { mode: 'adult' }), // two minutes more
    withSomebody(100, 20, { ben: 'student', cleo: 'student' }, { mode: 'group' }),
    withSomebody(140, 25, { ben: 'student' }, { mode: 'group', team: 'bridge' }),
    withSomebody(180, 40, { dana: 'mentor' }, { mode: 'adult' }),
    withSomebody(240, 10, { tutor: 'virtual-tutor' }, { kind: 'asked-help' }),
  ])
  await engageStudents(warehouse, WEEK)
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({
    individual_minutes: 31,
    one_to_one_minutes: 17,
    small_group_minutes: 20,
    project_team_minutes: 25,
    community_minutes: 40,
    virtual_tutor_minutes: 11,
  })
  expect(await engaged(warehouse, 'ben', WEEK)).toMatchObject({ small_group_minutes: 20, project_team_minutes: 25 })
})

test('a teacher whom a lesson names was not there, and a mode of which nobody tells is unknown', async () => {
  await store(warehouse, [
    withSomebody(30, 20, { grace: 'teacher' }, { kind: 'answered', mode: 'individual' }),
    aRecord({ actor: 'ben', at: at(10), durationMs: 60_000 }),
  ])
  await engageStudents(warehouse, WEEK)
  const none = {
    small_group_minutes: null,
    virtual_tutor_minutes: null,
    project_team_minutes: null,
    community_minutes: null,
  }
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({
    individual_minutes: 21,
    one_to_one_minutes: null,
    ...none,
  })
  expect(await engaged(warehouse, 'cleo', WEEK)).toMatchObject({ individual_minutes: 0, one_to_one_minutes: null })
})
