import { Counter, type Registry } from 'prom-client'
import type { DoorName } from './admission.ts'

/** Told of each request that was read: records that are durable, and items that went to the dead letters. */
export type Counted = (door: DoorName, source: string, accepted: number, dead: number) => void

/** Counters of what came in, by door and source. Without a registry nothing is counted. */
export function countersIn(registry: Registry | undefined): Counted {
  if (registry === undefined) return () => undefined
  const labelNames = ['door', 'source'] as const
  const registers = [registry]
  const accepted = new Counter({
    name: 'homeroom_ingest_records_total',
    help: 'Records accepted and durable',
    labelNames,
    registers,
  })
  const refused = new Counter({
    name: 'homeroom_ingest_dead_letters_total',
    help: 'Items refused and dead-lettered',
    labelNames,
    registers,
  })
  const requests = new Counter({
    name: 'homeroom_ingest_requests_total',
    help: 'Requests whose body was read',
    labelNames,
    registers,
  })
  return (door, source, records, dead) => {
    requests.inc({ door, source })
    accepted.inc({ door, source }, records)
    refused.inc({ door, source }, dead)
  }
}
