import { InteractionParticipant } from '../../schemas/interaction.ts'
import type { Door } from '../dead-letters.ts'
import { fault, faultsOf, type Fault } from '../faults.ts'
import { acceptRow, buryRow } from '../interaction-rows.ts'
import { numberOf } from '../interaction-text.ts'
import type { InteractionMapping } from './interaction-mapping.ts'
import type { Loader } from './loader.ts'
import type { RowReader } from './mapped.ts'
import { timeOf } from './mapped-times.ts'
import { textTogether } from './rows-together.ts'
import type { TableRow } from './table.ts'
import { compile, type Compiled, type Values } from './template.ts'
import { zonedIn, type Zoned } from './zoned.ts'

const TEXTS = ['mode', 'section', 'school', 'team', 'choice', 'subject', 'object', 'objectType'] as const
const NUMBERS = ['minutes', 'score', 'attempt'] as const
const TRUTHS = ['success', 'completion'] as const

const CONSEQUENCE = 'This row counts in no number'

/** Reads the rows of a block as interactions; the same row of the same source always becomes the same record. */
export function interactionReader(block: InteractionMapping, loader: Loader, door: Door = 'mapping'): RowReader {
  const interactionOf = compiled(block, zonedIn(loader.intake.config.timeZone))
  const peopleIn = participantsOf(block)
  const leaveOut = compile(block.leaveOut)
  const key = naturalKeyOf(block)
  const hasHeader = block.format !== 'jsonl' && block.columns === undefined
  return row => {
    const { place, row: index } = row
    const original = (): string => textTogether(row, hasHeader)
    const refuse = (faults: readonly Fault[]): 'dead' => {
      buryRow(loader.intake, loader.batch, { place, original }, door, faults)
      loader.tell(faults, consequenceOf(row))
      return 'dead'
    }
    if (row.unreadable) return refuse([row.unreadable])
    const reason = leaveOut(row.values)
    if (reason !== undefined) return { nobody: reason }
    const naturalKey = key?.(row.values)
    if (naturalKey === null)
      return refuse([fault(index, `${place} field together`, 'missing', 'what rows of one event share')])
    const participants = row.others === undefined ? peopleIn(row) : peopleTogether(row, peopleIn, refuse)
    if (participants === 'dead') return 'dead'
    const value = { ...interactionOf(row.values), participants }
    const faults = acceptRow(loader.intake, loader.batch, { index, place, value, naturalKey, original }, door)
    loader.tell(faults, consequenceOf(row))
    return faults.length === 0 ? 'stored' : 'dead'
  }
}

const consequenceOf = ({ others }: TableRow): string =>
  others === undefined
    ? CONSEQUENCE
    : `${CONSEQUENCE}, nor do the ${others.length} others of its event, until it is corrected`

/** What identifies a row beside its source; undefined: its content does; null: it lacks what would. */
function naturalKeyOf({
  naturalKey,
  together,
  kind,
}: InteractionMapping): ((values: Values) => string | null) | undefined {
  if (naturalKey !== undefined) {
    const parts = naturalKey.map(compile)
    return values => parts.map(part => part(values) ?? '').join('|')
  }
  if (together === undefined) return undefined
  const [what, parts] = [compile(kind), together.map(compile)]
  return values => {
    const found = parts.map(part => part(values))
    return found.includes(undefined) ? null : JSON.stringify([what(values), found])
  }
}

type Person = { id: string | undefined; idType: string; role: string | undefined }

function participantsOf(block: InteractionMapping): (row: TableRow) => Person[] {
  const fields = block.participants.map(({ id, role, ...field }) => ({
    ...field,
    id: compile(id),
    role: compile(role),
  }))
  return ({ values }) =>
    fields.flatMap(({ id, idType, role, separator, optional }): Person[] => {
      const found = id(values)
      if (found === undefined) return optional ? [] : [{ id: found, idType, role: role(values) }]
      if (separator === undefined) return [{ id: found, idType, role: role(values) }]
      const each = found.split(separator).map(text => text.trim())
      return each.filter(Boolean).map(text => ({ id: text, idType, role: role(values) }))
    })
}

/** Everybody whom the rows of one event name, each once; of rows that name nobody properly each is told. */
function peopleTogether(
  row: TableRow,
  peopleIn: (row: TableRow) => Person[],
  refuse: (faults: readonly Fault[]) => 'dead',
): Person[] | 'dead' {
  const file = row.values['#file'] ?? ''
  const others = row.others!.map(each => ({
    ...each,
    values: { ...each.values, '#file': file, '#row': String(each.row) },
  }))
  const found = new Map<string, Person>()
  const faults: Fault[] = []
  for (const each of [row, ...others]) {
    for (const [i, person] of peopleIn(each).entries()) {
      const parsed = InteractionParticipant.safeParse(person)
      found.set(`${person.idType}|${person.id}|${person.role}`, person)
      if (!parsed.success)
        faults.push(...faultsOf(parsed.error.issues, person, each.row, `${each.place} field participants[${i}]`))
    }
  }
  return faults.length > 0 ? refuse(faults) : [...found.values()]
}

function compiled(block: InteractionMapping, zoned: Zoned): (values: Values) => Record<string, unknown> {
  const texts = TEXTS.map(field => [field, compile(block[field])] as const)
  const numbers = NUMBERS.map(field => [field, compile(block[field])] as const)
  const truths = TRUTHS.map(field => [field, compile(block[field])] as const)
  const kind = kindOf(block)
  const seconds = compile(block.seconds)
  const skills = compile(block.skills)
  const at = timesOf(block, zoned)
  return values => {
    const row: Record<string, unknown> = {}
    set(row, 'kind', kind(values))
    for (const [field, text] of texts) set(row, field, text(values))
    for (const [field, text] of numbers) set(row, field, numberIn(text(values)))
    for (const [field, text] of truths) set(row, field, truthIn(text(values)))
    const length = numberIn(seconds(values))
    if (length !== undefined) row.minutes = typeof length === 'number' ? length / 60 : length
    set(
      row,
      'skills',
      skills(values)
        ?.split(';')
        .map(skill => skill.trim())
        .filter(Boolean),
    )
    at(values, row)
    return row
  }
}

/** A code that the mapping's table does not have is told as it is, not as missing. */
function kindOf({ kind }: InteractionMapping): Compiled {
  const read = compile(kind)
  if (typeof kind === 'string') return read
  const code = compile(kind.from)
  return values => read(values) ?? (kind.map[code(values) ?? ''] === undefined ? code(values) : undefined)
}

/** Puts the end of a row into it as an instant, or what stands there if it is none: the schema then names it. */
function timesOf(
  { time, began }: InteractionMapping,
  zoned: Zoned,
): (values: Values, row: Record<string, unknown>) => void {
  const told = timeOf(time, zoned)
  const begins = began && timeOf(began, zoned)
  return (values, row) => {
    const found = told(values)
    const from = begins?.(values)
    if (typeof from === 'string') row.minutes = from
    // Begin and end alike: how long it took, nobody wrote down.
    if (typeof found === 'number' && typeof from === 'number' && found !== from) row.minutes ??= (found - from) / 60_000
    const length = time.marks === 'begin' && typeof row.minutes === 'number' ? row.minutes * 60_000 : 0
    set(row, 'at', typeof found === 'number' ? isoOf(found + length) : found)
  }
}

function isoOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} milliseconds` : date.toISOString()
}

const numberIn = (text: string | undefined): number | string | undefined =>
  text === undefined ? undefined : numberOf(text)

function truthIn(text: string | undefined): boolean | string | undefined {
  if (text === undefined) return undefined
  if (/^(?:true|1|yes)$/i.test(text)) return true
  return /^(?:false|0|no)$/i.test(text) ? false : text
}

function set(row: Record<string, unknown>, field: string, value: unknown): void {
  if (value !== undefined) row[field] = value
}
