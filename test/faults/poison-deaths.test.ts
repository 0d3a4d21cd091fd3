import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import type { Delivered } from '../../infra/log/event-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { openDeaths, type Deaths } from '../../processors/poison-deaths.ts'
import { isolating } from '../../processors/poison.ts'
import type { DeadLetter } from '../../schemas/dead-letter.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'homeroom-deaths-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const entry = (offset: number, partition = 0): Delivered => ({ key: 'k', value: '{}', partition, offset, index: 0 })
const entries = (...offsets: number[]): Delivered[] => offsets.map(offset => entry(offset))

const NOW = new Date('2026-03-10T12:00:00Z')
const DYING = new Promise<never>(() => undefined)

/** What a life did: the places that it stored and buried, and what it threw; a handler that never ends is its death. */
async function live(deaths: Deaths, topic: Topic, batch: Delivered[], handle: (of: Delivered[]) => Promise<void>) {
  const stored: number[] = []
  const buried: string[] = []
  const died = Promise.withResolvers<'died'>()
  const storing = async (of: Delivered[]): Promise<void> => {
    const done = handle(of)
    if (done === DYING) died.resolve('died')
    await done
    stored.push(...of.map(({ offset }) => offset))
  }
  const bury = async (letters: readonly DeadLetter[]): Promise<void> =>
    void buried.push(...letters.map(({ place }) => place))
  const work = isolating(topic, storing, bury, deaths, () => NOW)(batch)
  const end = await Promise.race([
    work.then(
      () => 'handled' as const,
      (error: unknown) => error,
    ),
    died.promise,
  ])
  return { stored, buried, end }
}

const good = async (): Promise<void> => undefined

test('a try that failed is no death: an outage, and any number of starts in it, bury nothing', async () => {
  const outage = new HomeroomError('WAREHOUSE_UNAVAILABLE', 'nobody answers')
  for (let start = 0; start < 5; start++) {
    const tried = await live(openDeaths(data), 'records', entries(7), () => Promise.reject(outage))
    expect(tried).toEqual({ stored: [], buried: [], end: outage })
  }
  expect(await live(openDeaths(data), 'records', entries(7), good)).toEqual({ stored: [7], buried: [], end: 'handled' })
})

test('an entry of which the process died three times, alone, is not tried a fourth time', async () => {
  for (let start = 0; start < 3; start++)
    expect(await live(openDeaths(data), 'records', entries(7), () => DYING)).toEqual({
      stored: [],
      buried: [],
      end: 'died',
    })
  const last = await live(openDeaths(data), 'records', entries(6, 7, 8), good)
  expect(last).toEqual({ stored: [6, 8], buried: ['records 0/7/0'], end: 'handled' })
})
