import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import type { GrowthPercentiles } from '../../processors/growth/percentiles.ts'
import { historyCsv, scoreHistory } from '../helpers/score-history.ts'
import { measured, round, type Row } from './measure.ts'

const R_SCRIPT = fileURLToPath(new URL('./growth-percentiles.R', import.meta.url))
const SEED = 20261122
const STUDENTS = 50_000
const COHORTS = 8
/** Where whole points tie, R's interior point may end on another optimum of the same loss. */
const CELLS = [
  { scale: 'ten decimals', decimals: 10, equal: 0.9999 },
  { scale: 'whole points', decimals: 0, equal: 0.999 },
] as const

/**
 * Student growth percentiles of 50,000 students by two prior scores, 100 quantiles. The ratio is that of the CPU seconds that
 * quantreg's interior point takes for the same fits, in the same run, to ours; ours are from columns to percentiles.
 *
 * @throws Error if R's percentiles are others than ours: a fast wrong answer is no measurement
 */
export async function benchGrowthPercentiles(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-growth-'))
  try {
    const rows: Row[] = []
    for (const { scale, decimals, equal } of CELLS) {
      const cohort = scoreHistory(STUDENTS, SEED, decimals)
      let found: GrowthPercentiles | undefined
      const row = await measured(`growth percentiles, ${scale}: ${STUDENTS} students`, STUDENTS, async () => {
        found = (await percentilesOfCohorts([cohort]))[0]
      })
      const file = join(folder, `${decimals}.csv`)
      await writeFile(file, historyCsv(cohort))
      const theirs = await quantreg(file)
      if (theirs === null) rows.push({ ...row, ratio_to: 'quantreg: not installed' })
      else {
        const share = shareEqual(found!.percentile, theirs.percentile)
        if (share < equal) throw new Error(`R has the same percentile for ${share} of the students, expected ${equal}`)
        const ratio = round(theirs.cpu_seconds / row.cpu_seconds)
        rows.push({ ...row, ratio, ratio_to: 'quantreg fnb', equal_share: share })
      }
    }
    return [...rows, await manyCohorts()]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Cohorts of a district, in as many threads as there are cores. */
async function manyCohorts(): Promise<Row> {
  const cohorts = Array.from({ length: COHORTS }, (_, i) => scoreHistory(STUDENTS / COHORTS, SEED + i, 0))
  const what = `growth percentiles, whole points: ${COHORTS} cohorts of ${STUDENTS / COHORTS}`
  return measured(what, STUDENTS, () => percentilesOfCohorts(cohorts))
}

/** null where there is no R with quantreg. */
async function quantreg(file: string): Promise<{ cpu_seconds: number; percentile: Uint8Array } | null> {
  try {
    const out = `${file}.sgp`
    const { stdout } = await promisify(execFile)('Rscript', [R_SCRIPT, file, out])
    const { cpu_seconds } = JSON.parse(stdout) as { cpu_seconds: number }
    return { cpu_seconds, percentile: Uint8Array.from((await readFile(out, 'utf8')).trimEnd().split('\n'), Number) }
  } catch (error) {
    if (!isMissing(error)) throw error
    return null
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === 'ENOENT') || /there is no package called/.test(String(error)))

function shareEqual(ours: Uint8Array, theirs: Uint8Array): number {
  const same = ours.reduce((sum, value, i) => sum + Number(value === theirs[i]), 0)
  return ours.length === theirs.length ? same / ours.length : 0
}
