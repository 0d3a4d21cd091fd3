import { describe, expect, test } from 'vitest'
import { fromInteraction, pseudonymOfParticipant } from '../../ingest/map/from-interaction.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { Interaction } from '../../schemas/interaction.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const CONTEXT = {
  id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
  source: 'reader',
  storedAt: new Date(NOW).toISOString(),
  window: windowOf(NOW),
}

describe('interactions', () => {
  const row = (changes: Record<string, unknown> = {}) => {
    const interaction = Interaction.parse({
      at: '2026-03-02T08:45:00-05:00',
      kind: 'met',
      minutes: 15,
      participants: [
        { id: 't-1', idType: 'sourcedId', role: 'adviser' },
        { id: 's-1', idType: 'sourcedId', role: 'student' },
      ],
      ...changes,
    })
    const people = interaction.participants.map(person => ({
      id: pseudonymOfParticipant(person, pseudonymise),
      role: person.role,
    }))
    return fromInteraction(interaction, { ...CONTEXT, people })
  }
  const [t1, s1] = ['t-1', 's-1'].map(id => pseudonymise('sourcedId', id))

  test('the first participant is the actor, the time is the end, the minutes reach back', () => {
    expect(row()).toEqual({
      id: CONTEXT.id,
      source: 'reader',
      standard: 'interaction',
      occurredAt: '2026-03-02T13:45:00.000Z',
      storedAt: '2026-03-02T14:00:00.000Z',
      timely: true,
      actor: { id: t1, role: 'adviser' },
      counterparts: [{ id: s1, role: 'student' }],
      kind: 'met',
      mode: 'adult',
      verb: 'met',
      object: '',
      durationMs: 900_000,
    })
  })

  test.each([
    [['student', 'student'], 'peer'],
    [['student', 'teacher'], 'adult'],
    [['student', 'student', 'teacher'], 'group'],
    [['unknown', 'student'], undefined],
  ])('without a mode the roles %j say %s', (roles, mode) => {
    const participants = roles.map((role, i) => ({ id: `p-${i}`, idType: 'sourcedId', role }))
    expect(row({ participants }).mode).toBe(mode)
  })

  test('the mode that is said stands', () => {
    expect(row({ mode: 'group' }).mode).toBe('group')
  })

  test.each([
    ['email', 'Kim@Example.org', 'mbox', 'kim@example.org'],
    ['username', 'kim', 'username', 'kim'],
    ['account:https://lms.example.org', 'kim', 'account', 'https://lms.example.org|kim'],
    ['caliper', 'https://lms.example.org/users/kim', 'caliper', 'https://lms.example.org/users/kim'],
    ['sourcedId', ' s-1 ', 'sourcedId', 's-1'],
  ])('a participant by %s is the person that other senders name so', (idType, id, type, value) => {
    expect(row({ participants: [{ id, idType, role: 'student' }] }).actor.id).toBe(pseudonymise(type, value))
  })

  test('a third of a minute is 20 seconds', () => {
    expect(row({ minutes: 1 / 3 }).durationMs).toBe(20_000)
  })

  test.each<[string, Record<string, unknown>]>([
    ['no participants', { participants: [] }],
    ['a time in words', { at: 'after lunch' }],
    ['an unknown kind', { kind: 'waved' }],
    ['a kind that only the system writes', { kind: 'voided' }],
    ['negative minutes', { minutes: -15 }],
    ['an unknown role', { participants: [{ id: 's-1', idType: 'sourcedId', role: 'pupil' }] }],
    ['an empty id', { participants: [{ id: ' ', idType: 'sourcedId', role: 'student' }] }],
    ['an unknown property', { mood: 'good' }],
  ])('a row with %s is refused', (_what, changes) => {
    expect(() => row(changes)).toThrow()
  })
})
