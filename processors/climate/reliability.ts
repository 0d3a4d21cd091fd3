import { cronbachAlpha, itemRestCorrelations, type Alpha } from '../statistics/cronbach-alpha.ts'
import { itemMoments } from '../statistics/item-moments.ts'
import { omegaTotal, oneFactor } from '../statistics/one-factor.ts'

export type Reliability = {
  /** Items of the scale. */
  items: number
  /** People who answered all of them. */
  complete: number
  alpha: Alpha | null
  /** Omega total of one factor; null where none can be fitted. */
  omega: { correlation: number; covariance: number } | null
  /** Loadings on it, one an item. */
  loadings: number[] | null
  /** Correlation of each item with the sum of the others; null where it or they do not vary. */
  itemRest: (number | null)[]
  /** Places of items that contradict the others: probably scored the wrong way round. */
  contrary: number[]
  /** `ok`: scores may be shown; `items only`: only the single items; `insufficient`: nobody can tell. */
  status: 'ok' | 'items only' | 'insufficient'
  /** Why not ok, and what contradicts; '' = nothing. */
  reason: string
}

/** Design constants (indicators D). */
const LEAST_ITEMS = 3
const LEAST_PEOPLE = 100
const LEAST_ALPHA = 0.7

/**
 * Do the items of a scale measure one thing, well enough for a score?
 *
 * @param scored one column an item, turned round where reversed; NaN: no answer
 * @param names of the items, for the sentences
 * Source: indicators D; alpha with Feldt's interval, omega total of one factor
 */
export function reliability(scored: readonly Float64Array[], names: readonly string[]): Reliability {
  const moments = itemMoments(scored)
  const alpha = cronbachAlpha(moments)
  const factor = oneFactor(moments)
  const itemRest = itemRestCorrelations(moments).map(value => (Number.isFinite(value) ? value : null))
  const contrary = [...itemRest.keys()].filter(i => (itemRest[i] ?? 0) < 0)
  return {
    items: scored.length,
    complete: moments.n,
    alpha,
    omega: factor && omegaTotal(factor, moments),
    loadings: factor && [...factor.loadings],
    itemRest,
    contrary,
    ...verdict(
      scored.length,
      moments.n,
      alpha,
      contrary.map(i => names[i]!),
    ),
  }
}

/** Why no score is shown, without names of questions; '' = it may be. */
export function whyNoScore({ status, alpha, reason }: Reliability): string {
  if (status === 'ok') return ''
  if (alpha !== null && alpha.value < 0) return 'the questions contradict each other: no score'
  if (status === 'items only')
    return `too unreliable for a score (alpha ${alpha!.value.toFixed(2)}): read its questions one by one`
  return reason.split(';').slice(0, 2).join(';')
}

function verdict(
  items: number,
  complete: number,
  alpha: Alpha | null,
  contrary: readonly string[],
): Pick<Reliability, 'status' | 'reason'> {
  const turned =
    contrary.length === 0
      ? ''
      : `; ${contrary.join(', ')} ${contrary.length === 1 ? 'contradicts' : 'contradict'} the other questions: check which are reverse-coded`
  if (alpha !== null && alpha.value < 0) {
    const check = turned || '; check which questions are reverse-coded'
    return { status: 'insufficient', reason: `alpha is negative (${alpha.value.toFixed(2)})${check}` }
  }
  if (items < LEAST_ITEMS)
    return { status: 'insufficient', reason: `questions: ${items}; ${LEAST_ITEMS} are needed for a score${turned}` }
  if (complete < LEAST_PEOPLE) {
    return { status: 'insufficient', reason: `complete answers: ${complete}; ${LEAST_PEOPLE} are needed${turned}` }
  }
  if (alpha === null) return { status: 'insufficient', reason: 'all answers are alike' }
  if (alpha.value < LEAST_ALPHA) {
    const reason = `alpha is ${alpha.value.toFixed(2)}, below ${LEAST_ALPHA.toFixed(2)}: the single questions say more than their mean${turned}`
    return { status: 'items only', reason }
  }
  return { status: 'ok', reason: turned.slice(2) }
}
