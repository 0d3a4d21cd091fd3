/** The tag of those given that suits best; undefined only if none is given. */
export type Choose = (tags: readonly string[]) => string | undefined

type Range = { range: string; quality: number }

/** Nobody reads more languages; a longer header would only cost time. */
const MAX_RANGES = 32

/**
 * Chooses one language by an Accept-Language header, as RFC 9110, 12.5.4 (RFC 2616, 14.4) says: a tag has the quality of the
 * longest range that is its prefix. If none suits, ranges are shortened from the right (RFC 4647, 3.4: en-US, then en); if
 * still none does, the first tag that is not refused by `q=0`, and at last the first: one language is always shown.
 * Of equals, the range named first wins, then the tag that stands first. What cannot be read of the header says nothing.
 */
export function languageChoice(header: string): Choose {
  const ranges = rangesIn(header)
  const accepted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality)
  return tags => {
    if (tags.length < 2) return tags[0]
    const matches = tags.map(tag => ({ tag, by: longestFor(tag.toLowerCase(), ranges) }))
    for (const range of accepted) {
      const found = matches.find(({ by }) => by === range)
      if (found !== undefined) return found.tag
    }
    const free = matches.filter(({ by }) => by?.quality !== 0).map(({ tag }) => tag)
    return lookedUp(accepted, free) ?? free[0] ?? tags[0]
  }
}

function lookedUp(accepted: readonly Range[], tags: readonly string[]): string | undefined {
  for (const { range } of accepted) {
    for (let part = range; part !== ''; part = part.slice(0, Math.max(part.lastIndexOf('-'), 0))) {
      const found = tags.find(tag => isWithin(tag.toLowerCase(), part))
      if (found !== undefined) return found
    }
  }
  return undefined
}

function longestFor(tag: string, ranges: readonly Range[]): Range | undefined {
  let longest: Range | undefined
  for (const range of ranges) {
    const isLonger = longest === undefined || weight(range) > weight(longest)
    if (isLonger && (range.range === '*' || isWithin(tag, range.range))) longest = range
  }
  return longest
}

const weight = ({ range }: Range): number => (range === '*' ? 0 : range.length)
const isWithin = (tag: string, range: string): boolean => tag === range || tag.startsWith(`${range}-`)

function rangesIn(header: string): Range[] {
  const parts = header.split(',', MAX_RANGES)
  return parts.flatMap(part => {
    const found = /^\s*(\*|[a-z]{1,8}(?:-[a-z\d]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i.exec(part)
    if (found === null) return []
    return [{ range: found[1]!.toLowerCase(), quality: Math.min(Number(found[2] ?? 1), 1) }]
  })
}
