import { labelKey, type Instrument } from '../../schemas/survey.ts'
import { canonical } from '../canonical.ts'
import { fault, shown, type Fault } from '../faults.ts'
import type { SourceFile } from './file-set.ts'
import type { FileSummary, RowOutcome } from './loader.ts'
import { answerReader, type Read } from './survey-answers.ts'
import type { LongBlock } from './survey-mapping.ts'
import { addResponse, type Survey } from './survey-response.ts'
import { saidReader, type Said } from './survey-said.ts'
import { surveyHeader, surveyRows } from './survey-table.ts'
import type { TableRow } from './table.ts'
import { columnsIn, compile, type Values } from './template.ts'

/** So many bytes of files are put together at once: larger ones are read several times, a share of the responses each time. */
const PASS_BYTES = 128 * 1024 * 1024
/** A compressed file unfolds to about as many times its size. */
const UNFOLDS_TO = 12
const FLUSH_EVERY = 1000
const UNREADABLE: Read = { state: 'unreadable' }

const NOT_LOADED = 'This answer counts in no number, the others of the response are stored'

/** A response as far as its rows have come: by number of the item what was answered, and when. */
type Gathered = { key: string; said: Said; said_ms: number; reads: (Read | undefined)[]; times_ms: number[] }

/**
 * Files in which a row is an answer. Rows of a response may stand anywhere in them, in any order; of two answers to one
 * item the later one counts, and of two different ones at the same time neither.
 *
 * @param passBytes for tests
 * @throws HomeroomError FILE_INVALID if a column is missing
 */
export async function loadLong(
  survey: Survey<LongBlock>,
  files: readonly SourceFile[],
  passBytes = PASS_BYTES,
): Promise<void> {
  const { loader, block } = survey
  const bytes = files.reduce((sum, file) => sum + file.bytes * (/\.gz$/i.test(file.name) ? UNFOLDS_TO : 1), 0)
  const passes = Math.max(1, Math.ceil(bytes / passBytes))
  const read = rowReader(survey)
  const whose = whoseRow(block)
  const summaries = new Map<SourceFile, FileSummary>()
  for (let pass = 0; pass < passes; pass++) {
    const gathered = new Map<string, Gathered>()
    for (const file of files) {
      const header = await surveyHeader(file, block)
      const summary = summaries.get(file) ?? loader.file(file.label)
      summaries.set(file, summary)
      for await (const row of surveyRows(file, block, header)) {
        if (shareOf(whose(row.values), passes) === pass) await loader.counted(summary, read(row, gathered), row.place)
      }
    }
    await addAll(survey, gathered)
  }
  for (const summary of summaries.values()) await loader.finished(summary)
}

/** What the rows of one response have in common, cheap to read; empty in rows that cannot be read. */
function whoseRow({ response, respondent }: LongBlock): (values: Values) => string {
  const [id, who] = [compile(response), compile(respondent?.id)]
  // Addresses are one person's however they are written.
  return values =>
    id(values) ??
    who(values)
      ?.toLowerCase()
      .replace(/^mailto:/, '')
      .trim() ??
    ''
}

type RowReader = (row: TableRow, gathered: Map<string, Gathered>) => RowOutcome

function rowReader(survey: Survey<LongBlock>): RowReader {
  const { loader, block, instrument } = survey
  const saidIn = saidReader(block, instrument, loader)
  const itemOf = itemFinder(block, instrument)
  const answer = answerReader(instrument, block)
  const [item, text] = [compile(block.item), compile(block.answer)]
  return (row, gathered) => {
    const bury = (faults: Fault[]): RowOutcome => {
      loader.bury('survey', row.place, row.text, faults, NOT_LOADED, 'ROW_INVALID', row.values)
      return 'dead'
    }
    const refuse = (template: typeof block.item, got: string, expected: string): Fault[] => [
      fault(row.row, `${row.place} field ${columnsIn(template)[0] ?? 'item'}`, got, expected),
    ]
    const lose = (found: Fault[]): RowOutcome => {
      survey.lost.rows++
      return bury(found)
    }
    if (row.unreadable) return lose([row.unreadable])
    const { said, faults } = saidIn(row)
    if (said.response === undefined && said.respondent === null && faults.length === 0)
      faults.push(fault(row.row, row.place, 'a row without response and respondent', 'one of them'))
    if (faults.length > 0) return lose(faults)
    const name = item(row.values)
    const number = itemOf(name)
    if (number === undefined)
      return bury(refuse(block.item, shown(name, ''), `an item of ${instrument.instrument} ${instrument.version}`))
    const read = answer(instrument.items[number]!.id, text(row.values))
    if (gather(gathered, said, number, read))
      return bury(
        refuse(block.answer, 'another answer to the same item at the same time', 'one answer; neither counts'),
      )
    return read.state === 'unreadable'
      ? bury(refuse(block.answer, shown(text(row.values), ''), read.expected!))
      : 'stored'
  }
}

/** The number of an item by its id, by its text in any language, or as the mapping calls it. */
function itemFinder(block: LongBlock, { items }: Instrument): (name: string | undefined) => number | undefined {
  const numbers = new Map<string, number>()
  for (const [i, { text }] of items.entries()) for (const name of Object.values(text)) numbers.set(labelKey(name), i)
  for (const [i, { id }] of items.entries()) numbers.set(labelKey(id), i)
  for (const [name, of] of Object.entries(block.items))
    numbers.set(
      labelKey(name),
      items.findIndex(({ id }) => id === of),
    )
  return name => (name === undefined ? undefined : numbers.get(labelKey(name)))
}

const keyOf = ({ response, respondent, student, window }: Said): string =>
  canonical(response === undefined ? ['respondent', respondent, student, window] : ['response', response])

/**
 * @param item its number in the instrument
 * @returns true if the answer contradicts one that came before
 */
function gather(gathered: Map<string, Gathered>, row: Said, item: number, read: Read): boolean {
  const key = keyOf(row)
  const said: Said = { ...row, named: {} }
  const ms = said.ms ?? Date.parse(`${said.day}T00:00:00.000Z`)
  let response = gathered.get(key)
  if (response === undefined) gathered.set(key, (response = { key, said, said_ms: ms, reads: [], times_ms: [] }))
  else if (isLater(ms, said, response)) Object.assign(response, { said, said_ms: ms })
  const { reads, times_ms } = response
  const known = reads[item]
  // Left empty at one time and answered at another is answered.
  const read_ms = read.state === 'missing' ? -Infinity : ms
  const isSameTime = known !== undefined && read_ms === times_ms[item]
  const contradicts = isSameTime && canonical(known) !== canonical(read)
  if (isSameTime && !contradicts) return false
  if (!contradicts && known !== undefined && read_ms < times_ms[item]!) return false
  reads[item] = contradicts ? UNREADABLE : read
  times_ms[item] = read_ms
  return contradicts
}

/** What the last row says of a response holds; of one moment the content decides, so that the order of rows does not. */
const isLater = (ms: number, said: Said, { said: known, said_ms }: Gathered): boolean =>
  ms > said_ms || (ms === said_ms && canonical(said) > canonical(known))

async function addAll(survey: Survey<LongBlock>, gathered: ReadonlyMap<string, Gathered>): Promise<void> {
  const { items } = survey.instrument
  let added = 0
  for (const { key, said, reads } of gathered.values()) {
    const given = items.flatMap(({ id }, i): [string, Read][] => (reads[i] === undefined ? [] : [[id, reads[i]]]))
    addResponse(survey, said, new Map(given), key)
    if (++added % FLUSH_EVERY === 0) await survey.loader.flush()
  }
}

/** FNV-1a: which pass a response belongs to. */
function shareOf(key: string, passes: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % passes
}
