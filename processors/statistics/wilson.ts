const Z_975 = 1.959_963_984_540_054

/** A share with its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22); null of nobody. */
export function wilson(count: number, of: number): { value: number; lo95: number; hi95: number } | null {
  if (of === 0) return null
  const share = count / of
  const squares = Z_975 ** 2
  const middle = (share + squares / (2 * of)) / (1 + squares / of)
  const half = (Z_975 / (1 + squares / of)) * Math.sqrt((share * (1 - share)) / of + squares / (4 * of * of))
  return { value: share, lo95: count === 0 ? 0 : middle - half, hi95: count === of ? 1 : middle + half }
}
