import { z } from 'zod'
import { IdType } from '../../schemas/interaction.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { fault, type Fault } from '../faults.ts'
import { identifierOfParticipant } from '../map/from-interaction.ts'
import { formsOf, pseudonymOfAlias } from './aliases.ts'
import type { Loader } from './loader.ts'
import type { RowReader } from './mapped.ts'
import { Rows } from './mapping-rows.ts'
import type { TableRow } from './table.ts'
import { compile, Template } from './template.ts'

const LONGEST = 512

/**
 * Rows as identifiers of one person: `{ "id": "{state_id}", "idType": "identifier" }`, two or more. An identifier that is
 * empty in a row is left out. Of two ids of a roster the first one stays the person.
 */
export const AliasMapping = z.strictObject({
  ...Rows,
  identifiers: z.array(z.strictObject({ id: Template, idType: IdType })).min(2),
})
export type AliasMapping = z.infer<typeof AliasMapping>

/** Reads rows that say which identifiers are one person's: "same" entries, each to the first identifier of its row. */
export function aliasReader(block: AliasMapping, loader: Loader): RowReader {
  const columns = block.identifiers.map(({ id, idType }, i) => ({
    read: compile(id),
    idType,
    field: `identifiers[${i}]`,
  }))
  const { pseudonymise, config } = loader.intake
  return row => {
    const faults: Fault[] = row.unreadable ? [row.unreadable] : []
    const forms: Pseudonym[][] = []
    for (const { read, idType, field } of row.unreadable ? [] : columns) {
      const id = read(row.values)?.trim() ?? ''
      if (id.length > LONGEST) faults.push(longFault(row, field, id))
      if (id === '' || id.length > LONGEST) continue
      const { type, value } = identifierOfParticipant({ id, idType })
      forms.push(formsOf(type, value, config.accounts).map(form => pseudonymOfAlias(form, pseudonymise)))
    }
    if (faults.length === 0 && forms.length < 2) {
      const given = forms.length === 0 ? 'none' : 'one'
      faults.push(
        fault(row.row, `${row.place} field identifiers`, `${given} with a value`, 'at least two of one person'),
      )
    }
    if (faults.length > 0) {
      loader.bury('mapping', row.place, row.text, faults, 'Nothing is known of who this row is about')
      return 'dead'
    }
    addPairs(forms, loader)
    return 'stored'
  }
}

const longFault = (row: TableRow, field: string, id: string): Fault =>
  fault(row.row, `${row.place} field ${field}`, `a text of ${id.length} characters`, `at most ${LONGEST}`)

function addPairs(forms: readonly Pseudonym[][], loader: Loader): void {
  const [first, ...others] = new Set(forms.flat())
  const { source, storedAt } = loader.batch
  for (const id of others) {
    loader.intake.addRoster(loader.batch, {
      type: 'alias',
      source,
      storedAt,
      status: 'active',
      id,
      person: first!,
      link: 'same',
    })
  }
}
