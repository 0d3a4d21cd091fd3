import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import type { TrajectoryLine } from '../../charts/trajectory.ts'

/** One student in one test and subject. */
export type StudentGrowth = {
  student: string
  test: string
  subject: string
  /** In the order of time. */
  scores: readonly ScoreRow[]
  /** Conditional growth, from window to window. */
  conditional: readonly ScoreRow[]
  line: TrajectoryLine | null
  /** Why there is no line; '' if there is one. */
  lineless: string
}
export type ScoreRow = z.infer<typeof ScoreRow>

/** Growth of some students, all tests and subjects. Whether the reader may see them, the caller has asked. */
export async function studentsGrowth(warehouse: Warehouse, students: readonly string[]): Promise<StudentGrowth[]> {
  const [scores, lines] = await Promise.all([
    warehouse.query(GROWTH, { students }).then(found => rows(ScoreRow, found)),
    warehouse.query(LINES, { students }).then(found => rows(LineRow, found)),
  ])
  const lineOf = new Map(lines.map(line => [keyOf(line), line]))
  return [...Map.groupBy(scores, keyOf)].map(([key, of]) => {
    const { student, test, subject } = of[0]!
    const line = lineOf.get(key)
    return {
      student,
      test,
      subject,
      scores: of.filter(({ indicator }) => indicator === 'growth_percentile'),
      conditional: of.filter(({ indicator }) => indicator === 'conditional_growth'),
      line: drawable(line),
      lineless: line?.reason ?? 'no line has been computed yet',
    }
  })
}

/** The newest growth percentile, or the newest score without one. */
export function newest({ scores }: StudentGrowth): ScoreRow | undefined {
  return scores.findLast(({ status }) => status === 'ok') ?? scores.at(-1)
}

function drawable(row: z.infer<typeof LineRow> | undefined): TrajectoryLine | null {
  if (!row || row.level === null || row.slope === null) return null
  const { middle, level, slope, level_se, slope_se, level_slope } = row
  return { middle, level, slope, levelSe: level_se ?? 0, slopeSe: slope_se ?? 0, levelSlope: level_slope ?? 0 }
}

const keyOf = ({ student, test, subject }: { student: string; test: string; subject: string }): string =>
  JSON.stringify([student, test, subject])

const ScoreRow = z.object({
  student: z.string(),
  indicator: z.enum(['growth_percentile', 'conditional_growth']),
  test: z.string(),
  subject: z.string(),
  window: z.string(),
  day: z.string(),
  score: z.number(),
  prior: z.number().nullable(),
  band: z.int(),
  value: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  status: z.string(),
  reason: z.string(),
})
const LineRow = z.object({
  student: z.string(),
  test: z.string(),
  subject: z.string(),
  middle: z.string(),
  level: z.number().nullable(),
  slope: z.number().nullable(),
  level_se: z.number().nullable(),
  slope_se: z.number().nullable(),
  level_slope: z.number().nullable(),
  status: z.string(),
  reason: z.string(),
})

const GROWTH = sql(new URL('./growth-of-students.sql', import.meta.url))
const LINES = sql(new URL('./lines-of-students.sql', import.meta.url))
