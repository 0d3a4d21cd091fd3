import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer, type Roles } from '../../infra/commands/server.ts'
import type { Runtime } from '../../infra/commands/runtime.ts'
import type { ProcessorStats } from '../../processors/run.ts'
import { logWith } from '../helpers/log-with.ts'
import { until } from '../helpers/until.ts'
import { aDelivery, aRuntime, type ARuntime } from './a-runtime.ts'
import { exposition, faultsOf, type Family } from './exposition.ts'
import { expressions, metricsIn } from './observing.ts'

/** Of Node itself; prom-client says them with the names that it gave them years ago. */
const OF_NODE = /^(nodejs|process)_/

let on: ARuntime
let stats: () => ProcessorStats
const apps: FastifyInstance[] = []
const roles = new Map<string, FastifyInstance>()

async function role(
  runtime: Runtime,
  does: Roles,
  processor: (() => ProcessorStats | null) | null,
): Promise<FastifyInstance> {
  const app = await createServer(runtime, does, processor)
  apps.push(app)
  await app.ready()
  return app
}

beforeAll(async () => {
  on = await aRuntime()
  stats = (await on.processor()).stats
  roles.set('all', await role(on.runtime, { ingest: true, dashboards: true }, () => stats()))
  roles.set('ingest', await role(on.runtime, { ingest: true, dashboards: false }, null))
  roles.set('serve', await role(on.runtime, { ingest: false, dashboards: true }, null))
  roles.set('process', await role(on.runtime, { ingest: false, dashboards: false }, () => stats()))
})
afterAll(async () => {
  for (const app of apps) await app.close()
  await on?.close()
})

async function scraped(app: FastifyInstance): Promise<Family[]> {
  const { statusCode, payload } = await app.inject('/metrics')
  expect(statusCode).toBe(200)
  return exposition(payload)
}

async function valueOf(
  app: FastifyInstance,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const samples = (await scraped(app)).flatMap(family => family.samples).filter(sample => sample.name === name)
  return samples.find(sample => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value
}

test('every role names its metrics as Prometheus wants them, with units, and says what they are', async () => {
  for (const [name, app] of roles) {
    const ours = (await scraped(app)).filter(family => !OF_NODE.test(family.name))
    expect(ours.map(family => family.name)).toContain('homeroom_build_info')
    expect(ours.every(family => family.name.startsWith('homeroom_'))).toBe(true)
    expect(ours.flatMap(faultsOf), name).toEqual([])
  }
})

test('the rules find what is wrong with a name', () => {
  const wrong = (name: string, type: string) => faultsOf({ name, type, help: 'a long enough help', samples: [] })
  expect(wrong('homeroom_stored', 'counter')).toHaveLength(1)
  expect(wrong('homeroom_lag_total', 'gauge')).toHaveLength(1)
  expect(wrong('homeroom_freshness_ms', 'gauge')).toHaveLength(1)
  expect(wrong('homeroom_recompute_duration', 'histogram')).toHaveLength(1)
  expect(wrong('homeroomStored_total', 'counter')).toHaveLength(1)
  expect(faultsOf({ name: 'homeroom_lag_messages', type: 'gauge', help: '', samples: [] })).toHaveLength(1)
})

test('a statement is counted where it comes in, where it is stored, and when its figures are there', async () => {
  const all = roles.get('all')!
  const stored = async () => (await valueOf(all, 'homeroom_processor_records_stored_total'))!
  const before = await stored()
  expect((await all.inject(aDelivery(on.authorization))).statusCode).toBe(200)
  await on.caughtUp()
  await until(() => stats().freshnessSeconds > 0, 'the recomputation after it is noted')
  expect(await stored()).toBe(before + 1)
  expect(await valueOf(all, 'homeroom_ingest_records_total', { door: 'xapi', source: 'lms' })).toBe(1)
  const route = { method: 'POST', route: '/xapi/statements', status: '2xx' }
  expect(await valueOf(all, 'homeroom_http_request_duration_seconds_count', route)).toBe(1)
  expect(await valueOf(all, 'homeroom_processor_recomputed_weeks_total')).toBeGreaterThan(0)
  const freshness = (await valueOf(all, 'homeroom_processor_freshness_seconds'))!
  expect(freshness).toBeGreaterThan(0)
  expect(freshness).toBeLessThan(60)
  expect(await valueOf(all, 'homeroom_processor_up')).toBe(1)
})

test('rows, dead letters and what waits are said by those who process, and by nobody else', async () => {
  const bad = aDelivery(on.authorization, {}, { actor: 'nobody' })
  expect((await roles.get('all')!.inject(bad)).statusCode).toBe(400)
  await on.caughtUp()
  // Another process than the one above: it has asked for nothing yet.
  const app = await role(on.runtime, { ingest: false, dashboards: false }, () => stats())
  expect(await valueOf(app, 'homeroom_dead_letters', { code: 'RECORD_INVALID' })).toBe(1)
  expect(await valueOf(app, 'homeroom_warehouse_rows', { table: 'events' })).toBeGreaterThan(0)
  expect(await valueOf(app, 'homeroom_warehouse_bytes', { table: 'events' })).toBeGreaterThan(0)
  expect(await valueOf(app, 'homeroom_recompute_waiting_seconds')).toBe(0)
  expect(await valueOf(app, 'homeroom_snapshot_age_seconds')).toBeUndefined()
  expect(await valueOf(app, 'homeroom_log_lag_messages', { topic: 'records' })).toBe(0)
  expect(await valueOf(roles.get('serve')!, 'homeroom_warehouse_rows')).toBeUndefined()
})

test('an address that nobody answers is one line, however many there are', async () => {
  const serve = roles.get('serve')!
  for (const path of ['/nowhere', '/else/where', '/..%2f']) await serve.inject(path)
  const found = (await scraped(serve)).find(family => family.name === 'homeroom_http_request_duration_seconds')!
  const routes = new Set(found.samples.map(({ labels }) => labels.route))
  expect(routes).toContain('none')
  expect([...routes].some(route => route!.includes('where'))).toBe(false)
})

test('a log that does not answer leaves out its own lines, is counted, and takes nothing else with it', async () => {
  let isAway = false
  const log = logWith(on.runtime.log, {
    positions: (...which) => (isAway ? Promise.reject(new Error('away')) : on.runtime.log.positions(...which)),
  }) as Runtime['log']
  const app = await role({ ...on.runtime, log }, { ingest: true, dashboards: false }, null)
  expect(await valueOf(app, 'homeroom_log_lag_messages', { topic: 'records' })).toBe(0)
  isAway = true
  expect(await valueOf(app, 'homeroom_log_lag_messages', { topic: 'records' })).toBeUndefined()
  expect(await valueOf(app, 'homeroom_scrape_failures_total', { part: 'log' })).toBeGreaterThan(0)
  expect(await valueOf(app, 'homeroom_build_info')).toBe(1)
})

test('a warehouse that is slow is asked once, however many scrapes wait for it, and its answer is shown', async () => {
  const held = Promise.withResolvers<void>()
  let questions = 0
  const warehouse = new Proxy(on.runtime.warehouse, {
    get(target, name) {
      if (name === 'query')
        return async (...asked: Parameters<typeof target.query>) => {
          questions++
          await held.promise
          return target.query(...asked)
        }
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? (found.bind(target) as unknown) : found
    },
  })
  const app = await role({ ...on.runtime, warehouse }, { ingest: false, dashboards: false }, () => stats())
  const scrapes = await Promise.all([0, 1, 2].map(() => scraped(app)))
  expect(
    scrapes.flat().filter(({ name, samples }) => name === 'homeroom_warehouse_rows' && samples.length > 0),
  ).toEqual([])
  expect(questions).toBe(6)
  held.resolve()
  await until(
    async () => ((await valueOf(app, 'homeroom_warehouse_rows', { table: 'events' })) ?? 0) > 0,
    'the answer is shown',
  )
  expect(questions).toBe(6)
})

test('dashboard and alert rules are PromQL, and every metric and label value in them is one that we expose', async () => {
  const exposed = new Map((await scraped(roles.get('all')!)).map(family => [family.name, family]))
  const used = (await expressions()).flatMap(({ where, expression }) => metricsIn(where, expression))
  expect(used.length).toBeGreaterThan(20)
  for (const { where, name, labels } of used) {
    if (name === 'up') continue
    const family = exposed.get(name) ?? exposed.get(name.replace(/_(bucket|sum|count)$/, ''))
    expect(family, `${where}: ${name}`).toBeDefined()
    const known = new Set(family!.samples.flatMap(sample => Object.keys(sample.labels)))
    const unknown = labels.filter(label => !known.has(label) && !['job', 'instance'].includes(label))
    expect(family!.samples.length > 0 ? unknown : [], `${where}: ${name}`).toEqual([])
  }
})
