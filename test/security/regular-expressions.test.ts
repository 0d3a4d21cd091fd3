import { readFile } from 'node:fs/promises'
import { checkSync } from 'recheck'
import { expect, test } from 'vitest'
import { partsOf, regularExpressions } from './regular-expressions.ts'

const TIMEOUT_MS = 10_000

/**
 * How long an expression takes at most, by recheck; those that were judged before stand in the file, because some take seconds.
 * `polynomial` ones stand there on purpose: what they are given is short, or a setting, or a line of our own (slow-input.test.ts has
 * what comes from outside).
 */
async function judged(): Promise<Map<string, string>> {
  const lines = (await readFile(new URL('judged-expressions.txt', import.meta.url), 'utf8')).split('\n').filter(Boolean)
  return new Map(lines.map(line => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]))
}

function judge(source: string): string {
  const { pattern, flags } = partsOf(source)
  const found = checkSync(pattern, flags, { timeout: TIMEOUT_MS })
  return found.status === 'vulnerable' ? found.complexity.type : found.status
}

test('no regular expression of the program takes exponential time, whatever it is given', async () => {
  const known = await judged()
  const all = regularExpressions()
  expect(all.size).toBeGreaterThan(300)
  const exponential = [...all].filter(([source]) => (known.get(source) ?? judge(source)) === 'exponential')
  expect(exponential.map(([source, file]) => `${file}: ${source}`)).toEqual([])
})

test('an expression that does is found', () => {
  expect(judge(String.raw`/^(a+)+$/`)).toBe('exponential')
  expect(judge(String.raw`/^$|^\S+=(email|username)(,\S+=(email|username))*$/`)).toBe('exponential')
  expect(judge('/^a+$/')).toBe('safe')
})
