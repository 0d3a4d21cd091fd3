import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint8Column } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Annotation, AnnotationTakenBack } from '../schemas/action.ts'
import { NOBODY, type Day } from '../schemas/record.ts'

const DAY_MS = 86_400_000

/** Store notes on charts. Safe to repeat: a note has one row, by its id. */
export async function storeAnnotations(warehouse: Warehouse, notes: readonly Annotation[]): Promise<void> {
  await store(
    warehouse,
    notes.map(note => ({ ...note, takenBack: false })),
  )
}

/** Take notes back, whichever entry came first: the row that says so stands in the other's place. */
export async function takeAnnotationsBack(warehouse: Warehouse, taken: readonly AnnotationTakenBack[]): Promise<void> {
  await store(
    warehouse,
    taken.map(entry => ({ ...entry, ...NOTHING, takenBack: true })),
  )
}

type Row = Omit<Annotation, 'type'> & { takenBack: boolean }

const NOTHING = { unit: { type: 'district', id: '' }, from: '1970-01-01', to: '1970-01-01', text: '' } as const

async function store(warehouse: Warehouse, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const column = columnsOf(rows)
  const stream = arrowStream(rows.length, [
    column(uuidColumn, 'annotation_id', x => x.id),
    column(dictionaryColumn, 'unit_type', x => x.unit.type),
    column(textColumn, 'unit_id', x => x.unit.id),
    column(daysColumn, 'first_day', x => dayNumber(x.from)),
    column(daysColumn, 'last_day', x => dayNumber(x.to)),
    column(textColumn, 'text', x => x.text),
    column(textColumn, 'account_id', x => x.author.account),
    column(hexColumn, 'author_id', x => x.author.person ?? NOBODY),
    column(millisecondsColumn, 'stored_at', x => Date.parse(x.storedAt)),
    column(uint8Column, 'taken_back', x => x.takenBack),
  ])
  await warehouse.insertArrow('annotations', stream)
}

const dayNumber = (day: Day): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS
