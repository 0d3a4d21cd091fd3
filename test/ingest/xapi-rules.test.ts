import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isStatement } from '../../ingest/receive/xapi-check.ts'
import { statementFaults } from '../../ingest/receive/statements.ts'
import { Statement } from '../../schemas/xapi.ts'
import { aStatement } from './start-ingest.ts'
import { RULES } from './xapi-rules.ts'

describe.each(RULES)('$rule', ({ bad, good, at }) => {
  test('the schema and the fast check refuse what breaks it', () => {
    expect(Statement.safeParse(bad).success).toBe(false)
    expect(isStatement(bad)).toBe(false)
  })

  test('the refusal names the place', () => {
    const faults = statementFaults(bad, 7, 'statements[7]')
    expect(faults.map(({ path }) => path)).toContain(`statements[7]${at}`)
    expect(faults.every(({ index }) => index === 7)).toBe(true)
  })

  test('the schema and the fast check accept what keeps it', () => {
    expect(Statement.safeParse(good).error?.issues ?? []).toEqual([])
    expect(isStatement(good)).toBe(true)
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
  expect(
    statementFaults(statement, 0, 'statement')
      .map(({ path }) => path.slice('statement.'.length))
      .sort(),
  ).toEqual(['actor', 'id', 'result.score.scaled', 'result.success', 'timestamp', 'verb.id'])
})

test('a property named __proto__ is refused like any other that the standard does not name', () => {
  for (const place of ['"id"', '"name"', '"en-US"', '"scaled"']) {
    const statement: unknown = JSON.parse(
      JSON.stringify(aStatement()).replace(place, '"__proto__":{"polluted":true},' + place),
    )
    expect(isStatement(statement)).toBe(false)
    expect(Statement.safeParse(statement).success).toBe(false)
  }
})

test('the schema and the fast check agree on statements that are changed at random', () => {
  const anywhere = fc.constantFrom(...RULES.flatMap(({ bad, good }) => [bad, good]))
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
        const expected = Statement.safeParse(statement).success
        if (expected) valid++
        expect(isStatement(statement), JSON.stringify(statement)).toBe(expected)
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
