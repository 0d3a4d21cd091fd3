export type Family = { name: string; type: string; help: string; samples: Sample[] }
export type Sample = { name: string; labels: Record<string, string>; value: number }

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/y

/**
 * What `/metrics` says, in Prometheus' text format.
 * @throws Error for a line that the format does not have
 */
export function exposition(text: string): Family[] {
  const families = new Map<string, Family>()
  const familyOf = (name: string): Family => {
    const known = families.get(name) ?? { name, type: '', help: '', samples: [] }
    families.set(name, known)
    return known
  }
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') familyOf(name!).help = rest!
    else if (kind === 'TYPE') familyOf(name!).type = rest!
    else {
      const sample = sampleOf(line)
      const base = sample.name.replace(/_(bucket|sum|count)$/, '')
      const isPart = ['histogram', 'summary'].includes(families.get(base)?.type ?? '')
      familyOf(isPart ? base : sample.name).samples.push(sample)
    }
  }
  return [...families.values()]
}

function sampleOf(line: string): Sample {
  const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (!found) throw new Error(`no line of the format: ${line}`)
  const [, name, inside = '', value] = found
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < inside.length) {
    const label = LABEL.exec(inside)
    if (!label) throw new Error(`no labels of the format: ${line}`)
    labels[label[1]!] = label[2]!
  }
  return { name: name!, labels, value: Number(value) }
}

/** Not base units, or abbreviations of them (Prometheus, "Metric and label naming"). */
const OTHER_UNITS =
  /_(ms|milliseconds?|microseconds?|nanoseconds?|minutes?|hours?|days?|kilobytes?|kb|mb|megabytes?|bits?|percent|secs?|millis)(_|$)/

/** What is wrong with a name by the rules that `promtool check metrics` has, and where the family says nothing of itself. */
export function faultsOf({ name, type, help, samples }: Family): string[] {
  const faults: string[] = []
  const rule = (isKept: boolean, what: string): void => void (isKept || faults.push(`${name}: ${what}`))
  rule(/^[a-z][a-z0-9_]*$/.test(name) && !name.includes('__'), 'snake_case, begun by a letter')
  rule(help.length > 8, 'HELP says what it is')
  rule(['counter', 'gauge', 'histogram'].includes(type), `TYPE is counter, gauge or histogram, not ${type}`)
  rule((type === 'counter') === name.endsWith('_total'), 'a counter, and only a counter, ends with _total')
  rule(!/_(counter|gauge|histogram|summary|bucket|sum|count)(_|$)/.test(name), 'its type is no part of its name')
  rule(!OTHER_UNITS.test(name), 'base units: seconds, bytes, ratio')
  rule(type !== 'histogram' || /_(seconds|bytes)$/.test(name), 'a histogram names its unit')
  for (const { labels, value } of samples) {
    rule(
      Object.keys(labels).every(label => /^[a-z][a-z0-9_]*$/.test(label)),
      'labels are snake_case',
    )
    rule(!Object.keys(labels).some(label => name.includes(`_by_${label}`)), 'no label stands in the name')
    rule(type !== 'counter' || value >= 0, 'a counter is not negative')
  }
  return [...new Set(faults)]
}
