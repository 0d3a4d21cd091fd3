import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api'
import type { Config } from '../config.ts'
import { fromContext, toContext, type SpanIds, type TraceContext } from './trace-context.ts'

export type Kind = 'server' | 'producer' | 'consumer' | 'internal'

/** What is said of a span. Never a name, an identifier or an address with one: a collector is another's system. */
export type Said = Record<string, string | number | boolean>

/** A span that has begun. `context` is null where this trace is not sampled, and then nothing of it is kept. */
export type Spanned = { context: TraceContext | null; end(said?: Said, failed?: boolean): void }

export type Tracing = {
  begin(name: string, kind: Kind, parent: SpanIds | TraceContext | null, said?: Said): Spanned
  /** A span that is over already. @returns its context, for what follows from it */
  over(
    name: string,
    kind: Kind,
    parent: TraceContext,
    times: { began_ms: number; ended_ms: number },
    said: Said,
  ): TraceContext
  /** Everything that `work` calls, and what follows from that, finds this context by `current`. */
  within<T>(context: TraceContext, work: () => T): T
  current(): TraceContext | null
  /** Sends what was not sent yet. */
  close(): Promise<void>
}

const KINDS: Record<Kind, SpanKind> = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}
/** A collector that does not answer costs this much memory at most, and holds up nobody: what is too much is not sent. */
const QUEUE_SPANS = 4096
const SEND_EVERY_MS = 1000
const SEND_MS = 5000

/**
 * Traces to the collector of the settings, by OTLP over HTTP. Its libraries are loaded only here.
 *
 * A request that comes with a sampled `traceparent` is traced; of the others as many as `traceShare` says.
 * @param onLost told at the end where the collector did not take the last spans, which are lost, and nothing else
 * @returns null: no collector is set, and nothing is traced
 */
export async function openTracing(
  config: Pick<Config, 'otlp' | 'traceShare' | 'district'>,
  onLost: (error: unknown) => void = () => undefined,
): Promise<Tracing | null> {
  if (config.otlp === null) return null
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({ url: `${config.otlp.replace(/\/$/, '')}/v1/traces`, timeoutMillis: SEND_MS })
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'homeroom', 'service.namespace': config.district }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(config.traceShare) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter, maxQueueSize: QUEUE_SPANS, scheduledDelayMillis: SEND_EVERY_MS }),
    ],
  })
  return tracingBy(provider.getTracer('homeroom'), () => provider.shutdown().catch(onLost))
}

function tracingBy(tracer: ReturnType<typeof trace.getTracer>, close: () => Promise<void>): Tracing {
  const running = new AsyncLocalStorage<TraceContext>()
  const start = (
    name: string,
    kind: Kind,
    parent: SpanIds | TraceContext | null,
    said: Attributes,
    began_ms?: number,
  ) => {
    const ids = typeof parent === 'string' ? fromContext(parent) : parent
    const context = ids === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...ids, isRemote: true })
    const startTime = began_ms === undefined ? {} : { startTime: began_ms }
    return tracer.startSpan(name, { kind: KINDS[kind], attributes: said, ...startTime }, context)
  }
  return {
    begin(name, kind, parent, said = {}) {
      const span = start(name, kind, parent, said)
      return { context: contextOf(span), end: (more = {}, failed = false) => ended(span, more, failed) }
    },
    over(name, kind, parent, { began_ms, ended_ms }, said) {
      const span = start(name, kind, parent, said, began_ms)
      span.end(ended_ms)
      return toContext(span.spanContext())
    },
    within: (context, work) => running.run(context, work),
    current: () => running.getStore() ?? null,
    close,
  }
}

const contextOf = (span: Span): TraceContext | null => (span.isRecording() ? toContext(span.spanContext()) : null)

function ended(span: Span, said: Said, failed: boolean): void {
  span.setAttributes(said)
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
