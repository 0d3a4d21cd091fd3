import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Account } from '../../infra/accounts.ts'
import { readConfig, type Config } from '../../infra/config.ts'
import { httpServer, type HttpLimits } from '../../infra/http-server.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { openResources, type Resources } from '../../ingest/lrs/store.ts'
import { ingestRoutes, type IngestDeps } from '../../ingest/receive/routes.ts'
import { DeadLetter } from '../../schemas/dead-letter.ts'
import { IdentityEntry } from '../../schemas/identity.ts'
import { LearningRecord } from '../../schemas/record.ts'
import { RosterEntry } from '../../schemas/roster.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { until } from '../helpers/until.ts'

export { aStatement } from './a-statement.ts'

/** Monday, 2 March 2026, 14:00 UTC. */
export const NOW = Date.parse('2026-03-02T14:00:00.000Z')

export const SECRETS = {
  pseudonymKey: Buffer.alloc(32, 1),
  masterSecret: Buffer.alloc(32, 2),
  deadLetterSecret: Buffer.alloc(32, 3),
}

export const JSON_HEADERS = { authorization: 'Basic bG1zOnNlY3JldA==', 'content-type': 'application/json' }
export const XAPI_HEADERS = { ...JSON_HEADERS, 'x-experience-api-version': '1.0.3' }

export type Ingest = {
  app: FastifyInstance
  log: EventLog & LogAdmin
  config: Config
  resources: Resources
  post: (url: string, body: unknown, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
  /** Everything that a topic holds, parsed by its schema. */
  records: () => Promise<LearningRecord[]>
  deadLetters: () => Promise<DeadLetter[]>
  rosters: () => Promise<RosterEntry[]>
  identities: () => Promise<IdentityEntry[]>
  /** The text of everything that a topic holds. */
  text: (topic: Topic) => Promise<string>
  close: () => Promise<void>
}

const account = (id: string, role: string, kind: Account['kind'] = 'source'): Account => ({
  id,
  kind,
  role,
  scope: { schools: [], advisories: [] },
  secretHash: '',
  expiresAt: new Date(NOW + 1e9),
})

/** Who is behind which header: lms (all doors), forum (interactions only), reader (of everything), a person. */
const CREDENTIALS = new Map([
  [JSON_HEADERS.authorization, account('lms', 'xapi,caliper,interactions')],
  ['Bearer forum', account('forum', 'interactions')],
  ['Bearer reader', account('reader', 'xapi-read')],
  ['Bearer person', account('pat', 'analyst', 'person')],
])

/** One for all tests of a file: nothing is stored in it, unless a test runs processors, and then it brings its own. */
let shared: Promise<Warehouse> | undefined

/** The doors on a real embedded log in a folder of its own. */
export async function startIngest(
  overrides: Partial<IngestDeps> & { wrapLog?: (log: EventLog) => EventLog; limits?: HttpLimits } = {},
): Promise<Ingest> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-ingest-'))
  const config = readConfig({}, { data: folder, district: 'district-7' })
  const log = await openLog(config)
  await log.createTopics()
  const resources = openResources(config, SECRETS)
  const { wrapLog, limits, ...deps } = overrides
  const app = httpServer(limits)
  await app.register(async scope =>
    ingestRoutes(scope, {
      log: wrapLog ? wrapLog(log) : log,
      config,
      secrets: SECRETS,
      clock: () => NOW,
      accounts: { authenticate: header => CREDENTIALS.get(header ?? '') ?? null },
      resources,
      warehouse: deps.warehouse ?? (await (shared ??= freshWarehouse())),
      ...deps,
    }),
  )
  const parsed = async <T>(topic: Topic, parse: (value: unknown) => T): Promise<T[]> =>
    (await valuesIn(log, topic)).map(value => parse(JSON.parse(value)))
  return {
    app,
    log,
    config,
    resources,
    post: (url, body, headers = url.startsWith('/xapi') ? XAPI_HEADERS : JSON_HEADERS) =>
      app.inject({
        method: 'POST',
        url,
        headers,
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    records: () => parsed('records', value => LearningRecord.parse(value)),
    deadLetters: () => parsed('dead-letters', value => DeadLetter.parse(value)),
    rosters: () => parsed('rosters', value => RosterEntry.parse(value)),
    identities: () => parsed('identities', value => IdentityEntry.parse(value)),
    text: async topic => (await valuesIn(log, topic)).join('\n'),
    close: async () => {
      await app.close()
      await log.close()
      await resources.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

let groups = 0

async function valuesIn(log: EventLog, topic: Topic): Promise<string[]> {
  const group = `reader-${++groups}`
  const values: string[] = []
  const consumption = await log.consume({
    topic,
    group,
    handle: async batch => {
      for (const { value } of batch) if (value !== null) values.push(value)
    },
  })
  const all = async (): Promise<boolean> =>
    (await log.positions(topic, group)).every(({ committed, end }) => committed >= end)
  await until(all, `all of ${topic} is read`)
  await consumption.stop()
  return values
}
