import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { indicator } from '../../../schemas/catalogue.ts'
import { Status } from '../../../schemas/indicator.ts'
import { insteadOf, isBracket } from '../../wording.ts'
import type { Visit } from '../parts/visit.ts'

/** Who answers; never pooled. */
export const VOICES = ['student', 'family', 'staff'] as const
export type Voice = (typeof VOICES)[number]
export const VOICE_NAMES: Readonly<Record<Voice, string>> = { student: 'Students', family: 'Families', staff: 'Staff' }

export const SCORE = indicator('climate_score')
export const ITEM = indicator('item_score')
export const FAVOURABLE = indicator('item_favourable')
export const RESPONSE = indicator('survey_response')

/** One published figure of a survey. */
export type ClimateRow = z.infer<typeof ClimateRow>
export type Asked = { type: 'school' | 'district'; id: string }

/** @param only one window, and one subject beside the response; default: everything */
export async function publishedRows(
  { warehouse }: Pick<Visit, 'warehouse'>,
  snapshot: string,
  { type, id }: Asked,
  only: { window?: string; subject?: string } = {},
): Promise<ClimateRow[]> {
  const params = { snapshot, unit_type: type, unit_id: id, window: only.window ?? '', subject: only.subject ?? '*' }
  return rows(ClimateRow, await warehouse.query(PUBLISHED, params))
}

/** Did fewer than half answer, as the row of the response says? Then schools are not compared. */
export function isLimited(response: ClimateRow | undefined): boolean {
  if (response === undefined) return false
  if (response.status === 'ok') return (response.value ?? 1) < 0.5
  return response.reason.startsWith('at most')
}

/** What stands where a number would, of answers: never 0 for unknown, never how many of fewer than ten. */
export function insteadOfAnswers(row: ClimateRow | undefined): string {
  if (row === undefined) return 'not asked'
  if (row.status === 'suppressed') return isBracket(row) ? row.reason : 'not shown'
  if (row.reason.startsWith(CONTRADICT)) return 'questions contradict each other'
  if (row.reason.startsWith('families')) return 'by question only'
  if (row.reason.startsWith('fewer than 10')) return 'fewer than 10'
  if (row.indicator === SCORE.id) return 'single questions only'
  return insteadOf(row)
}

/** How the reason begins where the key of a scale is wrong (processors/climate). */
const CONTRADICT = 'the questions contradict each other'

const Nullable = z.number().nullable()
const ClimateRow = z.object({
  indicator: z.string(),
  unit_id: z.string(),
  grade: z.string(),
  informant: z.enum(VOICES),
  instrument: z.string(),
  subject: z.string(),
  window: z.string(),
  week: z.string(),
  value: Nullable,
  se: Nullable,
  lo95: Nullable,
  hi95: Nullable,
  n: z.int().nullable(),
  enrolled: z.int().nullable(),
  status: Status,
  reason: z.string(),
})

const PUBLISHED = sql(new URL('./climate-published.sql', import.meta.url))
