import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { PROCESSED_TOPICS, type ProcessorStats } from '../../processors/run.ts'
import { lagOf } from '../log/event-log.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { measureWarehouse } from './metrics-warehouse.ts'
import type { Runtime } from './runtime.ts'

/** Of what is asked of the log: an operator's scrape ends after ten seconds by default. */
const PATIENCE_MS = 4000
/** Upper bounds, seconds: a page has 1.5 s, a door answers 8 × 1000 statements in 0.2 s. */
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 60]

/**
 * What `/metrics` says of a process. A part that does not answer leaves out its own lines, and no others.
 * @param processor what the processor of this process or its child did since its start; null: there is none here
 */
export function metricsOf(runtime: Runtime, processor: (() => ProcessorStats | null) | null): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const failures = new Counter({
    name: 'homeroom_scrape_failures_total',
    help: 'Scrapes in which a part did not answer; its lines are missing from them',
    labelNames: ['part'],
    registers: [registry],
  })
  for (const part of ['log', 'warehouse']) failures.inc({ part }, 0)
  const asked: Asked = async (part, clear, work) => {
    try {
      await inTime(work())
    } catch {
      // An old figure would look like a new one. The count says that it is missing, /readyz says why.
      clear()
      failures.inc({ part })
    }
  }
  measureBuild(runtime, registry)
  measureLog(runtime, registry, asked)
  if (processor !== null) {
    measureProcessor(processor, registry)
    measureWarehouse(runtime.warehouse, registry, asked)
  }
  return registry
}

/** Ask a part; where it does not answer, `clear` takes its old values out of this scrape. */
export type Asked = (part: 'log' | 'warehouse', clear: () => void, work: () => Promise<void>) => Promise<void>

/** How long requests take, by route: where no route was found it is `none`, whatever the address was. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'homeroom_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: REQUEST_SECONDS,
    registers: [registry],
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    seconds.observe(
      { method: request.method, route, status: CLASSES[Math.floor(reply.statusCode / 100)]! },
      reply.elapsedTime / 1000,
    )
    done()
  })
}

const CLASSES = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), PATIENCE_MS)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function measureBuild({ config }: Runtime, registry: Registry): void {
  new Gauge({
    name: 'homeroom_build_info',
    help: 'Always 1; what runs, and on which log and warehouse',
    labelNames: ['node', 'log', 'warehouse'],
    registers: [registry],
  }).set(
    {
      node: process.version,
      log: config.kafka ? 'kafka' : 'lmdb',
      warehouse: config.clickhouse ? 'server' : 'embedded',
    },
    1,
  )
}

function measureLog({ log }: Runtime, registry: Registry, asked: Asked): void {
  const lag: Gauge = new Gauge({
    name: 'homeroom_log_lag_messages',
    help: 'Stored messages that wait for the processors',
    labelNames: ['topic'],
    registers: [registry],
    collect: () =>
      asked(
        'log',
        () => lag.reset(),
        async () => {
          for (const topic of PROCESSED_TOPICS) lag.set({ topic }, lagOf(await log.positions(topic, PROCESSORS_GROUP)))
        },
      ),
  })
  new Gauge({
    name: 'homeroom_log_pending_bytes',
    help: 'Bytes that are being appended and are not durable yet',
    registers: [registry],
    collect() {
      this.set(log.pendingBytes())
    },
  })
}

type Of = (stats: ProcessorStats) => number

/** Since the start of the processor: after a restart they begin at 0, as counters do. */
const COUNTED: Record<string, [Of, string]> = {
  homeroom_processor_records_stored_total: [s => s.stored, 'Records stored'],
  homeroom_processor_records_duplicate_total: [s => s.duplicates, 'Second deliveries of records'],
  homeroom_processor_records_conflicting_total: [
    s => s.conflicts,
    'Records refused: their id was known with other content',
  ],
  homeroom_processor_entries_unreadable_total: [s => s.unreadable, 'Entries of the log that do not fit the schema'],
  homeroom_processor_failures_total: [s => s.failures, 'Tries that failed and were made again'],
  homeroom_processor_recomputed_weeks_total: [s => s.recomputedWeeks, 'Weeks recomputed'],
  homeroom_processor_recomputations_total: [s => s.recomputations, 'Recomputations, of one week or more'],
  homeroom_processor_recompute_seconds_total: [s => s.recomputingSeconds, 'Time spent on recomputing weeks'],
}

const LAST: Record<string, [Of, string]> = {
  homeroom_processor_last_recompute_seconds: [s => s.recomputeSeconds, 'How long the last recomputation took'],
  homeroom_processor_freshness_seconds: [
    s => s.freshnessSeconds,
    'From the acceptance of a record to the figures with it: the oldest of the last recomputation; replays aside',
  ],
  homeroom_processor_last_batch_timestamp_seconds: [
    s => s.lastBatchAt / 1000,
    'When the last batch of records was stored',
  ],
}

function measureProcessor(stats: () => ProcessorStats | null, registry: Registry): void {
  for (const [name, [of, help]] of Object.entries(COUNTED)) {
    const collect = function (this: Counter) {
      this.reset()
      this.inc(valueOf(stats(), of))
    }
    registry.registerMetric(new Counter({ name, help, registers: [], collect }))
  }
  for (const [name, [of, help]] of Object.entries(LAST)) {
    const collect = function (this: Gauge) {
      this.set(valueOf(stats(), of))
    }
    registry.registerMetric(new Gauge({ name, help, registers: [], collect }))
  }
  const up = function (this: Gauge) {
    this.set(stats() === null ? 0 : 1)
  }
  const help = 'Whether the processor has begun: 0 while it starts'
  registry.registerMetric(new Gauge({ name: 'homeroom_processor_up', help, registers: [], collect: up }))
}

const valueOf = (stats: ProcessorStats | null, of: Of): number => (stats === null ? 0 : of(stats))
