import { hash } from 'node:crypto'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import type { StoredResponses } from './mastery-responses.ts'
import { skillParameters, type SkillParameters } from './mastery.ts'

const DAY_MS = 86_400_000

/** The parameters of one skill as they are stored. `inputs`: hash of the responses that they were fitted to, decimal. */
export type Release = { parameters: SkillParameters; inputs: string; upTo: Day }

/** Releases by skill. */
export async function storedReleases(warehouse: Warehouse): Promise<Map<string, Release>> {
  const found = await warehouse.query<SkillParameters & { skill: string; inputs: string; up_to: Day }>(
    `select skill, toString(up_to) as up_to, toString(inputs) as inputs, initial, learn, guess, slip, origin, students, responses, reason
     from skill_parameters final`,
  )
  return new Map(
    found.map(({ skill, inputs, up_to: upTo, ...parameters }) => [skill, { parameters, inputs, upTo }] as const),
  )
}

export async function storeReleases(
  warehouse: Warehouse,
  releases: ReadonlyMap<string, Release>,
  { computed, deleted }: { computed: string; deleted: boolean },
): Promise<void> {
  const rows = [...releases].map(([skill, { parameters, inputs, upTo }]) => ({
    skill,
    up_to: upTo,
    inputs,
    ...parameters,
    computed,
    deleted: Number(deleted),
  }))
  if (rows.length > 0) await warehouse.insert('skill_parameters', rows)
}

/**
 * The release of every skill: fitted to the responses of the weeks before `upTo`; those of the running week are read with it. It
 * follows from the responses that there are, not from when they came.
 *
 * @param kept a skill whose early responses are the same is not fitted again
 * @returns in the order of `stored.skills`
 */
export function releasesOf(
  { responses, week, skills }: StoredResponses,
  upTo: Day,
  kept: ReadonlyMap<string, Release>,
): Release[] {
  const end = Date.parse(upTo) / DAY_MS
  const rows = skills.map((): number[] => [])
  week.forEach((monday, row) => {
    if (monday < end) rows[responses.skill[row]!]!.push(row)
  })
  return skills.map((skill, number) => {
    const own = rows[number]!
    const early = {
      student: Int32Array.from(own, row => responses.student[row]!),
      skill: new Int32Array(own.length),
      correct: Uint8Array.from(own, row => responses.correct[row]!),
      at_ms: Float64Array.from(own, row => responses.at_ms[row]!),
    }
    const inputs = hashOf(early)
    const before = kept.get(skill)
    if (before?.inputs === inputs) return { ...before, upTo }
    return { parameters: skillParameters(early, 1)[0]!, inputs, upTo }
  })
}

/** A fit knows of a student only where their responses end. Numbers of students depend on others: hence the steps between them. */
function hashOf({ student, correct }: { student: Int32Array; correct: Uint8Array }): string {
  const steps = Uint8Array.from(student, (number, row) => Number(row === 0 || number !== student[row - 1]))
  return String(BigInt(`0x${hash('sha256', Buffer.concat([steps, correct]), 'hex').slice(0, 16)}`))
}
