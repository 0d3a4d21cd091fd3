import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { openResources } from '../../ingest/lrs/store.ts'
import { normalised, pseudonymiser } from '../../ingest/pseudonymise.ts'
import { ingestRoutes } from '../../ingest/receive/routes.ts'
import { threadsByCores } from '../../ingest/receive/workers/pool.ts'
import { PROCESSED_TOPICS, type ProcessorStats } from '../../processors/run.ts'
import { weeksWaiting } from '../../processors/touched-stages.ts'
import { ERRORS, HomeroomError, sentenceOf } from '../errors.ts'
import { httpServer } from '../http-server.ts'
import { lagOf } from '../log/event-log.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { migrationState } from '../warehouse/migrate.ts'
import { measureRequests, metricsOf } from './metrics.ts'
import { openapiRoute } from './openapi.ts'
import { readNotify } from '../notify/notify-settings.ts'
import { traceRequests } from '../tracing/traced-requests.ts'
import type { Runtime } from './runtime.ts'

export type Roles = { ingest: boolean; dashboards: boolean }

/**
 * The HTTP side of a process: doors, pages, and what an operator's tools ask.
 * @param processor what the processor of this process or its child did since its start; null: there is none
 */
export async function createServer(
  runtime: Runtime,
  roles: Roles,
  processor: (() => ProcessorStats | null) | null = null,
): Promise<FastifyInstance> {
  const { logger, config, log, secrets, accounts, warehouse, erased } = runtime
  const signIn = readSignIn(config.signIn)
  const app = httpServer(undefined, signIn?.proxies)
  const registry = metricsOf(runtime, processor)
  measureRequests(app, registry)
  if (runtime.tracing) traceRequests(app, runtime.tracing)
  // Before the routes: those added earlier would keep fastify's own.
  app.setErrorHandler(async (error, request, reply) => {
    const known = error instanceof HomeroomError
    if (!known) logger.error({ err: error, url: request.url }, 'request failed')
    const code = known ? error.code : 'INTERNAL'
    const message = known ? error.message : 'the request failed; nothing of it was stored'
    return reply.code(ERRORS[code].http).send({ code, message, next: ERRORS[code].next })
  })
  openapiRoute(app)
  operatorRoutes(app, runtime, { registry, roles })
  if (roles.ingest) {
    const resources = openResources(config, secrets, erased)
    app.addHook('onClose', () => resources.close())
    const threads = threadsByCores()
    const deps = { log, config, secrets, accounts, registry, resources, warehouse, logger, threads, erased }
    await app.register(async scope => ingestRoutes(scope, deps))
  }
  if (roles.dashboards) {
    const notify = readNotify(config.notify)
    const provider = signIn && { settings: signIn, pseudonym: rosterPseudonym(runtime) }
    await app.register(async scope =>
      dashboardRoutes(scope, { warehouse, log, config, secrets, accounts, logger, signIn: provider, notify }),
    )
  }
  return app
}

/** As the loaders make them of a roster's columns. */
function rosterPseudonym({ secrets, config }: Runtime): (field: string, value: string) => string {
  const pseudonymise = pseudonymiser(secrets.pseudonymKey, config.district)
  return (field, value) =>
    field === 'email' ? pseudonymise('mbox', normalised('mbox', value)) : pseudonymise(field, value)
}

function operatorRoutes(
  app: FastifyInstance,
  runtime: Runtime,
  { registry, roles }: { registry: Registry; roles: Roles },
): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const state = await readiness(runtime, roles)
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()))
}

export type Readiness = {
  ready: boolean
  log: string
  warehouse: string
  migrations: string
  /** Files that a later Homeroom has run on this database; left out where there are none. */
  newerMigrations?: string[]
  /** Stored messages that wait for the processors, by topic; null if the log does not answer. */
  lag: Record<string, number> | null
  /** Weeks that wait for recomputation; null if the warehouse does not answer. */
  weeksToRecompute: number | null
}

/**
 * What each part says of itself; ready means that requests can be served and will be kept. Doors alone need the log and nothing
 * else: a warehouse that is away must not take them away.
 * @param roles of this process; default: all of them
 */
export async function readiness(
  { log, warehouse }: Pick<Runtime, 'log' | 'warehouse'>,
  roles: Roles = { ingest: true, dashboards: true },
): Promise<Readiness> {
  const state: Readiness = {
    ready: false,
    log: 'ok',
    warehouse: 'ok',
    migrations: 'ok',
    lag: null,
    weeksToRecompute: null,
  }
  try {
    state.lag = {}
    for (const topic of PROCESSED_TOPICS) state.lag[topic] = lagOf(await log.positions(topic, PROCESSORS_GROUP))
  } catch (error) {
    state.lag = null
    state.log = sentenceOf(error)
  }
  try {
    const { waiting, newer } = await migrationState(warehouse)
    // Of a later Homeroom, while processes are replaced one after the other: the old ones go on until it is their turn.
    if (newer.length > 0) state.newerMigrations = newer
    if (waiting.length > 0) state.migrations = `waiting: ${waiting.join(', ')}; run homeroom migrate`
    else state.weeksToRecompute = await weeksWaiting(warehouse)
  } catch (error) {
    state.warehouse = sentenceOf(error)
  }
  const isStored = state.warehouse === 'ok' && state.migrations === 'ok'
  state.ready = state.log === 'ok' && (isStored || (roles.ingest && !roles.dashboards))
  return state
}
