import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { cell, numberOf, openTable } from './table.ts'

export type Columns = {
  /** Columns of text, as asked for, each with one value a row. */
  texts: string[][]
  numbers: number[][]
  /** Rows left out because a number is missing: empty, NA. */
  missing: number
  /** Rows left out because they could not be read. */
  faults: number
}

/** So many rows that cannot be read are said one by one. */
const FAULTS_SHOWN = 20

/**
 * Some columns of a CSV or TSV file. A row that cannot be read, or has something else where a number is expected, is told on
 * standard error and left out; one whose number is missing is counted and left out.
 *
 * @param read how a number is read from a column's text: NaN = missing, undefined = no number
 * @throws HomeroomError FILE_INVALID if the file or a column is not there
 */
export async function readColumns(
  file: string,
  texts: readonly string[],
  numbers: readonly string[],
  read: (text: string, column: string) => number | undefined = numberOf,
): Promise<Columns> {
  const table = await openTable(file)
  const textsAt = texts.map(name => table.at(name))
  const numbersAt = numbers.map(name => table.at(name))
  const columns: Columns = { texts: texts.map(() => []), numbers: numbers.map(() => []), missing: 0, faults: 0 }
  const onFault = (fault: string): void => {
    if (++columns.faults <= FAULTS_SHOWN) process.stderr.write(`ROW_INVALID: ${file} ${fault}. The row was left out\n`)
  }
  for await (const { row, fields } of table.rows(onFault)) {
    const values = numbersAt.map((at, k) => read(fields[at]!, numbers[k]!))
    const odd = values.indexOf(undefined)
    if (odd >= 0)
      onFault(`row ${row}: ${numbers[odd]} is "${fields[numbersAt[odd]!]!.slice(0, 40)}", expected a number`)
    else if (values.some(Number.isNaN)) columns.missing++
    else {
      textsAt.forEach((at, k) => columns.texts[k]!.push(fields[at]!.trim()))
      values.forEach((value, k) => columns.numbers[k]!.push(value!))
    }
  }
  if (columns.faults > FAULTS_SHOWN)
    process.stderr.write(`ROW_INVALID: ${columns.faults - FAULTS_SHOWN} more rows were left out\n`)
  return columns
}

/** Numbers of texts, in the order in which they first come. */
export function numbered(texts: readonly string[]): { names: string[]; number: Int32Array } {
  const numbers = new Map<string, number>()
  const number = Int32Array.from(texts, text => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, numbers.size)
    return numbers.size - 1
  })
  return { names: [...numbers.keys()], number }
}

/** Write CSV; the file appears under its name when it is whole. */
export async function writeTable(
  file: string,
  header: readonly string[],
  rows: Iterable<readonly (string | number | boolean | null)[]>,
): Promise<void> {
  const part = `${file}.part`
  const lines = function* () {
    yield `${header.join(',')}\n`
    for (const row of rows) yield `${row.map(value => cell(value === null ? '' : String(value), ',')).join(',')}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(part))
  await rename(part, file)
}
