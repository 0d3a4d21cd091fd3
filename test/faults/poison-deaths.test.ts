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

test('what is suspected stays so while batches hold other entries, and until one beyond it is delivered', async () => {
  await live(openDeaths(data), 'records', [entry(7), entry(4, 1)], () => DYING)
  const deaths = openDeaths(data)
  // Of another partition, and of what comes before it.
  expect(await live(deaths, 'records', [entry(6), entry(9, 2)], good)).toMatchObject({ stored: [6, 9] })
  expect(deaths.plan('records', entries(7, 8))).toEqual({ pieces: [entries(7), entries(8)], deadly: [] })
  // Beyond it in one partition: of the other nothing is known.
  expect(deaths.plan('records', entries(8, 9))).toEqual({ pieces: [entries(8, 9)], deadly: [] })
  expect(deaths.plan('records', entries(7, 8)).pieces).toHaveLength(1)
  expect(deaths.plan('records', [entry(4, 1), entry(5, 1)]).pieces).toHaveLength(2)
  expect(deaths.plan('records', [entry(5, 1)]).pieces).toHaveLength(1)
  expect(deaths.plan('records', [entry(4, 1), entry(5, 1)]).pieces).toHaveLength(1)
})

test('what others were storing when one record killed the process is stored; only the killer becomes a dead letter', async () => {
  const topics = ['identities', 'rosters', 'audit', 'records'] as const
  const open = new Set<Topic>(topics)
  const buried: string[] = []
  let starts = 0
  while (open.size > 0 && ++starts < 10) {
    const deaths = openDeaths(data)
    let isDead = false
    const life = topics
      .filter(topic => open.has(topic))
      .map(async topic => {
        const lived = await live(deaths, topic, entries(7), async () => {
          if (topic === 'records') isDead = true
          // All of them are under way when the process ends.
          else await new Promise(setImmediate)
          return isDead ? DYING : undefined
        })
        buried.push(...lived.buried)
        open.delete(topic)
      })
    await Promise.race([Promise.all(life), settled()])
  }
  expect([...open]).toEqual([])
  expect(buried).toEqual(['records 0/7/0'])
  expect(starts).toBe(4)
})

/** After all that follows without a timer. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}

test('an erasure is never buried, whether storing it fails or the process dies of it: the batch waits', async () => {
  const erasure: Delivered = { key: 'erasure|7', value: '{"of a newer":"version"}', partition: 0, offset: 7, index: 0 }
  const batch = [entry(6), erasure, entry(8)]
  const handle = async (of: Delivered[]): Promise<void> => {
    if (of.includes(erasure)) throw new TypeError('what is this')
  }
  const failed = await live(openDeaths(data), 'identities', batch, handle)
  expect(failed).toMatchObject({ stored: [6], buried: [], end: { code: 'RECORD_POISON' } })
  for (let start = 0; start < 3; start++) await live(openDeaths(data), 'identities', [erasure], () => DYING)
  const died = await live(openDeaths(data), 'identities', batch, good)
  expect(died).toMatchObject({ stored: [], buried: [], end: { code: 'RECORD_POISON' } })
})
