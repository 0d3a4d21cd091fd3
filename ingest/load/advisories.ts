import type { Loader } from './loader.ts'
import type { TableRow } from './table.ts'

type Enrolment = { classSourcedId: string; userSourcedId: string; role: string }
type Lost = { file: string; row: number; group: string }

/** Rows that a sentence names. */
const NAMED = 10

/**
 * Who is left without an advisory because the class of an enrolment is missing: known only when every enrolment is read,
 * and only where the roster has advisories at all. Which kind the missing class was, nobody knows.
 */
export class Advisories {
  readonly #placed = new Set<string>()
  readonly #lost = new Map<string, Lost[]>()

  /** A student has an advisory. */
  has(student: string): void {
    this.#placed.add(student)
  }

  /** An enrolment is refused, because its class is missing. */
  lost({ classSourcedId, userSourcedId, role }: Enrolment, { row, place }: TableRow): void {
    if (role.toLowerCase() !== 'student') return
    const rows = this.#lost.get(userSourcedId) ?? []
    rows.push({ file: place.slice(0, place.lastIndexOf(' row ')), row, group: classSourcedId })
    this.#lost.set(userSourcedId, rows)
  }

  /** One line of the report for each student, one sentence of the summary for each missing class. */
  report(loader: Loader): void {
    const without = [...this.#lost].filter(([student]) => this.#placed.size > 0 && !this.#placed.has(student))
    const students = new Set(without.map(([student]) => student))
    for (const [group, rows] of byClass(this.#lost)) {
      const rowsOf = rows.filter(({ student }) => students.has(student)).map(({ row }) => row)
      const named = rowsOf.slice(0, NAMED).join(', ') + (rowsOf.length > NAMED ? ' …' : '')
      const cost = `${rowsOf.length} of these students ${rowsOf.length === 1 ? 'has' : 'have'} no advisory`
      const more = rowsOf.length > 0 ? `; ${cost} (${rows[0]!.file} row${rowsOf.length === 1 ? '' : 's'} ${named})` : ''
      loader.broke(`class ${group.slice(0, 256)} is missing: ${rows.length} enrolments of students are refused${more}`)
    }
    for (const { file, row, group } of without.flatMap(([, rows]) => rows.slice(0, 1))) {
      loader.follows({
        file,
        row: String(row),
        field: 'classSourcedId',
        value: group.slice(0, 256),
        rule: 'no advisory',
        got: 'a student without any advisory that is loaded',
        expected: 'an enrolment in a class of type homeroom',
        consequence: 'This student counts in no advisory',
        next: 'add the class to classes.csv, or correct the enrolment, and load the roster again',
      })
    }
  }
}

function byClass(lost: ReadonlyMap<string, Lost[]>): Map<string, (Lost & { student: string })[]> {
  const rows = [...lost].flatMap(([student, found]) => found.map(each => ({ ...each, student })))
  return Map.groupBy(rows, ({ group }) => group)
}
