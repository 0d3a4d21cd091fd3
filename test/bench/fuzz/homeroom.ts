import { readFileSync } from 'node:fs'
import { createAccount } from '../../../infra/accounts.ts'
import { openRuntime, prepare } from '../../../infra/commands/runtime.ts'
import type { Config } from '../../../infra/config.ts'
import { lagOf } from '../../../infra/log/event-log.ts'
import { openLog } from '../../../infra/log/open-log.ts'
import { aHomeroom, type Homeroom } from '../../helpers/a-homeroom.ts'
import { until } from '../../helpers/until.ts'
import { fuzz, type Fuzzed, type FuzzOptions } from '../fuzz.ts'

export type FuzzedHomeroom = Fuzzed & {
  /** Of the receiving process, at the start, at its highest and at the end. */
  rss_mb: { start: number; peak: number; end: number }
}

/** What infra/http-server.ts gives a request, and so often it looks, and some. */
const CUT_OFF_MS = 75_000
const HANG_MS = 5000
const STORED_MS = 300_000
const SAMPLE_MS = 500
const GROUP = 'fuzz'

/**
 * Fuzz a whole Homeroom: `homeroom all` in processes of its own, temporary data, embedded engine and log. That one of the
 * processes ended and was replaced is a failure too.
 */
export async function fuzzHomeroom(options: FuzzOptions): Promise<FuzzedHomeroom> {
  const homeroom = await aHomeroom()
  try {
    const { writer, reader } = await accountsOf(homeroom.config)
    await homeroom.start()
    const before = await homeroom.processes()
    const start = rssOf(before.main)
    let peak = start
    const watching = setInterval(() => (peak = Math.max(peak, rssOf(before.main))), SAMPLE_MS)
    const troubles = async (): Promise<string[]> => {
      const after = await homeroom.processes()
      const replaced = (Object.keys(before) as (keyof typeof before)[]).filter(name => before[name] !== after[name])
      return [...replaced.map(name => `the process ${name} has ended and was replaced`), ...(await unread(homeroom))]
    }
    const { port } = homeroom.config
    const recordIds = (): Promise<string[]> => idsIn(homeroom)
    const target = { port, authorization: writer, reader, recordIds, troubles, hang_ms: HANG_MS, cutOff_ms: CUT_OFF_MS }
    const fuzzed = await fuzz(target, options).finally(() => clearInterval(watching))
    return { ...fuzzed, rss_mb: { start, peak, end: rssOf(before.main) } }
  } finally {
    await homeroom.remove()
  }
}

async function accountsOf(config: Config): Promise<{ writer: string; reader: string }> {
  const runtime = await openRuntime(config)
  try {
    await prepare(runtime)
    const bearer = async (id: string, role: string): Promise<string> =>
      `Bearer ${(await createAccount(runtime.warehouse, { id, kind: 'source', role })).secret}`
    return {
      writer: await bearer('fuzz', 'xapi,caliper,interactions'),
      reader: await bearer('reader', 'xapi,xapi-read'),
    }
  } finally {
    await runtime.close()
  }
}

/** Ids of all records in the log, when the processors have stored them. */
async function idsIn(homeroom: Homeroom): Promise<string[]> {
  await homeroom.caughtUp(STORED_MS)
  const log = await openLog(homeroom.config)
  const ids: string[] = []
  try {
    const consumption = await log.consume({
      topic: 'records',
      group: GROUP,
      handle: async batch => {
        for (const { value } of batch) ids.push((JSON.parse(value!) as { id: string }).id)
      },
    })
    await until(async () => lagOf(await log.positions('records', GROUP)) === 0, 'the log is read', STORED_MS)
    await consumption.stop()
    return ids
  } finally {
    await log.close()
  }
}

async function unread({ url }: Homeroom): Promise<string[]> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const unreadable = /^homeroom_processor_entries_unreadable_total (\d+)$/m.exec(metrics)?.[1]
  return unreadable === '0' ? [] : [`the processors say that ${unreadable} entries are unreadable`]
}

const rssOf = (pid: number): number =>
  Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
