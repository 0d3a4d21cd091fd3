import { readFileSync } from 'node:fs'

const path = (name: string): URL => new URL(`../../reference/climate/${name}`, import.meta.url)

/** What R says under a name of climate.out. */
export function fromR(name: string): number[] {
  const line = LINES.find(text => text.startsWith(`${name} `) && /^[-\d\s.e+]*$/.test(text.slice(name.length)))
  if (line === undefined) throw new Error(`climate.out has no "${name}"`)
  return line.slice(name.length).trim().split(/\s+/).map(Number)
}

/** Columns of a table of numbers beside it. */
export function columnsOf(name: string): Float64Array[] {
  const rows = readFileSync(path(name), 'utf8').trim().split('\n').slice(1)
  const numbers = rows.map(row => row.split(',').map(Number))
  return numbers[0]!.map((_, at) => Float64Array.from(numbers, row => row[at]!))
}

const LINES = readFileSync(path('climate.out'), 'utf8').split('\n')
