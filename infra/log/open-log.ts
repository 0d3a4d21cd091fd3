import { join } from 'node:path'
import type { Config } from '../config.ts'
import { sentenceOf } from '../errors.ts'
import type { EventLog, LogAdmin, Retention } from './event-log.ts'
import { openKafkaLog } from './kafka-log.ts'
import { readKafkaSecurity } from './kafka-security.ts'
import { LmdbLog } from './lmdb-log.ts'

export type LogOptions = {
  retention?: Retention
  /** Told of trouble that no consumer's `onError` takes; default: a process warning. */
  onError?: (error: unknown) => void
}

/**
 * The district's event log: Kafka where brokers are set, else the embedded log in `<data>/log`.
 * @throws HomeroomError LOG_UNAVAILABLE if it cannot be reached or opened, CONFIG_INVALID for how Kafka shall be spoken to
 */
export async function openLog(
  config: Pick<Config, 'data' | 'district' | 'kafka'> & Partial<Pick<Config, 'kafkaSecurity'>>,
  options: LogOptions = {},
): Promise<EventLog & LogAdmin> {
  const { district } = config
  const onError = options.onError ?? (error => process.emitWarning(sentenceOf(error)))
  const { kafka: brokers, kafkaSecurity = null } = config
  if (brokers) {
    const security = readKafkaSecurity(kafkaSecurity)
    return openKafkaLog({ brokers, security, district, onError, retention: options.retention })
  }
  return new LmdbLog({ path: join(config.data, 'log'), district, onError, retention: options.retention })
}
