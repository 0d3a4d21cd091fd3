import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { spreadsheetField } from '../../infra/csv.ts'
import { ERRORS } from '../../infra/errors.ts'
import { shown, type Fault } from '../faults.ts'

/** One thing that is wrong with one row of a file, or one thing that follows from it. */
export type ReportLine = {
  file: string
  /** As a spreadsheet or an editor counts; empty: the whole file. */
  row: string
  field: string
  /** What stands there; of what may be a person's only the length. */
  value: string
  rule: string
  got: string
  expected: string
  consequence: string
  next: string
}

export type RuleCount = { rule: string; count: number }

const COLUMNS = ['file', 'row', 'field', 'value', 'rule', 'got', 'expected', 'consequence', 'next'] as const
const HEADER = 'file,row,field,value,rule,got,expected,consequence,next step'

/** Lines that the screen shows. */
const SHOWN = 20
/** References to things, never to persons: which class is missing has to be told. */
const THINGS = new Set(['schoolSourcedId', 'classSourcedId', 'courseSourcedId', 'termSourcedIds', 'parentSourcedId'])

/** Every fault of every row of a load: counted by rule, the first ones kept, all of them written to a CSV file. */
export class RowReport {
  readonly #path: string | null
  readonly #first: ReportLine[] = []
  readonly #rules = new Map<string, number>()
  #count = 0
  #unwritten: string[] = []
  #isBegun = false

  /** @param path of the CSV file, which is made with the first line; null: none is written */
  constructor(path: string | null) {
    this.#path = path
  }

  add(line: ReportLine): void {
    this.#count++
    if (this.#first.length < SHOWN) this.#first.push(line)
    const rule = `${line.file.replace(/^.*\//, '')} ${line.field}: ${line.rule}`.replace(' :', ':')
    this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1)
    if (this.#path !== null) this.#unwritten.push(COLUMNS.map(column => spreadsheetField(line[column])).join(','))
  }

  /** Resolves when what was added is in the file. To be called now and then: until then it is in memory. */
  async write(): Promise<void> {
    if (this.#path === null || this.#unwritten.length === 0) return
    const lines = this.#isBegun ? this.#unwritten : [HEADER, ...this.#unwritten]
    if (!this.#isBegun) await mkdir(dirname(this.#path), { recursive: true })
    this.#isBegun = true
    this.#unwritten = []
    await appendFile(this.#path, `${lines.join('\n')}\n`)
  }

  /** Path of the file; null: there was nothing to write, or nowhere. */
  get file(): string | null {
    return this.#isBegun ? this.#path : null
  }

  get count(): number {
    return this.#count
  }

  get first(): readonly ReportLine[] {
    return this.#first
  }

  /** The commonest first. */
  get rules(): RuleCount[] {
    return [...this.#rules].map(([rule, count]) => ({ rule, count })).sort((a, b) => b.count - a.count)
  }
}

/** The lines of a row that cannot be used, one for each fault. @param values of the row by field, where there are any */
export function linesOf(
  faults: readonly Fault[],
  consequence: string,
  values: Record<string, string> = {},
): ReportLine[] {
  return faults.map(fault => {
    const { file, row, field } = placeOf(fault.path)
    return {
      file,
      row,
      field,
      value: valueOf(field, values[field], fault.got),
      rule: ruleOf(fault, field),
      got: fault.got,
      expected: fault.expected,
      consequence,
      next: ERRORS.ROW_INVALID.next,
    }
  })
}

/** `users.csv row 18 field role`, `tracking.log line 7 object 2 field time`, in their parts. */
function placeOf(path: string): { file: string; row: string; field: string } {
  const found = /^(.*?) (?:row|line) (\d+)(?: object \d+)?(?:(?: field |\.)(.+))?$/.exec(path)
  return { file: found?.[1] ?? path, row: found?.[2] ?? '', field: found?.[3] ?? '' }
}

function valueOf(field: string, value: string | undefined, got: string): string {
  if (value !== undefined) return THINGS.has(field) ? value.slice(0, 256) : shown(value, field)
  return got === 'missing' ? '' : got
}

// A fault says what was expected; where it has no name of its own, its rule is named after what it looks at.
function ruleOf({ rule, got }: Fault, field: string): string {
  if (rule !== undefined) return rule
  if (field === '') return 'readable'
  return got === 'missing' ? 'required' : 'allowed'
}
