import type { Kind } from '../../schemas/record.ts'

/**
 * Kind by the name of an event, from one line a kind: names separated by blanks; `*` stands for any part of a name.
 * @returns undefined for a name that stands nowhere
 */
export function eventTable(lines: Partial<Record<Kind, string>>): (name: string) => Kind | undefined {
  const exact = new Map<string, Kind>()
  const patterns: { pattern: RegExp; kind: Kind }[] = []
  for (const [kind, line] of Object.entries(lines) as [Kind, string][]) {
    for (const name of line.trim().split(/\s+/)) {
      if (name.includes('*')) patterns.push({ pattern: patternOf(name), kind })
      else exact.set(name, kind)
    }
  }
  return name => exact.get(name) ?? patterns.find(({ pattern }) => pattern.test(name))?.kind
}

const patternOf = (name: string): RegExp =>
  new RegExp(
    `^${name
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
