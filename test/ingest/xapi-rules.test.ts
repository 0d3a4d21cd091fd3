import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faultsOf } from '../../ingest/faults.ts'
import { isStatement } from '../../ingest/receive/xapi-check.ts'
import { statementSchema, type XapiVersion } from '../../schemas/xapi.ts'
import { aStatement } from './start-ingest.ts'
import { DIFFERENCES, RULES, VERSIONS } from './xapi-rules.ts'

const BY_VERSION = RULES.flatMap(rule => rule.versions.map(version => ({ ...rule, version })))
const faultsBy = (version: XapiVersion, statement: unknown): string[] => {
  const issues = statementSchema(version).safeParse(statement).error?.issues ?? []
  return faultsOf(issues, statement, 7, 'statements[7]').map(({ path }) => path)
}

describe.each(BY_VERSION)('$version: $rule', ({ bad, good, at, version }) => {
  test('the schema and the fast check refuse what breaks it', () => {
    expect(statementSchema(version).safeParse(bad).success).toBe(false)
    expect(isStatement(bad, version)).toBe(false)
  })

  test('the refusal names the place', () => {
    expect(faultsBy(version, bad)).toContain(`statements[7]${at}`)
  })

  test('the schema and the fast check accept what keeps it', () => {
    expect(statementSchema(version).safeParse(good).error?.issues ?? []).toEqual([])
    expect(isStatement(good, version)).toBe(true)
  })
})

describe.each(DIFFERENCES)('$rule: taken by $takenBy alone', ({ statement, at, takenBy }) => {
  test.each(VERSIONS)('by the schema and the fast check of %s', version => {
    expect(faultsBy(version, statement)).toEqual(version === takenBy ? [] : [`statements[7]${at}`])
    expect(isStatement(statement, version)).toBe(version === takenBy)
  })
})

test('every fault of a statement is named, not only the first', () => {
  const statement = aStatement({
    id: 'x',
    actor: { name: 'Kim' },
    verb: { id: 'did' },
    timestamp: 'now',
    result: { score: { scaled: 2 }, success: 'yes' },
  })
  const paths = ['actor', 'id', 'result.score.scaled', 'result.success', 'timestamp', 'verb.id']
  for (const version of VERSIONS) {
    expect(faultsBy(version, statement).sort()).toEqual(paths.map(path => `statements[7].${path}`))
  }
})

test('a property named __proto__ is refused like any other that the standard does not name', () => {
  for (const place of ['"id"', '"name"', '"en-US"', '"scaled"']) {
    const statement: unknown = JSON.parse(
      JSON.stringify(aStatement()).replace(place, '"__proto__":{"polluted":true},' + place),
    )
    for (const version of VERSIONS) {
      expect(isStatement(statement, version)).toBe(false)
      expect(statementSchema(version).safeParse(statement).success).toBe(false)
    }
  }
})

test.each(VERSIONS)('the schema and the fast check of %s agree on statements that are changed at random', version => {
  const anywhere = fc.constantFrom(
    ...RULES.flatMap(({ bad, good }) => [bad, good]),
    ...DIFFERENCES.map(({ statement }) => statement),
  )
  const value = fc.oneof(
    fc.constantFrom(
      null,
      0,
      -1,
      2,
      1.5,
      '',
      'x',
      'http://example.org/x',
      'en',
      'Agent',
      'Group',
      'Activity',
      'PT1S',
      true,
      [],
      {},
      'mailto:a@b.c',
      '2026-03-02T14:00:00Z',
      '2026-03-02T14:00:00',
      'contextAgent',
      'contextGroup',
    ),
    fc.constantFrom(...RULES.slice(0, 60)).map(({ good }) => good.object),
    fc.jsonValue({ maxDepth: 2 }),
  )
  let valid = 0
  fc.assert(
    fc.property(
      anywhere,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'drop', 'rename', 'move'), value, fc.nat()), {
        minLength: 0,
        maxLength: 3,
      }),
      (start, edits) => {
        const statement: unknown = structuredClone(start)
        for (const edit of edits) mutate(statement, ...edit)
        const expected = statementSchema(version).safeParse(statement).success
        if (expected) valid++
        expect(isStatement(statement, version), JSON.stringify(statement)).toBe(expected)
      },
    ),
    { numRuns: 6000 },
  )
  // Otherwise the test would agree about refusals only.
  expect(valid).toBeGreaterThan(300)
})

function mutate(root: unknown, which: number, how: string, value: unknown, other: number): void {
  const objects = objectsIn(root)
  const target = objects[which % objects.length]!
  const keys = Object.keys(target)
  const key = keys[other % Math.max(keys.length, 1)]
  if (key === undefined || how === 'set') target[key ?? 'extra'] = structuredClone(value)
  else if (how === 'drop') Reflect.deleteProperty(target, key)
  else if (how === 'rename') {
    target[key.toUpperCase()] = target[key]
    Reflect.deleteProperty(target, key)
  } else target[key] = structuredClone(objects[other % objects.length])
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)]
}
