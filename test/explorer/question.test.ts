import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsOf, sliceOf } from '../../dashboards/explorer/explorer.ts'
import { addressOf, MOST_LINES, questionOf, type Question } from '../../dashboards/explorer/question.ts'
import { catalogue } from '../../schemas/catalogue.ts'

const group = fc.constantFrom('', 'grade=09', 'grade=KG', 'band=1', 'fifth=5')
const unit = fc.oneof(
  fc.constant({ type: 'district' as const, id: '' }),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).map(id => ({ type: 'school' as const, id })),
)
const question: fc.Arbitrary<Question> = fc.record({
  entry: fc.constantFrom(...catalogue),
  measure: fc.constantFrom('', 'subject=math,test=state', 'from=2024-fall,subject=ela & more,test=a:b'),
  lines: fc.uniqueArray(fc.record({ unit, group }), { maxLength: MOST_LINES, selector: line => JSON.stringify(line) }),
  year: fc.constantFrom('all' as const, 2023, 2025, undefined),
  week: fc.constantFrom('2026-03-02', undefined),
  snapshot: fc.constantFrom('7', undefined),
})

test('whatever is asked, its address asks the same', () => {
  fc.assert(
    fc.property(question, asked => {
      const found: Record<string, string[]> = {}
      for (const [name, value] of new URL(addressOf(asked), 'http://x').searchParams) (found[name] ??= []).push(value)
      const query = Object.fromEntries(
        Object.entries(found).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
      )
      expect(questionOf(query)).toEqual(asked)
    }),
    { numRuns: 300, seed: 26 },
  )
})

test('two lines that are alike are one', () => {
  const { lines } = questionOf({ indicator: 'active_days', unit: ['district', 'district'] })
  expect(lines).toEqual([{ unit: { type: 'district', id: '' }, group: '' }])
})

test('a slice is a group and what it is measured by', () => {
  for (const [group, measure] of [
    ['', ''],
    ['grade=09', ''],
    ['', 'subject=math,test=state'],
    ['band=2', 'from=2024-fall,subject=math,test=state'],
    ['grade=10', 'informant=student,instrument=climate,scale=safety/bullying'],
  ] as const)
    expect(partsOf(sliceOf(group, measure))).toEqual({ group, measure })
})
