import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Position } from '../../infra/log/event-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { Consistency } from '../../ingest/lrs/consistency.ts'
import { announceWriter, hasOtherWriters } from '../../ingest/other-writers.ts'
import { until } from '../helpers/until.ts'

/** A log of one partition a topic, and how far the processors are in it. */
function aLog() {
  const ends = { records: 0, identities: 0 }
  const committed = { records: 0, identities: 0 }
  const positions = async (topic: Topic): Promise<Position[]> => [
    { topic, partition: 0, committed: committed[topic as keyof typeof ends], end: ends[topic as keyof typeof ends] },
  ]
  return { log: { positions }, ends, committed }
}

let data: string
let other: ChildProcess | undefined
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-writers-'))
})
afterEach(async () => {
  other?.kill()
  await rm(data, { recursive: true, force: true })
})

/** Through after the log has been looked at anew. */
const looked = async (consistency: Consistency, expected: number): Promise<void> =>
  until(async () => (await consistency.through()) === expected, `it is consistent through ${expected}`)

test('everything before the oldest stamp that is not appended can be retrieved, once the processors are past both topics', async () => {
  const { log, ends, committed } = aLog()
  let stampedBefore = 1000
  const consistency = new Consistency(
    log,
    () => stampedBefore,
    () => false,
  )
  expect(consistency.known()).toBe(0)
  await looked(consistency, 999)
  ends.records = 3
  ends.identities = 2
  stampedBefore = 2000
  expect(await consistency.reached(1999, 100)).toBe(999)
  committed.records = 3
  // A statement without its agents would be wrong.
  expect(await consistency.reached(1999, 100)).toBe(999)
  committed.identities = 2
  await looked(consistency, 1999)
})

test('under load that never ends, the time follows the processors', async () => {
  const { log, ends, committed } = aLog()
  let time = 1000
  const consistency = new Consistency(
    log,
    () => time,
    () => false,
  )
  ends.records = 10
  expect(await consistency.through()).toBe(0)
  // The processors reach the end that was seen at 1000, while the log has grown.
  time = 2000
  ends.records = 20
  committed.records = 10
  await looked(consistency, 999)
  committed.records = 25
  ends.records = 30
  await until(async () => (await consistency.through()) > 999, 'it goes on')
  expect(consistency.known()).toBeLessThanOrEqual(1999)
})

test('it never goes back, also when the processors begin anew', async () => {
  const { log, ends, committed } = aLog()
  const consistency = new Consistency(
    log,
    () => 5000,
    () => false,
  )
  await looked(consistency, 4999)
  ends.records = 5
  committed.records = 0
  expect(await consistency.reached(6000, 100)).toBe(4999)
})

test('while others put statements into the log, five seconds are held back for theirs', async () => {
  let others = true
  const consistency = new Consistency(
    aLog().log,
    () => 60_000,
    () => others,
  )
  expect(await consistency.through()).toBe(54_999)
  others = false
  expect(await consistency.reached(59_999, 1000)).toBe(59_999)
})

test('a living process that announced itself is another writer; this one and a dead one are not', async () => {
  expect(hasOtherWriters(data)).toBe(false)
  const end = announceWriter(data)
  expect(hasOtherWriters(data)).toBe(false)
  end()
  await mkdir(join(data, 'writers'), { recursive: true })
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const { pid } = other
  await writeFile(join(data, 'writers', String(pid)), '')
  expect(hasOtherWriters(data)).toBe(true)
  other.kill('SIGKILL')
  await until(async () => !hasOtherWriters(data), 'the dead one is none')
})
