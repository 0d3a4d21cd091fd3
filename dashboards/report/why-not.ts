import { isBracket, type Figure } from '../wording.ts'

/** Why there is no number, of a figure or of several: what a dictionary has words for. Reasons are stored in English only. */
export type WhyNot =
  'none' | 'few' | 'hidden' | 'no-school' | 'no-activity' | 'not-logged' | 'no-scores' | 'stale' | 'insufficient'

/** A share so near to none or all that only a bound of it is published, 0..1. */
export type Bracket = { side: 'at most' | 'at least'; share: number }

export function whyNot(figure: Figure | undefined): WhyNot {
  if (figure === undefined) return 'none'
  if (figure.status === 'suppressed') return /^fewer than \d+/.test(figure.reason) ? 'few' : 'hidden'
  if (figure.status === 'not_applicable') return 'no-school'
  if (figure.status === 'stale') return 'stale'
  return REASONS.find(([pattern]) => pattern.test(figure.reason))?.[1] ?? 'insufficient'
}

export function bracketOf(figure: Figure | undefined): Bracket | null {
  if (figure === undefined || !isBracket(figure)) return null
  const side = figure.reason.startsWith('at most') ? 'at most' : 'at least'
  return { side, share: Number(/\d+/.exec(figure.reason)![0]) / 100 }
}

const REASONS: readonly (readonly [RegExp, WhyNot])[] = [
  [/no learning activity was recorded|no contact was recorded/, 'no-activity'],
  [/advisers logged a meeting|have any logged contact|names no advisers/, 'not-logged'],
  [/no score|no prior score|prior scores/, 'no-scores'],
  [/^fewer than \d+ (students|answer)/, 'few'],
]
