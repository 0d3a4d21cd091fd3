import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Pseudonym, type Day } from '../../schemas/record.ts'
import type { Responses } from './mastery.ts'

const query = sql(new URL('./mastery-responses.sql', import.meta.url))

export const MasteryResponse = z.strictObject({
  student_id: Pseudonym,
  skill: z.string(),
  /** ms since 1970. */
  at_ms: z.number(),
  record_id: z.guid(),
  correct: z.literal([0, 1]),
})
export type MasteryResponse = z.infer<typeof MasteryResponse>

/**
 * First attempts with an outcome, one row per skill, ordered by student, skill, time and id.
 *
 * @param of.from first Monday that is read
 * @param of.students pseudonyms; none = every student, which is for small districts: a row is an object
 */
export async function masteryResponses(
  warehouse: Warehouse,
  of: { from: Day; students?: readonly string[] },
): Promise<MasteryResponse[]> {
  const found = await warehouse.query<object>(
    `select * replace (lower(hex(student_id)) as student_id, toFloat64(at_ms) as at_ms) from (${query})`,
    { from: of.from, students: of.students ?? [] },
  )
  return rows(MasteryResponse, found)
}

/** The same as columns, with numbers for students and skills: what `traced` takes. */
export function responsesOf(found: readonly Omit<MasteryResponse, 'record_id'>[]): {
  responses: Responses
  students: string[]
  skills: string[]
} {
  const students = new Map<string, number>()
  // In the order of their names, so that rows ordered by name are ordered by number.
  const skills = new Map([...new Set(found.map(({ skill }) => skill))].sort().map((skill, at) => [skill, at]))
  for (const { student_id } of found) if (!students.has(student_id)) students.set(student_id, students.size)
  return {
    responses: {
      student: Int32Array.from(found, row => students.get(row.student_id)!),
      skill: Int32Array.from(found, row => skills.get(row.skill)!),
      correct: Uint8Array.from(found, row => row.correct),
      at_ms: Float64Array.from(found, row => row.at_ms),
    },
    students: [...students.keys()],
    skills: [...skills.keys()],
  }
}
