import { expect, test } from 'vitest'
import { denied, mayEnter, tierOf, withinRoster, type Reader, type Tier, type Unit } from '../../dashboards/access.ts'

const UNITS = {
  district: { type: 'district', id: 'd1' },
  'own school': { type: 'school', id: 'lincoln' },
  'other school': { type: 'school', id: 'monroe' },
  'own advisory': { type: 'advisory', id: 'hr-1', school: 'lincoln' },
  'other advisory of own school': { type: 'advisory', id: 'hr-2', school: 'lincoln' },
  'advisory of other school': { type: 'advisory', id: 'hr-9', school: 'monroe' },
  'class of own school': { type: 'class', id: 'c-1', school: 'lincoln' },
  'class of other school': { type: 'class', id: 'c-9', school: 'monroe' },
  'class of unknown school': { type: 'class', id: 'c-0' },
  'own class': { type: 'class', id: 'c-2', school: 'lincoln' },
  'student of own advisory': { type: 'student', id: 'a'.repeat(64), school: 'lincoln', classes: ['c-1', 'hr-1'] },
  'student of own class': { type: 'student', id: 'b'.repeat(64), school: 'lincoln', classes: ['c-2', 'hr-2'] },
  'student of own school': { type: 'student', id: 'c'.repeat(64), school: 'lincoln', classes: ['c-1', 'hr-2'] },
  'student of other school': { type: 'student', id: 'd'.repeat(64), school: 'monroe', classes: ['hr-9'] },
  'student of no class': { type: 'student', id: 'e'.repeat(64) },
} as const satisfies Record<string, Unit>

const NONE = Object.fromEntries(Object.keys(UNITS).map(name => [name, 'none'])) as Record<keyof typeof UNITS, Tier>
const ALL_PUBLISHED = Object.fromEntries(
  Object.entries(UNITS).map(([name, { type }]) => [name, type === 'student' ? 'none' : 'published']),
) as Record<keyof typeof UNITS, Tier>

const EXPECTED: Record<string, Record<keyof typeof UNITS, Tier>> = {
  analyst: ALL_PUBLISHED,
  researcher: ALL_PUBLISHED,
  principal: {
    ...NONE,
    district: 'published',
    'own school': 'live',
    'own advisory': 'live',
    'other advisory of own school': 'live',
    'class of own school': 'live',
    'own class': 'live',
  },
  adviser: {
    ...NONE,
    district: 'published',
    'own school': 'published',
    'own advisory': 'live',
    'own class': 'live',
    'student of own advisory': 'live',
    'student of own class': 'live',
  },
  operator: NONE,
  'a role that does not exist': NONE,
}

const aReader = (role: string, over: Partial<Reader> = {}): Reader => ({
  kind: 'person',
  role,
  scope: { schools: ['lincoln'], advisories: ['hr-1'], classes: ['c-2'] },
  ...over,
})

for (const [role, tiers] of Object.entries(EXPECTED)) {
  for (const [name, unit] of Object.entries(UNITS)) {
    const tier = tiers[name as keyof typeof UNITS]
    test(`${role}, ${name}: ${tier}`, () => expect(tierOf(aReader(role), unit)).toBe(tier))
  }
}

test('the credential of a machine sees nothing, whatever its role says', () => {
  for (const unit of Object.values(UNITS)) expect(tierOf(aReader('principal', { kind: 'source' }), unit)).toBe('none')
  expect(mayEnter(aReader('operator', { kind: 'source' }), 'operations')).toBe(false)
})

test('an empty scope opens no school, and no class whose school is unknown', () => {
  const scope = { schools: [], advisories: [] }
  for (const role of ['principal', 'adviser']) {
    for (const unit of Object.values(UNITS).filter(u => u.type !== 'district'))
      expect(tierOf(aReader(role, { scope }), unit)).toBe('none')
  }
  expect(tierOf(aReader('principal', { scope: { schools: [''], advisories: [] } }), { type: 'class', id: 'c-0' })).toBe(
    'none',
  )
})

const ROLES = ['analyst', 'principal', 'adviser', 'researcher', 'operator', '', 'constructor']
const entering = (place: 'operations' | 'audit' | 'research'): string[] =>
  ROLES.filter(role => mayEnter(aReader(role), place))

test('operators and analysts see what runs; operators the audit; researchers and analysts the pages for research; nobody else does', () => {
  expect(entering('operations')).toEqual(['analyst', 'operator'])
  expect(entering('audit')).toEqual(['operator'])
  expect(entering('research')).toEqual(['analyst', 'researcher'])
})

const anAccount = (schools: string[]) => ({
  ...aReader('principal', { scope: { schools, advisories: [] } }),
  id: 'pat',
  secretHash: '',
  expiresAt: new Date(0),
})

test('a school that the roster does not have opens nothing, and the refusal says why; another’s says nothing', () => {
  const reader = withinRoster(anAccount(['lincoln', 'gone']), new Set(['lincoln', 'monroe']))
  expect(tierOf(reader, { type: 'school', id: 'lincoln' })).toBe('live')
  expect(tierOf(reader, { type: 'school', id: 'gone' })).toBe('none')
  expect(tierOf(reader, { type: 'class', id: 'c', school: 'gone' })).toBe('none')
  expect(denied(reader, { type: 'school', id: 'gone' }).message).toContain('closed or renamed')
  expect(denied(reader, { type: 'class', id: 'c', school: 'gone' }).message).toContain('closed or renamed')
  const words = ['monroe', 'nowhere'].map(id => denied(reader, { type: 'school', id }).message)
  expect(new Set(words)).toEqual(new Set(['This school is outside what your account may see']))
})
