import { expect, test } from 'vitest'
import { seesOperations, tierOf, type Reader, type Tier, type Unit } from '../../dashboards/access.ts'

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
  'student of own school': { type: 'student', id: 'f'.repeat(64), school: 'lincoln' },
} as const satisfies Record<string, Unit>

const NONE = Object.fromEntries(Object.keys(UNITS).map(name => [name, 'none'])) as Record<keyof typeof UNITS, Tier>
const ALL_PUBLISHED: Record<keyof typeof UNITS, Tier> = {
  ...(Object.fromEntries(Object.keys(UNITS).map(name => [name, 'published'])) as Record<keyof typeof UNITS, Tier>),
  'student of own school': 'none',
}

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
  },
  adviser: { ...NONE, district: 'published', 'own school': 'published', 'own advisory': 'live' },
  operator: NONE,
  'a role that does not exist': NONE,
}

const aReader = (role: string, over: Partial<Reader> = {}): Reader => ({
  kind: 'person',
  role,
  scope: { schools: ['lincoln'], advisories: ['hr-1'] },
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
  expect(seesOperations(aReader('operator', { kind: 'source' }))).toBe(false)
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

test('operators and analysts see what runs; nobody else does', () => {
  const seeing = ['analyst', 'principal', 'adviser', 'researcher', 'operator', ''].filter(role =>
    seesOperations(aReader(role)),
  )
  expect(seeing).toEqual(['analyst', 'operator'])
})
