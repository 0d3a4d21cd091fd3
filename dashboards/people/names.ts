import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import { denied, tierOf, type SignedIn, type Unit } from '../access.ts'

/** A student of the reader's own; names are '' where the roster has none. */
export type NamedStudent = z.infer<typeof NamedStudent>
export type ClassOfStudent = z.infer<typeof ClassOfStudent>

/** A student whom the reader may see, as `tierOf` needs the unit, with the classes and advisories of today. */
export type OwnStudent = NamedStudent & { unit: Unit; classes: readonly ClassOfStudent[] }

/**
 * The names of a reader's own students: the one place where pages read `identity.people`. An adviser or teacher gets
 * those of their advisory or class; nobody else gets any.
 */
export class Names {
  readonly #warehouse: Warehouse
  readonly #today: () => Day

  /** @param today the local day in the district */
  constructor(warehouse: Warehouse, today: () => Day) {
    this.#warehouse = warehouse
    this.#today = today
  }

  /**
   * The students of a class or an advisory, by family name: those enrolled today; of one that has ended, those who
   * were in it on its last day.
   * @returns null for a reader who is not their adviser or teacher
   */
  async studentsOf(reader: SignedIn, group: Unit): Promise<NamedStudent[] | null> {
    if (tierOf(reader, { type: 'student', id: '', classes: [group.id] }) !== 'live') return null
    return rows(NamedStudent, await this.#warehouse.query(CLASS_STUDENTS, { class: group.id, today: this.#today() }))
  }

  /**
   * One student of the reader's own.
   * @param pseudonym hexadecimal, as in an address
   * @throws HomeroomError SCOPE_DENIED for anybody else, whether such a student exists or not
   */
  async student(reader: SignedIn, pseudonym: string): Promise<OwnStudent> {
    if (!/^[0-9a-f]{64}$/.test(pseudonym)) throw denied(reader, { type: 'student', id: pseudonym, classes: [] })
    const params = { student: pseudonym, today: this.#today() }
    const [found, names] = await Promise.all([
      this.#warehouse.query(STUDENT_CLASSES, params),
      this.#warehouse.query(STUDENT_NAME, params),
    ])
    const classes = rows(ClassOfStudent, found)
    const unit: Unit = { type: 'student', id: pseudonym, classes: classes.map(({ id }) => id) }
    const [named] = rows(NamedStudent, names)
    if (tierOf(reader, unit) !== 'live' || !named) throw denied(reader, unit)
    return { ...named, unit, classes }
  }

  /**
   * The adults around a student whom the reader may see, by pseudonym; those whom the roster does not know are left out,
   * and so is whoever is a student.
   * @param student as `student` or `studentsOf` gave it
   */
  async adultsAround(
    reader: SignedIn,
    { unit }: Pick<OwnStudent, 'unit'>,
    ids: readonly Pseudonym[],
  ): Promise<Map<Pseudonym, string>> {
    if (tierOf(reader, unit) !== 'live') throw denied(reader, unit)
    return this.#adults(ids)
  }

  /** The adults of a school whose live figures the reader may see, by pseudonym. */
  async adultsOfSchool(reader: SignedIn, school: string, ids: readonly Pseudonym[]): Promise<Map<Pseudonym, string>> {
    const unit: Unit = { type: 'school', id: school }
    if (tierOf(reader, unit) !== 'live') throw denied(reader, unit)
    return this.#adults(ids)
  }

  /**
   * Does a text hold the full name of a student? So that a note that many read names nobody; who asks learns no more than that.
   * @param school '' for all schools
   */
  async namesStudent(text: string, school: string): Promise<boolean> {
    const words = text
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
      .trim()
    if (!words.includes(' ')) return false
    return (await this.#warehouse.query(NAMED_STUDENT, { text: ` ${words} `, school })).length > 0
  }

  async #adults(ids: readonly Pseudonym[]): Promise<Map<Pseudonym, string>> {
    if (ids.length === 0) return new Map()
    const found = rows(NamedAdult, await this.#warehouse.query(ADULT_NAMES, { ids }))
    return new Map(found.map(adult => [adult.id, nameOf(adult)]))
  }
}

/** `Ada Lovelace`; never a pseudonym. */
export const nameOf = ({ given, family }: Pick<NamedStudent, 'given' | 'family'>): string =>
  `${given} ${family}`.trim() || 'Name not in the roster'

/** Address of a student's page. */
export const studentPath = (id: string): string => `/students/${encodeURIComponent(id)}`

const NamedStudent = z.object({ student: z.string(), given: z.string(), family: z.string(), grade: z.string() })
const ClassOfStudent = z.object({
  id: z.string(),
  type: z.enum(['class', 'advisory']),
  label: z.string(),
  school: z.string(),
})

const NamedAdult = z.object({ id: z.string(), given: z.string(), family: z.string() })

const CLASS_STUDENTS = sql(new URL('./class-students.sql', import.meta.url))
const STUDENT_CLASSES = sql(new URL('./student-classes.sql', import.meta.url))
const STUDENT_NAME = sql(new URL('./student-name.sql', import.meta.url))
const NAMED_STUDENT = sql(new URL('./named-student.sql', import.meta.url))
const ADULT_NAMES = sql(new URL('./adult-names.sql', import.meta.url))
