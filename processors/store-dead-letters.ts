import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { DeadLetter } from '../schemas/dead-letter.ts'

/** Dead letters as rows, so that they can be listed and counted; their originals stay sealed in the log. */
export async function storeDeadLetters(warehouse: Warehouse, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  await warehouse.insert(
    'dead_letters',
    letters.map(({ id, source, door, storedAt, place, code, reason }) => ({
      id,
      source,
      door,
      stored_at: storedAt,
      place,
      code,
      reason,
    })),
  )
}
