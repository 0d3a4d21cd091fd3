import { rowsOfText } from '../infra/csv.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { StoredLetter } from '../infra/warehouse/dead-letters.ts'
import type { XapiVersion } from '../schemas/xapi.ts'
import { acceptCanvasEvent } from './canvas-events.ts'
import { IN_FILE, type Accepted, type ForeignEvent } from './foreign-events.ts'
import type { HeldIntake } from './held-intake.ts'
import { acceptRow } from './interaction-rows.ts'
import { interactionOf } from './interaction-text.ts'
import type { Batch } from './intake.ts'
import type { FileSet } from './load/file-set.ts'
import { FORMATS } from './load/formats.ts'
import { Loader } from './load/loader.ts'
import { blocksFor } from './load/mapped.ts'
import type { Mapping } from './load/mapping.ts'
import type { SurveyPlan } from './load/survey.ts'
import { tableRows } from './load/table.ts'
import { acceptTrackingEvent } from './openedx-events.ts'
import { acceptEnvelope } from './receive/caliper.ts'
import { inMemory, rowPlace } from './redrive-places.ts'
import { surveyAgain, surveyBlock } from './redrive-surveys.ts'
import { jsonIn } from './redrive-text.ts'
import { acceptStatements } from './receive/statements.ts'
import { isStatement } from './receive/xapi-check.ts'
import { isObject, type Json } from '../schemas/json.ts'

/** What the doors need beside the originals. */
export type DoorOptions = {
  /** Home page of the accounts in tracking logs; null: `https://` and each event's host. */
  homePage: string | null
  /** Mapping files as they are now. */
  mappings: readonly Mapping[]
  /** Mapping files of surveys, with their instruments. */
  surveys?: readonly SurveyPlan[]
}

export type Letter = Pick<StoredLetter, 'id' | 'source' | 'door' | 'storedAt' | 'place' | 'reason'>

/** `nobody`: it is read and is about no person, or describes something only; `impossible`: no door can read it by itself. */
export type Tried = 'given' | 'nobody' | { impossible: string }

/**
 * Give an original to its door again. What the door makes of it, and what it still refuses, the intake holds.
 * @param text as it was sent, perhaps mended
 */
export async function tryAgain(letter: Letter, text: string, intake: HeldIntake, options: DoorOptions): Promise<Tried> {
  const planned = letter.door === 'survey' ? surveyBlock(letter, options.surveys ?? []) : null
  if (planned !== null) return surveyAgain(letter, text, intake, planned)
  const mapped = mappedRow(letter, options.mappings)
  if (mapped !== null) return throughMapping(letter, text, intake, mapped)
  const filled = async (fill: (batch: Batch) => Promise<Tried> | Tried): Promise<Tried> => {
    const { batch, answer } = await intake.filled(letter.source, async batch => fill(batch))
    await intake.store(batch)
    return answer
  }
  intake.stampWith(null)
  switch (letter.door) {
    case 'xapi':
      return filled(batch => statementAgain(letter, text, intake, batch))
    case 'caliper':
      return filled(batch => caliperAgain(letter, text, intake, batch))
    case 'interactions':
      return filled(batch => interactionAgain(text, intake, batch))
    case 'canvas':
      return filled(batch => accepted(acceptCanvasEvent(intake, batch, eventOf(letter, text), mannerOf(letter))))
    case 'openedx':
      return filled(batch =>
        accepted(acceptTrackingEvent(intake, batch, eventOf(letter, text), mannerOf(letter), options.homePage)),
      )
    case 'mapping':
    case 'survey':
      return { impossible: `it needs the mapping file of the source ${letter.source}: name it with --mapping` }
    default:
      return throughFormat(letter, text, intake)
  }
}

async function statementAgain(letter: Letter, text: string, intake: HeldIntake, batch: Batch): Promise<Tried> {
  const sent = jsonIn(text)
  if (sent === undefined) return notJson
  const statement = isObject(sent) ? withIdAndTime(sent, letter) : sent
  await acceptStatements(intake, batch, [statement], () => 'statement', versionOf(statement))
  return 'given'
}

// A statement without an id gets the same one however often it is redriven; and it happened when it was first received.
function withIdAndTime(statement: Json, letter: Letter): Json {
  const { id = uuid5(`redriven|${letter.id}`), timestamp = letter.storedAt } = statement
  return { ...statement, id, timestamp }
}

// The header that named the version is not kept: a statement that names none is taken by whichever fits.
function versionOf(statement: unknown): XapiVersion {
  const named = isObject(statement) ? statement.version : undefined
  if (typeof named === 'string') return named.startsWith('2.') ? '2.0.0' : '1.0.3'
  return !isStatement(statement, '1.0.3') && isStatement(statement, '2.0.0') ? '2.0.0' : '1.0.3'
}

async function caliperAgain(letter: Letter, text: string, intake: HeldIntake, batch: Batch): Promise<Tried> {
  const sent = jsonIn(text)
  if (sent === undefined) return notJson
  const envelope = letter.place === 'envelope' ? sent : { sensor: 'redrive', sendTime: letter.storedAt, data: [sent] }
  const { answer } = await acceptEnvelope(intake, batch, envelope)
  return answer.accepted === 0 && (answer.described ?? 0) > 0 ? 'nobody' : 'given'
}

function interactionAgain(text: string, intake: HeldIntake, batch: Batch): Tried {
  const value = jsonIn(text) ?? interactionIn(text)
  if (value === undefined) return { impossible: 'it is neither JSON nor a row of CSV under its header' }
  acceptRow(intake, batch, { index: 0, place: 'row', value, original: () => text }, 'interactions')
  return 'given'
}

function interactionIn(text: string): unknown {
  const [header, row, ...more] = rowsOfText(text)
  if (header?.fault !== undefined || row === undefined || row.fault !== undefined || more.length > 0) return undefined
  if (header === undefined || header.fields.length !== row.fields.length) return undefined
  return interactionOf(header.fields, row.fields)
}

function eventOf({ place }: Letter, text: string): ForeignEvent {
  const value = jsonIn(text)
  const event = { index: 0, place, value, original: () => text }
  return value === undefined ? { ...event, unreadable: `a text of ${text.length} characters` } : event
}

const mannerOf = ({ door }: Letter) => ({ ...IN_FILE, door: door as 'canvas' | 'openedx' })
const accepted = (outcome: Accepted): Tried => (outcome === 'stored' || Array.isArray(outcome) ? 'given' : 'nobody')

type MappedRow = { blocks: ReturnType<typeof blocksFor>; label: string; file: string; row: number }

/** The blocks of a mapping file that read the file of a letter; null: no mapping file given is about it. */
function mappedRow({ source, place }: Letter, mappings: readonly Mapping[]): MappedRow | null {
  const at = rowPlace(place)
  if (at === null) return null
  for (const mapping of mappings) {
    const blocks = mapping.source === source || mappings.length === 1 ? blocksFor(mapping, at.file) : []
    if (blocks.length > 0) return { ...at, blocks }
  }
  return null
}

async function throughMapping(letter: Letter, text: string, intake: HeldIntake, mapped: MappedRow): Promise<Tried> {
  const { blocks, label, file, row: number } = mapped
  // What is older than what is known of a person or class by now must not replace it.
  intake.stampWith(Date.parse(letter.storedAt))
  for (const block of blocks) {
    const loader = new Loader(intake, letter.source, () => undefined)
    const read = block.reader(loader)
    for await (const row of tableRows(inMemory(file, label, text), block.format)) {
      const values = { ...row.values, '#file': file, '#row': String(number) }
      read({ ...row, row: number, place: `${label} row ${number}`, values })
    }
    await loader.flush()
  }
  return 'given'
}

/** One row by itself, as a delta: what it refers to was loaded before. */
async function throughFormat(letter: Letter, text: string, intake: HeldIntake): Promise<Tried> {
  const at = rowPlace(letter.place)
  if (at === null) return { impossible: `the door ${letter.door} cannot read it by itself; load its file again` }
  if (/^enrollments\.csv$/i.test(at.file) && !hasDates(text)) {
    return { impossible: 'it has no dates of its own, and those of its class stand in other files; load them together' }
  }
  intake.stampWith(Date.parse(letter.storedAt))
  const manifest = `propertyName,value\nfile.${at.file.replace(/\.csv$/i, '')},delta\n`
  const files = [inMemory(at.file, at.label, text), inMemory('manifest.csv', 'manifest.csv', manifest)]
  const place: FileSet = {
    name: 'redrive',
    folder: null,
    isFolder: true,
    files: new Map(files.map(file => [file.name.toLowerCase(), file])),
    close: async () => undefined,
  }
  for (const format of FORMATS) {
    const jobs = await format.jobsIn(place, files)
    if (jobs.length === 0) continue
    const context = { homePage: null, schools: null }
    for (const job of jobs) await job.load(new Loader(intake, letter.source, () => undefined), context)
    return 'given'
  }
  return { impossible: `a row of ${at.file} cannot be read by itself; load its file again` }
}

function hasDates(text: string): boolean {
  const [header, row] = rowsOfText(text)
  if (header === undefined || header.fault !== undefined || row === undefined || row.fault !== undefined) return true
  const at = (name: string): string => row.fields[header.fields.findIndex(column => column.trim() === name)] ?? ''
  return at('beginDate').trim() !== ''
}

const notJson: Tried = { impossible: 'it is not JSON' }
