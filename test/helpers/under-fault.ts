import { join } from 'node:path'
import { createAccount } from '../../infra/accounts.ts'
import type { Config } from '../../infra/config.ts'
import { emailOf } from '../../infra/demo/district.ts'
import { planDistrict, writeRoster } from '../../infra/demo/index.ts'
import type { Entry } from '../../infra/log/event-log.ts'
import { openRuntime, prepare } from '../../infra/commands/runtime.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { aHomeroom, type Homeroom } from './a-homeroom.ts'
import { aSender, type Sender } from './a-sender.ts'
import { differences, entriesOf, figuresFrom, figuresOf } from './figures.ts'

const plan = planDistrict({ size: 40, seed: 7, timeZone: 'America/New_York' })

/** `homeroom all` with a roster of forty students, and a sender that does not stop. */
export async function aBusyHomeroom(settings: Partial<Config> = {}): Promise<{ homeroom: Homeroom; sender: Sender }> {
  const homeroom = await aHomeroom(settings)
  const runtime = await openRuntime(homeroom.config)
  await prepare(runtime)
  await writeRoster(plan, join(homeroom.config.data, 'roster'))
  await loadFiles([join(homeroom.config.data, 'roster')], runtime)
  const { secret } = await createAccount(runtime.warehouse, { id: 'lms', kind: 'source', role: 'xapi' })
  await runtime.close()
  await homeroom.start()
  const authorization = `Bearer ${secret}`
  const sender = aSender({ url: homeroom.url, authorization, actors: plan.usernames.map(emailOf) })
  await sender.more(500)
  return { homeroom, sender }
}

/** What a fault may not change, counted. */
export type Aftermath = {
  acknowledged: number
  /** Acknowledged, and not in the warehouse. */
  lost: number
  /** Distinct records in the warehouse. */
  stored: number
  /** Rows of their events. */
  counted: number
  /** Learning events behind the figures of all students and weeks. */
  inFigures: number
  /** Deliveries of a known record, by the sender or by the log: stored once all the same. */
  again: number
  /** Rows of the figures that a clean run of the same records does not have, or has otherwise. */
  differences: string[]
}

/** Look at what is left when the sender and Homeroom have stopped, and compare it with a clean run of the same records. */
export async function aftermath({ config }: Homeroom, acknowledged: readonly string[]): Promise<Aftermath> {
  const runtime = await openRuntime(config)
  try {
    const { warehouse, log } = runtime
    const number = async (sql: string) => (await warehouse.query<{ n: number }>(sql))[0]!.n
    const stored = await warehouse.query<{ id: string }>('select toString(record_id) as id from record_index final')
    const ids = new Set(stored.map(({ id }) => id))
    const entries = { rosters: await entriesOf(log, 'rosters'), records: once(await entriesOf(log, 'records')) }
    return {
      acknowledged: acknowledged.length,
      lost: acknowledged.filter(id => !ids.has(id)).length,
      stored: ids.size,
      counted: await number('select toFloat64(count()) as n from events final'),
      inFigures: await number('select toFloat64(sum(events)) as n from student_week final'),
      again: await number('select toFloat64(count()) as n from duplicates final'),
      differences: differences(await figuresOf(warehouse), await figuresFrom(config, entries)),
    }
  } finally {
    await runtime.close()
  }
}

/** What has to be true whatever happened, once the sender has had an answer to everything. */
export function unharmed({ acknowledged }: Aftermath): Partial<Aftermath> {
  const all = acknowledged
  return { lost: 0, stored: all, counted: all, inFigures: all, differences: [] }
}

/** Each record as it was stored first. */
function once(entries: readonly Entry[]): Entry[] {
  const first = new Map<string, { entry: Entry; storedAt: string }>()
  for (const entry of entries) {
    const { id, storedAt } = JSON.parse(entry.value!) as { id: string; storedAt: string }
    const known = first.get(id)
    if (!known || storedAt < known.storedAt) first.set(id, { entry, storedAt })
  }
  return [...first.values()].map(({ entry }) => entry)
}
