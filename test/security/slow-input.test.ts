import { expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { interactionOf } from '../../ingest/interaction-text.ts'
import { aliasesOf } from '../../ingest/load/aliases.ts'
import { ScoreTermRow } from '../../ingest/load/oneroster-score-rows.ts'
import { roleOfTypes } from '../../ingest/map/relevant-types.ts'
import { spentMs } from '../../ingest/map/spent.ts'

/** As long as a field of a line that is read can be. */
const LONG = 1_000_000

/** A regular expression that tries again from every character would take minutes, one that does so twice would never end. */
function soon<T>(work: () => T): T {
  const began = performance.now()
  const answer = work()
  expect(performance.now() - began).toBeLessThan(3000)
  return answer
}

test.each([
  ['minutes', `${'1'.repeat(LONG)}x`],
  ['score', `${'1'.repeat(LONG)}.x`],
])('a field of a million digits that is no number is left as it is, at once: %s', (column, field) => {
  expect(soon(() => interactionOf([column], [field]))).toEqual({ [column]: field })
  expect(interactionOf([column], ['1.5e1'])).toEqual({ [column]: 15 })
})

test('participants of a million spaces are none, at once; those that are some are read as before', () => {
  const field = `a${' '.repeat(LONG)}b`
  expect(soon(() => interactionOf(['participants'], [`;${' '.repeat(LONG)}${field}`]))).toEqual({
    participants: [' '.repeat(LONG) + field],
  })
  expect(interactionOf(['participants'], ['  student:sourcedId: s-1 '])).toEqual({
    participants: [{ role: 'student', idType: 'sourcedId', id: 's-1' }],
  })
})

test('a speed of a million spaces, and a type of a million slashes, take no time', () => {
  const extensions = { 'https://w3id.org/xapi/video/extensions/played-segments': '0[.]30' }
  const spent = (speed: string): number | undefined =>
    spentMs(
      {
        result: { extensions },
        context: { extensions: { 'https://w3id.org/xapi/video/extensions/speed': speed } },
      } as never,
      { duration: 'segment' } as never,
    )
  soon(() => spent(`${' '.repeat(LONG)}y`))
  expect([spent('2x'), spent('2 x'), spent('2'), spent('1.5X')]).toEqual([15_000, 15_000, 15_000, 20_000])
  soon(() => roleOfTypes([`${'/'.repeat(LONG)}a`, `a${'/'.repeat(LONG)}`]))
  expect(roleOfTypes(['https://example.org/roles/student/'])).toBe(roleOfTypes(['https://example.org/roles/student']))
})

test('identifiers and scales of a roster that open a million braces take no time, and others are read as before', () => {
  const person = (userIds: string) => aliasesOf({ userIds } as never, []).filter(({ field }) => field === 'userIds')
  for (const hostile of [`{a:${' '.repeat(LONG)}`, `{${' '.repeat(LONG)}`, '{'.repeat(LONG), `{a${':'.repeat(LONG)}`])
    soon(() => person(hostile))
  expect(person('{ badge : 17 },{openid:https://a.example.org}').map(({ type, value }) => [type, value])).toEqual([
    ['badge', '17'],
    ['openid', 'https://a.example.org'],
  ])
  const scale = (scoreScaleValue: string) => ScoreTermRow.parse({ sourcedId: 's', scoreScaleValue }).scoreScaleValue
  soon(() => scale(`{${' '.repeat(LONG)}`))
  expect(scale('{A:4.0},{ B+ : 3.3 }')).toEqual({ A: '4.0', 'B+': '3.3' })
})

test('a setting of many accounts that ends wrongly is refused at once', () => {
  const wrong = `${Array.from({ length: 200 }, (_, n) => `https://a${n}.example.org=email`).join(',')} x`
  expect(() => soon(() => readConfig({ HOMEROOM_ACCOUNTS: wrong }))).toThrow(/HOMEROOM_ACCOUNTS/)
  const { accounts } = readConfig({
    HOMEROOM_ACCOUNTS: 'https://a.example.org/?x=1=email,https://b.example.org=username',
  })
  expect(accounts.map(({ homePage }) => homePage)).toEqual(['https://a.example.org/?x=1', 'https://b.example.org'])
})
