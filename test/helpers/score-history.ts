import type { CohortScores } from '../../processors/growth/percentiles.ts'
import { uniforms } from './score-panel.ts'

/**
 * Two prior scores and one of many students: a status that lasts, gains that differ, noise that grows away from the middle.
 *
 * @param decimals of the scores; 0 gives many ties
 */
export function scoreHistory(students: number, seed: number, decimals: number): CohortScores {
  const uniform = uniforms(seed)
  const normal = (): number => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += uniform()
    return sum
  }
  const points = (value: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals
  const columns = [0, 1, 2].map(() => new Float64Array(students))
  for (let i = 0; i < students; i++) {
    const status = normal()
    const first = status + 0.4 + 0.15 * normal()
    const second = first + 0.35 + 0.15 * normal()
    columns[2]![i] = points(500 + 50 * status + 14 * normal())
    columns[1]![i] = points(500 + 50 * first + 14 * normal())
    columns[0]![i] = points(500 + 50 * second + (14 + 4 * Math.abs(status)) * normal())
  }
  return { score: columns[0]!, priors: [columns[1]!, columns[2]!] }
}

/** As the command line and R read it: p2, p1, y. */
export function historyCsv({ score, priors }: CohortScores): string {
  const lines = ['p2,p1,y']
  for (let i = 0; i < score.length; i++) lines.push(`${priors[1]![i]},${priors[0]![i]},${score[i]}`)
  return `${lines.join('\n')}\n`
}
