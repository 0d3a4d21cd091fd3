import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { lagOf } from '../../infra/log/event-log.ts'
import type { Consumption, Delivered, EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { kafkaForTests } from '../helpers/kafka.ts'
import { until } from '../helpers/until.ts'

export type Log = EventLog & LogAdmin

/** What a test of the contract gets: a fresh log of its own district, whichever backend it is on. */
export type OnBackend = {
  log: Log
  /** Another connection to the same log; closed after the test. */
  open: () => Promise<Log>
  /** Consume into lists that grow until the log is closed. */
  collect: (
    topic: Topic,
    group: string,
    options?: { from?: EventLog; maxEntries?: number },
  ) => Promise<{ received: Delivered[]; batches: number[]; consumption: Consumption }>
  /** Resolves when the group has handled and committed all of the topic. */
  drained: (topic: Topic, group: string, from?: EventLog) => Promise<void>
}

const kafka = await kafkaForTests()
const BACKENDS = [
  { name: 'lmdb', available: true, brokers: null },
  { name: 'kafka', available: kafka.available, brokers: kafka.available ? kafka.brokers : null },
]
let districts = 0

/** Declare the same tests for every backend. `on()` is valid within a test. */
export function onEveryLog(title: string, declare: (on: () => OnBackend) => void): void {
  for (const { name, available, brokers } of BACKENDS) {
    describe.skipIf(!available)(`${title} on ${name}`, () => {
      let folder: string
      let current: OnBackend
      const opened: Log[] = []

      beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'homeroom-log-'))
        const district = `contract_${process.pid}_${districts++}`
        const open = async () => {
          const log = await openLog({ data: folder, district, kafka: brokers }, { onError: () => {} })
          opened.push(log)
          return log
        }
        const log = await open()
        await log.createTopics()
        current = onBackend(log, open)
      })

      afterEach(async () => {
        await Promise.all(opened.splice(0).map(log => log.close()))
        await rm(folder, { recursive: true })
      })

      declare(() => current)
    })
  }
}

function onBackend(log: Log, open: () => Promise<Log>): OnBackend {
  return {
    log,
    open,
    async collect(topic, group, { from = log, maxEntries } = {}) {
      const received: Delivered[] = []
      const batches: number[] = []
      const handle = async (batch: Delivered[]) => {
        received.push(...batch)
        batches.push(batch.length)
      }
      return { received, batches, consumption: await from.consume({ topic, group, maxEntries, handle }) }
    },
    drained: (topic, group, from = log) =>
      until(async () => lagOf(await from.positions(topic, group)) === 0, `${group} has handled all of ${topic}`),
  }
}

export function numbered(key: string, from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ key, value: `${key} ${from + i}` }))
}

export function keyed(from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ key: `key ${from + i}`, value: `value ${from + i}` }))
}

/** Values of a key, in the order of their delivery. */
export function valuesOf(entries: readonly Delivered[], key: string): (string | null)[] {
  return entries.filter(e => e.key === key).map(e => e.value)
}

/** All values, in an order of their own: for comparing what arrived where the order does not matter. */
export function sortedValues(entries: readonly { value: string | null }[]): string[] {
  return entries.map(e => String(e.value)).sort((a, b) => (a < b ? -1 : 1))
}
