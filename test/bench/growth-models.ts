import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { trace } from '../../processors/statistics/knowledge-tracing.ts'
import { fitTracing } from '../../processors/statistics/knowledge-tracing-em.ts'
import { sumsOf } from '../../processors/statistics/additive-sums.ts'
import { schoolEffects, studentEffects } from '../../processors/statistics/mixed-model-effects.ts'
import { fitGrowth, type GrowthModel } from '../../processors/statistics/mixed-model.ts'
import { panelCsv, scorePanel, uniforms, type ScorePanel } from '../helpers/score-panel.ts'
import { measured, round, type Row } from './measure.ts'

/** What R says of the same table, in the same run; null where there is no R with lme4. */
type Peer = { cpu_seconds: number; deviance: number; slope: number }

const R_SCRIPT = fileURLToPath(new URL('./growth-models.R', import.meta.url))
const SEED = 20261122
const SCHOOLS = 150
/** Students, levels, and whether lme4 takes minutes at most. */
const CELLS = [
  [5_000, 2, true],
  [5_000, 3, true],
  [100_000, 2, true],
  [100_000, 3, false],
] as const
const RESPONSES = 5_000_000
const RESPONSES_EACH = 12

/**
 * Growth models and knowledge tracing. The ratio is that of lme4's CPU seconds to ours, on the same rows in the same run: ours are
 * from columns to the effects of every student, lme4's only those of `lmer` (without checking derivatives).
 *
 * @throws Error if lme4's deviance or slope is another than ours: a fast wrong answer is no measurement
 */
export async function benchGrowthModels(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-growth-'))
  try {
    const rows: Row[] = []
    await ours('warm-up', scorePanel(5000, SCHOOLS, SEED), 5000, 3)
    for (const [students, levels, comparable] of CELLS) {
      const panel = scorePanel(students, SCHOOLS, SEED)
      const file = join(folder, `${students}.csv`)
      if (comparable) await writeFile(file, panelCsv(panel))
      const what = `growth, ${levels} levels: ${students} students, ${panel.score.length} scores`
      const { row, model } = await ours(what, panel, students, levels)
      const theirs = comparable ? await lme4(file, levels) : null
      if (theirs !== null) agree(model, theirs)
      const ratio_to = !comparable ? 'lme4: not run at this size' : theirs === null ? 'lme4: not installed' : 'lme4'
      rows.push({ ...row, ...(theirs && { ratio: round(theirs.cpu_seconds / row.cpu_seconds) }), ratio_to })
    }
    return [...rows, ...(await tracing())]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function ours(what: string, panel: ScorePanel, students: number, levels: 2 | 3) {
  const school = new Int32Array(students)
  panel.student.forEach((student, row) => (school[student] = panel.school[row]!))
  let model: GrowthModel | undefined
  const cpu = process.cpuUsage()
  const row = await measured(what, panel.score.length, async () => {
    const sums = sumsOf({ unit: panel.student, time: panel.time, score: panel.score }, students)
    const fit = fitGrowth(sums, levels === 3 ? school : null)
    if ('unfit' in fit) throw new Error(`${what}: ${fit.unfit}`)
    const lines = levels === 3 ? { of: school, lines: schoolEffects(fit, sums, school).lines } : null
    studentEffects(fit, sums, lines)
    model = fit
  })
  // Finer than the ticks of /proc: a fit of 5,000 students takes two of them.
  const { user, system } = process.cpuUsage(cpu)
  const cpu_seconds = round((user + system) / 1e6)
  return { row: { ...row, cpu_seconds, evaluations: model!.evaluations }, model: model! }
}

async function lme4(file: string, levels: 2 | 3): Promise<Peer | null> {
  try {
    const { stdout } = await promisify(execFile)('Rscript', [R_SCRIPT, file, String(levels)])
    return JSON.parse(stdout) as Peer
  } catch (error) {
    if (!isMissing(error)) throw error
    return null
  }
}

/** No R, or R without lme4. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === 'ENOENT') || /there is no package called/.test(String(error)))

function agree({ deviance, fixed }: GrowthModel, theirs: Peer): void {
  // lme4 with its ordinary tolerance stops a little above the least deviance.
  if (deviance > theirs.deviance + 1e-3 || Math.abs(fixed[1] / theirs.slope - 1) > 1e-5)
    throw new Error(`lme4 says deviance ${theirs.deviance}, slope ${theirs.slope}; ours are ${deviance}, ${fixed[1]}`)
}

async function tracing(): Promise<Row[]> {
  const uniform = uniforms(SEED)
  const correct = Uint8Array.from({ length: RESPONSES }, () => Number(uniform() < 0.6))
  const begin = Uint32Array.from({ length: RESPONSES / RESPONSES_EACH + 1 }, (_, list) => list * RESPONSES_EACH)
  begin[begin.length - 1] = RESPONSES
  const parameters = { initial: 0.3, learn: 0.1, guess: 0.2, slip: 0.1 }
  const replay = await measured(`mastery: replay of ${RESPONSES} responses`, RESPONSES, async () => {
    trace({ correct, begin }, () => parameters)
  })
  const few = 120_000
  const lists = { correct: correct.subarray(0, few), begin: begin.subarray(0, few / RESPONSES_EACH + 1) }
  let iterations = 0
  const fit = await measured(`mastery: parameters of one skill, ${few} responses`, few, async () => {
    iterations = fitTracing(lists).iterations
  })
  return [replay, { ...fit, iterations }]
}
