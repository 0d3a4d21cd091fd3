/** A table of results as text: an empty field has no value. `rows[0]` is row 2 of its file, below the header. */
export type OutputTable = { columns: readonly string[]; rows: readonly (readonly string[])[] }

/** What a finding is about, and why: one of the rules of the README. */
export type Rule =
  | 'small cell'
  | 'implied cell'
  | 'dominance'
  | 'differencing'
  | 'single people'
  | 'rare string'
  | 'direct identifier'
  | 'free text'
  | 'no counts'

/** Something that should not leave, or that nobody could check. */
export type Finding = {
  /** As a spreadsheet counts, the header is 1; null: the whole table. */
  row: number | null
  column: string | null
  rule: Rule
  why: string
  /** What to do about it. */
  next: string
}

/** Row of the file. */
export const fileRow = (row: number): number => row + 2

/** A number as tables have it: 1234, 1,234.5, 12 %, .5; null: none. A percentage is given as a share. */
export function numberOf(text: string): number | null {
  const bare = text.trim().replace(/\s*%$/, '')
  if (!/^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(bare) || !/\d/.test(bare)) return null
  const value = Number(bare.replaceAll(',', ''))
  return text.trim().endsWith('%') ? value / 100 : value
}

/** A field that stands for a value that is not told. */
export const isHidden = (text: string): boolean =>
  /^(?:|\*+|x|-|–|—|\.{1,3}|…|na|n\/a|nan|null|none|suppressed|hidden|<\s*10|fewer than 10)$/i.test(text.trim())

/** Decimals of a number as it is written, those of a percentage as of a share: .25 and 25 % have 2. */
export function decimalsOf(text: string): number {
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0
  return decimals + (text.trim().endsWith('%') ? 2 : 0)
}
