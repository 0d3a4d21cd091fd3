import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { ruleOf, type DeadLetter, type DeadLetterEntry, type Redriven } from '../schemas/dead-letter.ts'

/**
 * Dead letters as rows, so that they can be listed, counted and filtered; their originals, sealed, in a table of their own,
 * of which whole months go; and what redrive has done with them.
 */
export async function storeDeadLetters(warehouse: Warehouse, entries: readonly DeadLetterEntry[]): Promise<void> {
  const letters = entries.filter((entry): entry is DeadLetter => 'id' in entry)
  const redriven = entries.filter((entry): entry is Redriven => 'letter' in entry)
  const originals = letters.filter(({ original }) => original !== '')
  // Originals first: a letter that is listed can be shown.
  if (originals.length > 0) await warehouse.insert('dead_letter_originals', originals.map(originalRow))
  if (letters.length > 0) await warehouse.insert('dead_letters', letters.map(letterRow))
  if (redriven.length > 0) await warehouse.insert('redriven', redriven.map(redrivenRow))
}

const originalRow = ({ id, storedAt, original }: DeadLetter): object => ({ id, stored_at: storedAt, original })

function letterRow(letter: DeadLetter): object {
  const { id, source, door, storedAt, place, code, reason } = letter
  return { id, source, door, stored_at: storedAt, place, code, reason, rule: ruleOf(letter) }
}

function redrivenRow({ letter, redrivenAt, outcome, records, letters }: Redriven): object {
  return { letter_id: letter, redriven_at: redrivenAt, is_done: outcome !== 'begun', outcome, records, letters }
}
