/** A scale's questions as they were put. */
export type ScaleItems = {
  /** Ends of the answers: 1 and 4. */
  min: number
  max: number
  /** One an item: a high answer says little of what is measured. */
  reverse: readonly boolean[]
}

export type ScaleScores = {
  /** One a person, min..max, high = much of it; NaN: fewer than two thirds of the items were answered. */
  scores: Float64Array
  /** 1: the same answer to eight items or more, though some are turned round. Flagged, not dropped. */
  straightLined: Uint8Array
  /** The items as scored, turned round where they are reversed; NaN: no answer. */
  scored: Float64Array[]
}

const STRAIGHT_FROM = 8

/** Of so many items at least this many have to be answered: two thirds, rounded up (indicators D1). */
export const neededItems = (items: number): number => Math.ceil((2 * items) / 3)

/**
 * Scores of a scale: the mean of the items answered, turned round where reversed ((min + max) − x), if at least two thirds
 * of them are.
 *
 * @param answers one column an item, one row a person, as answered; NaN, or outside min..max: no answer
 * @throws RangeError if columns and `reverse` do not fit together
 * Source: indicators D1; careless answering after Meade & Craig 2012
 */
export function scaleScores(answers: readonly Float64Array[], { min, max, reverse }: ScaleItems): ScaleScores {
  const people = answers[0]?.length ?? 0
  if (answers.length !== reverse.length || answers.some(column => column.length !== people) || !(min < max))
    throw new RangeError('one column of the same length an item, one reverse an item, and min below max')
  const inside = answers.map(column => column.map(value => (value >= min && value <= max ? value : Number.NaN)))
  const scored = inside.map((column, i) => (reverse[i] ? column.map(value => min + max - value) : column))
  const needed = Math.max(1, neededItems(answers.length))
  const scores = new Float64Array(people).fill(Number.NaN)
  const straightLined = new Uint8Array(people)
  for (let row = 0; row < people; row++) {
    const known = [...scored.keys()].filter(i => !Number.isNaN(scored[i]![row]!))
    if (known.length >= needed) scores[row] = known.reduce((sum, i) => sum + scored[i]![row]!, 0) / known.length
    straightLined[row] = isStraight(inside, known, reverse, row) ? 1 : 0
  }
  return { scores, straightLined, scored }
}

function isStraight(
  answers: readonly Float64Array[],
  known: readonly number[],
  reverse: readonly boolean[],
  row: number,
): boolean {
  if (known.length < STRAIGHT_FROM) return false
  const turned = known.filter(i => reverse[i]).length
  // All items turned round, or none: the same answer everywhere is then a plain opinion.
  if (turned === 0 || turned === known.length) return false
  return known.every(i => answers[i]![row] === answers[known[0]!]![row])
}

/** Is a scored answer favourable? The upper half of the scale without its middle: the top two of four (indicators D4). */
export const isFavourable = (scored: number, { min, max }: Pick<ScaleItems, 'min' | 'max'>): boolean =>
  2 * scored > min + max
