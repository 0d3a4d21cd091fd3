import kafkajs from 'kafkajs'
import type { Kafka, logCreator, RetryOptions } from 'kafkajs'
import { HomeroomError } from '../errors.ts'
import { backoff } from './bell.ts'
import type { KafkaSecurity } from './kafka-security.ts'

/** About two minutes, which a broker needs no more than to come back; the client's default gives up after nine seconds. */
export const PATIENT: RetryOptions = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 60 }
/** About eight seconds, where somebody waits for the answer or we begin anew ourselves. */
export const BRIEF: RetryOptions = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 6 }

/** What the client says at error level is repeated while a broker is away: the same sentence is told once in this time. */
const REPEAT_MS = 30_000

/** @param retry how long connecting is tried; what is made from the client may be more patient about requests */
export function kafkaClient(
  { security = {}, ...options }: { brokers: string[]; clientId: string; retry: RetryOptions; security?: KafkaSecurity },
  report: (error: unknown) => void,
): Kafka {
  return new kafkajs.Kafka({
    ...options,
    ...security,
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: toReport(report),
  })
}

/** An error with the code LOG_UNAVAILABLE: `what` went wrong, why, and what that means for the caller. */
export function unavailable(what: string, cause: unknown, consequence: string): HomeroomError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new HomeroomError('LOG_UNAVAILABLE', `Kafka: ${what}: ${why}. ${consequence}`, { cause })
}

/**
 * Try again what a cold or just restarted broker refuses and the client does not retry (offsets, above all).
 * @throws the last error after `tries`, or at once where `final` says that no retry can help
 */
export async function retried<T>(
  work: () => Promise<T>,
  tries = 8,
  final: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= tries || final(error)) throw error
      await new Promise(resolve => setTimeout(resolve, Math.min(backoff(attempt), 1_000)))
    }
  }
}

/** The protocol's name of an error or of what caused it, for example `REBALANCE_IN_PROGRESS`; '' where it has none. */
export function typeOf(error: unknown): string {
  const { type, cause } = error as { type?: string; cause?: { type?: string } }
  return type ?? cause?.type ?? ''
}

function toReport(report: (error: unknown) => void): logCreator {
  const told = new Map<string, number>()
  return () => entry => {
    const { message, error } = entry.log as { message: string; error?: unknown }
    const sentence = `Kafka client, ${entry.namespace}: ${message}${typeof error === 'string' ? `: ${error}` : ''}`
    const now_ms = performance.now()
    if (now_ms - (told.get(sentence) ?? -REPEAT_MS) < REPEAT_MS) return
    if (told.size > 1_000) told.clear()
    told.set(sentence, now_ms)
    report(new HomeroomError('LOG_UNAVAILABLE', `${sentence}. It is tried again`))
  }
}
