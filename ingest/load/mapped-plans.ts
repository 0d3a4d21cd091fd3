import {
  planKey,
  type Choice,
  type Goal,
  type Plan,
  type PlanEntry,
  type PlanKind,
  type Reflection,
} from '../../schemas/plan.ts'
import { canonical } from '../canonical.ts'
import { fault, faultsOf, type Fault } from '../faults.ts'
import { pseudonymOfParticipant } from '../map/from-interaction.ts'
import { choiceKind, reflectionKind } from './choice-rows.ts'
import { goalKind } from './goal-rows.ts'
import type { Loader, RowOutcome } from './loader.ts'
import type { RowReader } from './mapped.ts'
import type { ChoiceMapping, GoalMapping, PlanMapping, ReflectionMapping } from './plan-mapping.ts'
import type { Kind, Read } from './plan-row.ts'
import { planKind } from './plan-rows.ts'
import { columnsByField, withColumn } from './row-fields.ts'
import type { TableRow } from './table.ts'
import { compile } from './template.ts'

type Block = PlanMapping | GoalMapping | ChoiceMapping | ReflectionMapping
type Said = Plan | Goal | Choice | Reflection

/** So many rows are remembered to see that two of them contradict each other; what comes later, the warehouse settles. */
const REMEMBERED = 1_000_000

/** The last day that anything can be told of: tomorrow, for whoever is ahead of UTC. */
const latestDay = (loader: Loader): string => new Date(loader.batch.storedMs + 86_400_000).toISOString().slice(0, 10)

/** Readers of the rows of mapping files that say what students plan, aim at, choose and think. */
export const planReader = (block: PlanMapping, loader: Loader): RowReader =>
  readerOf('plan', block, planKind(block), loader)
export const goalReader = (block: GoalMapping, loader: Loader): RowReader =>
  readerOf('goal', block, goalKind(block, latestDay(loader)), loader)
export const choiceReader = (block: ChoiceMapping, loader: Loader): RowReader =>
  readerOf('choice', block, choiceKind(block, latestDay(loader)), loader)
export const reflectionReader = (block: ReflectionMapping, loader: Loader): RowReader =>
  readerOf('reflection', block, reflectionKind(block, latestDay(loader)), loader)

/**
 * Reads rows as entries of one kind. The same key of the same source is the same thing, so that a row that is corrected and
 * loaded again replaces what it said. What is told in words is sealed here, under the student's key.
 */
function readerOf(kind: PlanKind, block: Block, of: Kind<Said>, loader: Loader): RowReader {
  const since = loader.batch.storedAt
  const key = block.naturalKey?.map(compile)
  const isDeleted = compile(block.status)
  const known = new Map<string, string>()
  let isWhole = true

  /** Every row of a key has to say the same: which of two that differ is right, nobody knows. */
  const addOnce = (row: TableRow, id: string, says: string, entry: () => PlanEntry): RowOutcome | Fault[] => {
    const before = known.get(id)
    if (before !== undefined) return before === says ? 'duplicate' : [contradiction(row)]
    if (known.size < REMEMBERED) known.set(id, says)
    return add(entry(), loader)
  }
  const outcomeOf = (row: TableRow): RowOutcome | Fault[] => {
    if (row.unreadable) return [row.unreadable]
    const own = key?.map(part => part(row.values) ?? '')
    if (own?.every(part => part === '')) return [keyless(row)]
    const deleted = isDeleted(row.values) === 'deleted'
    // A source that takes a thing back by its id need not say again what it was.
    const read = deleted && own ? null : readRow(row, block, of, loader)
    if (Array.isArray(read)) return read
    const id = idOf(kind, own ?? [read!.student, canonical(read!.key)], loader)
    if (deleted || read === null) return addOnce(row, id, 'deleted', () => withdrawalOf(id, kind, loader))
    const hash = loader.intake.derivedId('plans', canonical([id, read.student, read.said, read.words])).slice(-12)
    return addOnce(row, id, hash, () => entryOf(kind, id, read, hash, loader))
  }
  const read = (row: TableRow): RowOutcome => {
    const outcome = outcomeOf(row)
    if (!Array.isArray(outcome)) return outcome
    isWhole = false
    loader.bury('mapping', row.place, row.text, outcome, `This ${kind} counts in no number`, 'ROW_INVALID', row.values)
    return 'dead'
  }
  const end = (): void => {
    if (!block.complete || !isWhole) return
    const { source, storedAt } = loader.batch
    add({ type: 'list', of: kind, source, storedAt, since }, loader)
  }
  return Object.assign(read, { end })
}

/** What a row says, its student as a pseudonym; or what is wrong with it. */
function readRow(row: TableRow, block: Block, { fields, shape, templates }: Kind<Said>, loader: Loader) {
  const values = fields(row.values)
  const parsed = shape.safeParse(values)
  if (!parsed.success) {
    const columns = columnsByField(templates)
    const found = faultsOf(parsed.error.issues, values, row.row, row.place, ' field ')
    return found.map(each => withColumn(each, row, columns))
  }
  const whose = { id: parsed.data.student, idType: block.student.idType }
  return { ...parsed.data, student: pseudonymOfParticipant(whose, loader.intake.pseudonymise) }
}

const idOf = (kind: PlanKind, parts: readonly string[], { intake, batch }: Loader): string =>
  intake.derivedId(batch.source, `${kind}|${parts.join('|')}`)

function entryOf(type: PlanKind, id: string, read: Read<Said>, hash: string, { intake, batch }: Loader): PlanEntry {
  const { student, said, words } = read
  const { source, storedAt } = batch
  const sealed = words === null ? {} : { words: intake.identities.seal(JSON.stringify(words), student) }
  return { type, id, source, storedAt, student, hash, ...said, ...sealed } as PlanEntry
}

const withdrawalOf = (id: string, of: PlanKind, { batch: { source, storedAt } }: Loader): PlanEntry => ({
  type: 'withdrawal',
  of,
  id,
  source,
  storedAt,
})

function add(entry: PlanEntry, { intake, batch }: Loader): RowOutcome {
  intake.addOther(batch, 'plans', { key: planKey(entry), value: JSON.stringify(entry) })
  return 'stored'
}

const contradiction = (row: TableRow): Fault => ({
  ...fault(
    row.row,
    `${row.place} field key`,
    'that of an earlier row that says something else',
    'one row for each, or a naturalKey that tells them apart',
  ),
  rule: 'unique',
})

const keyless = (row: TableRow): Fault => ({
  ...fault(row.row, `${row.place} field key`, 'missing', 'a value in a column of naturalKey'),
  rule: 'required',
})
