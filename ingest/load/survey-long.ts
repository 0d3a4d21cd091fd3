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
import { columnsIn, compile } from './template.ts'

/** So many bytes of files are put together at once: larger ones are read several times, a share of the responses each time. */
const PASS_BYTES = 256 * 1024 * 1024
/** A compressed file unfolds to about as many times its size. */
const UNFOLDS_TO = 12
const FLUSH_EVERY = 1000

const NOT_LOADED = 'This answer counts in no number, the others of the response are stored'

/** A response as far as its rows have come. */
type Gathered = { key: string; said: Said; said_ms: number; answers: Map<string, { read: Read; ms: number }> }

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
  const summaries = new Map<SourceFile, FileSummary>()
  for (let pass = 0; pass < passes; pass++) {
    const gathered = new Map<string, Gathered>()
    for (const file of files) {
      const header = await surveyHeader(file, block)
      const summary = summaries.get(file) ?? loader.file(file.label)
      summaries.set(file, summary)
      for await (const row of surveyRows(file, block, header)) {
        const outcome = read(row, gathered, key => shareOf(key, passes) === pass)
        if (outcome !== null) await loader.counted(summary, outcome, row.place)
      }
    }
    await addAll(survey, gathered)
  }
  for (const summary of summaries.values()) await loader.finished(summary)
}

/** null: a row of another pass. */
type RowReader = (row: TableRow, gathered: Map<string, Gathered>, isMine: (key: string) => boolean) => RowOutcome | null

function rowReader(survey: Survey<LongBlock>): RowReader {
  const { loader, block, instrument } = survey
  const saidIn = saidReader(block, instrument, loader)
  const itemOf = itemFinder(block, instrument)
  const answer = answerReader(instrument, block)
  const [item, text] = [compile(block.item), compile(block.answer)]
  return (row, gathered, isMine) => {
    const bury = (faults: Fault[]): RowOutcome => {
      loader.bury('survey', row.place, row.text, faults, NOT_LOADED, 'ROW_INVALID', row.values)
      return 'dead'
    }
    const refuse = (template: typeof block.item, got: string, expected: string): Fault[] => [
      fault(row.row, `${row.place} field ${columnsIn(template)[0] ?? 'item'}`, got, expected),
    ]
    // Whose a row is that cannot be read is not known: one of the passes answers for all of them.
    if (row.unreadable) return isMine('') ? bury([row.unreadable]) : null
    const { said, faults } = saidIn(row)
    if (said.response === undefined && said.respondent === null && faults.length === 0)
      faults.push(fault(row.row, row.place, 'a row without response and respondent', 'one of them'))
    if (faults.length > 0) return isMine('') ? bury(faults) : null
    const key = keyOf(said)
    if (!isMine(key)) return null
    const name = item(row.values)
    const id = itemOf(name)
    if (id === undefined)
      return bury(refuse(block.item, shown(name, ''), `an item of ${instrument.instrument} ${instrument.version}`))
    const read = answer(id, text(row.values))
    if (gather(gathered, key, said, id, read))
      return bury(
        refuse(block.answer, 'another answer to the same item at the same time', 'one answer; neither counts'),
      )
    return read.state === 'unreadable'
      ? bury(refuse(block.answer, shown(text(row.values), ''), read.expected!))
      : 'stored'
  }
}

/** An item by its id, by its text in any language, or as the mapping calls it. */
function itemFinder(block: LongBlock, { items }: Instrument): (name: string | undefined) => string | undefined {
  const ids = new Map<string, string>()
  for (const { id, text } of items) for (const name of [...Object.values(text), id]) ids.set(labelKey(name), id)
  for (const [name, id] of Object.entries(block.items)) ids.set(labelKey(name), id)
  return name => (name === undefined ? undefined : ids.get(labelKey(name)))
}

const keyOf = ({ response, respondent, student, window }: Said): string =>
  canonical(response === undefined ? ['respondent', respondent, student, window] : ['response', response])

/** @returns true if the answer contradicts one that came before */
function gather(gathered: Map<string, Gathered>, key: string, said: Said, item: string, read: Read): boolean {
  const ms = said.ms ?? Date.parse(`${said.day}T00:00:00.000Z`)
  let response = gathered.get(key)
  if (response === undefined) gathered.set(key, (response = { key, said, said_ms: ms, answers: new Map() }))
  else if (isLater(ms, said, response)) Object.assign(response, { said, said_ms: ms })
  const known = response.answers.get(item)
  // Left empty at one time and answered at another is answered.
  const read_ms = read.state === 'missing' ? -Infinity : ms
  if (known === undefined || read_ms > known.ms) response.answers.set(item, { read, ms: read_ms })
  if (known === undefined || read_ms !== known.ms || canonical(known.read) === canonical(read)) return false
  response.answers.set(item, { read: { state: 'unreadable' }, ms })
  return true
}

/** What the last row says of a response holds; of one moment the content decides, so that the order of rows does not. */
const isLater = (ms: number, said: Said, { said: known, said_ms }: Gathered): boolean =>
  ms > said_ms || (ms === said_ms && canonical(said) > canonical(known))

async function addAll(survey: Survey<LongBlock>, gathered: ReadonlyMap<string, Gathered>): Promise<void> {
  let added = 0
  for (const { key, said, answers } of gathered.values()) {
    const reads = new Map([...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([item, { read }]) => [item, read]))
    addResponse(survey, said, reads, key)
    if (++added % FLUSH_EVERY === 0) await survey.loader.flush()
  }
}

/** FNV-1a: which pass a response belongs to. */
function shareOf(key: string, passes: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % passes
}
