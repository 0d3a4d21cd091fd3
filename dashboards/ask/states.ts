import { z } from 'zod'
import { arrowStream, hexColumn, textColumn, uuidColumn } from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { NOBODY, type Pseudonym } from '../../schemas/record.ts'
import type { Link } from './links.ts'

/** What was given to a question on a page that was sent: a step of its scale; `written`: free text, which is kept sealed elsewhere. */
const Given = z.union([z.int(), z.enum(['missing', 'written']), z.string().regex(/^declined\d*$/)])
export type Given = z.infer<typeof Given>

/** How far an answer is. */
export type State = {
  /** By item, of the pages that were sent; empty once all were. */
  given: Readonly<Record<string, Given>>
  sent: boolean
  /** Greater with every change; 0: nothing was sent. */
  ver: number
}

export const BLANK: State = { given: {}, sent: false, ver: 0 }

export async function readState(warehouse: Warehouse, responseId: string): Promise<State> {
  const [found] = rows(Row, await warehouse.query(FIND, { id: responseId }))
  if (found === undefined) return BLANK
  return { given: z.record(z.string(), Given).parse(JSON.parse(found.given)), sent: found.sent === 1, ver: found.ver }
}

export async function storeState(warehouse: Warehouse, link: Link, responseId: string, state: State): Promise<void> {
  const column = columnsOf([state])
  await warehouse.insertArrow(
    `${warehouse.identity}.survey_states`,
    arrowStream(1, [
      column(uuidColumn, 'response_id', () => responseId),
      column(hexColumn, 'person_id', () => link.respondent ?? NOBODY),
      column(hexColumn, 'student_id', () => link.student ?? NOBODY),
      column(textColumn, 'given', x => JSON.stringify(x.given)),
      column(uint8Column, 'sent', x => x.sent),
      column(daysColumn, 'until', () => Date.parse(`${link.until}T00:00:00Z`) / 86_400_000),
      column(uint64Column, 'ver', x => BigInt(x.ver)),
    ]),
  )
}

/** Whether a person may be asked again and again; null: has not said. */
export async function readConsent(
  warehouse: Warehouse,
  instrument: string,
  person: Pseudonym,
): Promise<boolean | null> {
  const [found] = await warehouse.query<{ agreed: number }>(
    `select agreed from {identity:Identifier}.survey_consents final
     where instrument = {instrument:String} and person_id = toFixedString(unhex({person:String}), 32)`,
    { instrument, person },
  )
  return found === undefined ? null : found.agreed === 1
}

export async function storeConsent(
  warehouse: Warehouse,
  { instrument, person, agreed, at }: { instrument: string; person: Pseudonym; agreed: boolean; at: Date },
): Promise<void> {
  const column = columnsOf([instrument])
  await warehouse.insertArrow(
    `${warehouse.identity}.survey_consents`,
    arrowStream(1, [
      column(textColumn, 'instrument', x => x),
      column(hexColumn, 'person_id', () => person),
      column(uint8Column, 'agreed', () => agreed),
      column(uint64Column, 'ver', () => BigInt(at.getTime())),
    ]),
  )
}

const Row = z.object({ given: z.string(), sent: z.int(), ver: z.number() })

const FIND = `select given, sent, toFloat64(ver) as ver from {identity:Identifier}.survey_states final
  where response_id = {id:UUID}`
