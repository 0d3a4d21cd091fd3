import { TextDecoder } from 'node:util'

/**
 * Rows of a CSV or TSV text, one after the other, in bounded memory.
 *
 * A row that cannot be read is given as a fault, and reading goes on with the next *line*: an unclosed quote costs one row,
 * not the rest of the file. (csv-parse 7 loses every row up to the next quote, which is why it only serves as the oracle
 * of the tests.) Fields follow RFC 4180; a quote inside an unquoted field stands for itself.
 */
export type CsvRow =
  /** `row` counts from 1, the header included, as a spreadsheet does. */
  { row: number; fields: string[]; text: string; fault?: undefined } | { row: number; text: string; fault: string }

/** A quoted field may go over this many lines: beyond, a forgotten quote is likelier. */
const MAX_LINES = 200
const MAX_LINE_CHARACTERS = 1_048_576

/** @param chunks decoded text, cut anywhere; without byte order mark (`decoded`) */
export async function* csvRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  delimiter = ',',
): AsyncGenerator<CsvRow> {
  const reader = new Assembler(delimiter)
  for await (const chunk of chunks) yield* reader.push(chunk)
  yield* reader.end()
}

/** The rows of a whole text at once. */
export function rowsOfText(text: string, delimiter = ','): CsvRow[] {
  const reader = new Assembler(delimiter)
  return [...reader.push(text), ...reader.end()]
}

/** A field as a row of CSV or TSV has it: in quotes where it must be, and only there (RFC 4180). */
export function csvField(text: string, delimiter = ','): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * As `csvField`, for people's spreadsheets: what one would run as a formula has an apostrophe before it (OWASP, CSV injection).
 * A number is none.
 */
export const spreadsheetField = (text: string): string =>
  csvField(/^[=+\-@\t\r\n]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text)

/** Text of bytes in UTF-8 (or UTF-16 with a byte order mark), without the mark. Bytes that are neither become U+FFFD. */
export async function* decoded(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  for await (const chunk of bytes) {
    decoder ??= new TextDecoder(encodingOf(chunk))
    yield decoder.decode(chunk, { stream: true })
  }
  if (decoder !== undefined) yield decoder.decode()
}

/** Puts lines together to rows: a row ends where its quotes are closed. */
class Assembler {
  readonly #delimiter: string
  #rest = ''
  #row = 0
  /** Lines of a row whose quotes are still open. */
  #open: string[] = []
  #quotes = 0

  constructor(delimiter: string) {
    this.#delimiter = delimiter
  }

  *push(chunk: string): Generator<CsvRow> {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) yield* this.#line(line)
    if (this.#rest.length <= MAX_LINE_CHARACTERS) return
    yield {
      row: ++this.#row,
      text: this.#rest.slice(0, 1000),
      fault: `a line of more than ${MAX_LINE_CHARACTERS} characters`,
    }
    this.#rest = ''
  }

  *end(): Generator<CsvRow> {
    if (this.#rest !== '') yield* this.#line(this.#rest)
    this.#rest = ''
    // What is still open was never closed: its first line is the bad one, the others stand for themselves.
    while (this.#open.length > 0) yield* this.#resume()
  }

  *#line(line: string): Generator<CsvRow> {
    if (this.#open.length === 0 && !line.includes('"')) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line
      if (text !== '') yield this.#checked(text, text.split(this.#delimiter))
      return
    }
    this.#open.push(line)
    this.#quotes += quotesIn(line)
    if (this.#quotes % 2 === 1) {
      if (this.#open.length > MAX_LINES) yield* this.#resume()
      return
    }
    const text = withoutReturn(this.#open.join('\n'))
    const fields = fieldsOf(text, this.#delimiter)
    if (fields === null && this.#open.length > 1) {
      yield* this.#resume()
      return
    }
    this.#open = []
    this.#quotes = 0
    if (fields === null) yield { row: ++this.#row, text, fault: UNCLOSED }
    else yield this.#checked(text, fields)
  }

  /** Give up the first open line and begin again with the next. */
  *#resume(): Generator<CsvRow> {
    const [first = '', ...others] = this.#open
    this.#open = []
    this.#quotes = 0
    const text = withoutReturn(first)
    const fields = fieldsOf(text, this.#delimiter)
    if (fields === null) yield { row: ++this.#row, text, fault: UNCLOSED }
    else yield this.#checked(text, fields)
    for (const line of others) yield* this.#line(line)
  }

  #checked(text: string, fields: string[]): CsvRow {
    this.#row++
    if (text.includes('\ufffd')) return { row: this.#row, text, fault: 'bytes that are not UTF-8' }
    return { row: this.#row, fields, text }
  }
}

const UNCLOSED = 'a quoted field that is not closed before the next delimiter'

/** The fields of one row; null if a quoted field is not followed by a delimiter or the end. */
function fieldsOf(text: string, delimiter: string): string[] | null {
  const fields: string[] = []
  for (let at = 0; ;) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at)
      fields.push(text.slice(at, end < 0 ? undefined : end))
      if (end < 0) return fields
      at = end + 1
      continue
    }
    let close = text.indexOf('"', at + 1)
    while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
    if (close < 0) return null
    fields.push(text.slice(at + 1, close).replaceAll('""', '"'))
    if (close + 1 === text.length) return fields
    if (text[close + 1] !== delimiter) return null
    at = close + 2
  }
}

function quotesIn(line: string): number {
  let count = 0
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) count++
  return count
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}
