import type { EventLog } from '../../infra/log/event-log.ts'
import type { Topic } from '../../infra/log/topics.ts'

/** A real log with some of its calls replaced. */
export const logWith = (log: EventLog, changed: Partial<EventLog>): EventLog =>
  new Proxy(log, {
    get(target, name) {
      const found: unknown = Reflect.get(name in changed ? changed : target, name)
      return typeof found === 'function' ? (found.bind(target) as unknown) : found
    },
  })

/** A real log of which some appends are held back, or refused: each waits for `before`. */
export const gatedLog = (log: EventLog, before: (topic: Topic) => Promise<void>): EventLog =>
  logWith(log, {
    append: async (topic, entries) => {
      await before(topic)
      return log.append(topic, entries)
    },
    appendMessages: async (topic, messages) => {
      await before(topic)
      return log.appendMessages(topic, messages)
    },
  })
