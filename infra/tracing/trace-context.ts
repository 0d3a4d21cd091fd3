/**
 * A sampled trace as it travels with a stored message: 25 bytes in hexadecimal, which are trace id (16), id of the span before (8) and
 * flags (1) of W3C Trace Context.
 */
export type TraceContext = string

export type SpanIds = { traceId: string; spanId: string; traceFlags: number }

/** Bytes of a trace context in a stored message. */
export const TRACE_BYTES = 25

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.{0,200})?$/
const NONE = /^0+$/

/** @param header `traceparent` as a request has it; null where it is none: a sender's mistake there costs nothing but the link */
export function fromHeader(header: unknown): SpanIds | null {
  const [, traceId, spanId, flags] = typeof header === 'string' ? (TRACEPARENT.exec(header) ?? []) : []
  if (traceId === undefined || NONE.test(traceId) || NONE.test(spanId!)) return null
  return { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16) }
}

export function fromContext(trace: TraceContext): SpanIds {
  return {
    traceId: trace.slice(0, 32),
    spanId: trace.slice(32, 48),
    traceFlags: Number.parseInt(trace.slice(48), 16),
  }
}

export function toContext({ traceId, spanId, traceFlags }: SpanIds): TraceContext {
  return traceId + spanId + traceFlags.toString(16).padStart(2, '0')
}
