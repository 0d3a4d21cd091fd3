import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import type { Responses } from './mastery.ts'

const query = sql(new URL('./mastery-responses.sql', import.meta.url))

export type StoredResponses = {
  responses: Responses
  /** Mondays of the local days of the responses, days since 1970. */
  week: Float64Array
  /** storedAt of the responses, ms since 1970. */
  stored_ms: Float64Array
  /** Pseudonyms, by the numbers in `responses`. */
  students: string[]
  skills: string[]
}

/**
 * First attempts with an outcome, by student, skill, time and id: what `traced` takes. A million rows take some hundred megabytes,
 * so that a large district is read some skills at a time.
 *
 * @param of.from first Monday that is read
 * @param of.students pseudonyms; none = every student
 * @param of.skills none = every skill
 * @throws WAREHOUSE_REFUSED if the query is refused
 */
export async function masteryResponses(
  warehouse: Warehouse,
  of: { from: Day; students?: readonly string[]; skills?: readonly string[] },
): Promise<StoredResponses> {
  const { from, students = [], skills: only = [] } = of
  const found = await readColumns(warehouse, query, { from, students, skills: only })
  const student = runsOf(found.texts('student_id'))
  const names = found.texts('skill')
  // In the order of the query, which is not the alphabet of every locale.
  const skills = [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const numberOf = new Map(skills.map((name, number) => [name, number]))
  return {
    responses: {
      student: student.number,
      skill: Int32Array.from(names, name => numberOf.get(name)!),
      correct: Uint8Array.from(found.floats('correct')),
      at_ms: found.floats('at_ms'),
    },
    week: found.floats('week'),
    stored_ms: found.floats('stored_ms'),
    students: student.names,
    skills,
  }
}

/** Numbers of texts that come in runs. */
function runsOf(texts: readonly string[]): { names: string[]; number: Int32Array } {
  const names: string[] = []
  const number = Int32Array.from(texts, text => {
    if (names.at(-1) !== text) names.push(text)
    return names.length - 1
  })
  return { names, number }
}
