import { Interaction } from '../schemas/interaction.ts'
import type { Participant, Pseudonym } from '../schemas/record.ts'
import { canonical } from './canonical.ts'
import type { Door } from './dead-letters.ts'
import { faultsOf, faultsSentence, type Fault } from './faults.ts'
import type { Batch, Intake } from './intake.ts'
import { fromInteraction, pseudonymOfParticipant } from './map/from-interaction.ts'
import { keptText, tokenReference } from './originals.ts'

/** One row of a log of interactions as it came, whatever the format. */
export type InteractionRow = {
  index: number
  /** Name of the row in messages: `rows[7]`, `contacts.csv row 18`. */
  place: string
  value: unknown
  /** What identifies the row beside its source; null: its whole content does. */
  naturalKey?: string | null
  /** The text that goes to the dead letters if the row cannot be used. */
  original: () => string
}

/** Put a row into the batch as a record, or into its dead letters. @returns what is wrong with it; empty if it was accepted */
export function acceptRow(intake: Intake, batch: Batch, row: InteractionRow, door: Door): Fault[] {
  const parsed = Interaction.safeParse(row.value)
  if (!parsed.success) {
    const faults = faultsOf(
      parsed.error.issues,
      row.value,
      row.index,
      row.place,
      door === 'interactions' ? '.' : ' field ',
    )
    buryRow(intake, batch, row, door, faults)
    return faults
  }
  const interaction = parsed.data
  const people: Participant[] = []
  const participants = interaction.participants.map(person => {
    const id = (): Pseudonym => pseudonymOfParticipant(person, intake.pseudonymise)
    const known = intake.identities.known(person, id)
    people.push({ id: known.identifier ?? id(), role: person.role })
    return tokenReference(known.token)
  })
  const kept = { ...interaction, participants }
  const { id: said, ...content } = kept
  const text = canonical(content)
  const id = said?.toLowerCase() ?? intake.derivedId(batch.source, row.naturalKey ?? text)
  const { source, storedAt, window } = batch
  const mapped = fromInteraction(interaction, { id, source, storedAt, window, people })
  intake.addRecord(batch, mapped, text, keptText('interaction', kept))
  return []
}

/** A row that could not be used, with why and what it costs. */
export function buryRow(
  intake: Intake,
  batch: Batch,
  row: Pick<InteractionRow, 'place' | 'original'>,
  door: Door,
  faults: readonly Fault[],
): void {
  const code = door === 'interactions' ? 'RECORD_INVALID' : 'ROW_INVALID'
  const next = door === 'interactions' ? 'send it again' : 'load the file again'
  intake.addDead(batch, {
    door,
    place: door === 'interactions' ? row.place : (faults[0]?.path ?? row.place),
    code,
    reason: `${code}: ${faultsSentence(faults)}. This row is in dead-letters and counts in no number, the good ones are stored; correct it and ${next}.`,
    original: row.original(),
  })
}
