import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Day, Pseudonym } from '../../../schemas/record.ts'
import type { Visit } from '../parts/visit.ts'

/** What the events of twelve weeks say of a student's work. */
export type Traces = {
  /** Days and parts of the day with learning activity, of the eight weeks up to the newest; each once. */
  moments: readonly { day: Day; part: number }[]
  /** What was started or taken by the student's own choice. */
  chosen: readonly Chosen[]
  /** The newest record in which the student acts. */
  latest: { atMs: number; kind: string; subject: string } | null
}
export type Chosen = { subject: string; object: string; day: Day }

/** Parts of the day, in the district's zone. */
export const PARTS = ['before 8', '8 to 12', '12 to 16', '16 to 20', 'after 20'] as const

/** @param week Monday of the newest week */
export async function tracesOf(
  { warehouse, timeZone }: Pick<Visit, 'warehouse' | 'timeZone'>,
  identifiers: readonly Pseudonym[],
  week: Day,
): Promise<Traces> {
  const [[found], taken] = await Promise.all([
    warehouse.query(TRACES, { identifiers, week, time_zone: timeZone }).then(all => rows(Found, all)),
    warehouse.query(CHOICES, { identifiers, week }).then(all => rows(Taken, all)),
  ])
  const { moments, chosen, latest_ms: atMs, latest_kind: kind, latest_subject: subject } = found!
  return {
    moments: moments.map(([day, part]) => ({ day, part })),
    chosen: [...chosen.map(([about, object, day]) => ({ subject: about, object, day })), ...taken],
    latest: atMs === 0 ? null : { atMs, kind, subject },
  }
}

const Found = z.object({
  moments: z.array(z.tuple([z.string(), z.int()])),
  chosen: z.array(z.tuple([z.string(), z.string(), z.string()])),
  latest_ms: z.number(),
  latest_kind: z.string(),
  latest_subject: z.string(),
})
const Taken = z.object({ subject: z.string(), object: z.string(), day: z.string() })

const TRACES = sql(new URL('./student-traces.sql', import.meta.url))
const CHOICES = sql(new URL('./student-choices.sql', import.meta.url))
