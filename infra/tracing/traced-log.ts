import type { EventLog, LogAdmin } from '../log/event-log.ts'
import { packMessages, withTrace, type Packed } from '../log/message.ts'
import { TOPICS, type Topic } from '../log/topics.ts'
import type { Tracing } from './tracing.ts'

/**
 * The same log, whose messages carry the trace of the request that they come from, on both kinds of log alike. Compacted topics carry none:
 * what identifies a person is no part of a trace.
 */
export function tracedLog(log: EventLog & LogAdmin, tracing: Tracing): EventLog & LogAdmin {
  const appendTraced = async (topic: Topic, messages: readonly Packed[]): Promise<void> => {
    const parent = tracing.current()
    if (parent === null) return log.appendMessages(topic, messages)
    const span = tracing.begin(`${topic} publish`, 'producer', parent, {
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.batch.message_count': messages.length,
    })
    const context = Buffer.from(span.context ?? parent, 'hex')
    try {
      await log.appendMessages(
        topic,
        messages.map(({ partition, buffer }) => ({ partition, buffer: withTrace(buffer, context) })),
      )
      span.end()
    } catch (error) {
      span.end({}, true)
      throw error
    }
  }
  return {
    packing: log.packing,
    async append(topic, entries) {
      if (tracing.current() === null || TOPICS[topic].compacted || entries.length === 0)
        return log.append(topic, entries)
      return appendTraced(topic, packMessages(topic, entries, log.packing, Date.now()))
    },
    appendMessages: (topic, messages) =>
      messages.length === 0 ? log.appendMessages(topic, messages) : appendTraced(topic, messages),
    consume: options => log.consume(options),
    positions: (topic, group) => log.positions(topic, group),
    pendingBytes: () => log.pendingBytes(),
    createTopics: () => log.createTopics(),
    rewind: (topic, group) => log.rewind(topic, group),
    expiredBefore: (topic, before_ms) => log.expiredBefore(topic, before_ms),
    removeBefore: (topic, before_ms) => log.removeBefore(topic, before_ms),
    rewrite: rewriting => log.rewrite(rewriting),
    close: () => log.close(),
  }
}
