import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lagOf } from '../../infra/log/event-log.ts'
import type { Delivered } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { until } from '../helpers/until.ts'

const CHILD = fileURLToPath(new URL('./log-kill-child.ts', import.meta.url))
const ENTRIES_PER_APPEND = 60
/** Killed in the middle of whatever it does after so many acknowledgements. */
const ROUNDS = [1, 40, 97, 250, 401]

let data: string
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'homeroom-kill-'))))
afterEach(() => rm(data, { recursive: true }))

test('after kill -9 while appending, all that was acknowledged is there once, whole and in order', async () => {
  const acknowledged: string[] = []
  for (const [round, count] of ROUNDS.entries()) acknowledged.push(...(await appendUntilKilled(round, count)))

  const delivered = await readAll()
  const appends = Map.groupBy(delivered, e => e.value!.split(' ').slice(0, 3).join(' '))
  const counts = {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(name => !appends.has(name)).length,
    torn: [...appends.values()].filter(entries => entries.length < ENTRIES_PER_APPEND).length,
    doubled: [...appends.values()].filter(entries => entries.length > ENTRIES_PER_APPEND).length,
  }
  console.log('kill -9 of the appending process, appends of 60 entries:', counts, 'stored:', appends.size)
  expect(counts).toEqual({ acknowledged: acknowledged.length, lost: 0, torn: 0, doubled: 0 })
  expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS.reduce((a, b) => a + b))

  for (const entries of Map.groupBy(delivered, e => `${e.key}, appender ${e.value!.split(' ')[1]}`).values())
    expect(entries.map(orderOf)).toEqual(entries.map(orderOf).sort((a, b) => a - b))
})

/** @returns what the child said it had stored, all rounds named differently */
async function appendUntilKilled(round: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, data, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<NodeJS.Signals | null>(resolve => child.on('close', (_, signal) => resolve(signal)))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  expect(await ended).toBe('SIGKILL')
  return lines
}

async function readAll(): Promise<Delivered[]> {
  const log = await openLog({ data, district: 'faults', kafka: null })
  const delivered: Delivered[] = []
  await log.consume({ topic: 'records', group: 'check', handle: async batch => void delivered.push(...batch) })
  await until(async () => lagOf(await log.positions('records', 'check')) === 0, 'all is read')
  await log.close()
  return delivered
}

/** Round, append and entry of a value as one number. */
function orderOf(entry: Delivered): number {
  const [round, , append, i] = entry.value!.split(' ').map(Number) as [number, number, number, number]
  return (round * 1_000_000 + append) * 100 + i
}
