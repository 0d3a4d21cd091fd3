import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { schoolPath } from '../layout.ts'

/** A note on the charts of a school or the district; `from` and `to` are local days, the same for one day. */
export type Note = z.infer<typeof NoteRow>

/** Whose charts; the district's id is ''. */
export type AnnotatedUnit = { type: 'school' | 'district'; id: string }

/** For how long the notes that every page asks for are asked once. */
const MOMENT_MS = 1000

/** Notes on charts, all of the district's in memory for a moment: they are few, and every page asks for them. */
export class Annotations {
  readonly #warehouse: Warehouse
  readonly #all = new LRUCache<string, Promise<Note[]>>({ max: 1, ttl: MOMENT_MS })

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  /** Notes of these units by day, at most a moment old. Who may see a unit's page may see its notes; the caller asks. */
  async of(units: readonly AnnotatedUnit[]): Promise<Note[]> {
    const all = await this.#read()
    return all.filter(note => units.some(({ type, id }) => note.unit_type === type && note.unit_id === id))
  }

  async #read(): Promise<Note[]> {
    const known = this.#all.get('')
    if (known) return known
    const asked = this.#warehouse.query(ANNOTATIONS).then(found => rows(NoteRow, found))
    this.#all.set('', asked)
    // One that failed is asked again; whoever waits for it hears of it.
    asked.catch(() => this.#all.delete(''))
    return asked
  }
}

/** Address of the page with the notes of a unit. */
export const annotationsPath = ({ type, id }: AnnotatedUnit): string =>
  type === 'school' ? `${schoolPath(id)}/annotations` : '/district/annotations'

const ANNOTATIONS = sql(new URL('./annotations.sql', import.meta.url))
const NoteRow = z.object({
  id: z.guid(),
  unit_type: z.enum(['school', 'district']),
  unit_id: z.string(),
  from: z.string(),
  to: z.string(),
  text: z.string(),
  account: z.string(),
})
