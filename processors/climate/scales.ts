/** An item as one version of a survey asks it. */
export type AskedItem = { version: string; item_id: string; domain: string; min: number; max: number }

/** What several items measure together. */
export type Scale = {
  /** A domain, `safety`, or a topic of one, `safety/bullying`. */
  name: string
  /** Ids, sorted. */
  items: string[]
  min: number
  max: number
  /** Why its items cannot be one score, whatever was answered; '' = they can. */
  whyNot: string
}

/** The five competencies of CASEL are read one by one (indicators D2). */
const NOT_ADDED_UP = 'sel/'

/**
 * The scales of a survey: one for each topic, and one for each domain over all its topics.
 *
 * @param items of all versions that were answered; items without a domain are in no scale
 */
export function scalesOf(items: readonly AskedItem[]): Scale[] {
  const placed = items.flatMap(item => namesOf(item.domain).map(name => ({ ...item, name })))
  return [...Map.groupBy(placed, ({ name }) => name)]
    .map(([name, some]) => {
      const ids = [...new Set(some.map(({ item_id }) => item_id))].sort()
      return { name, items: ids, min: some[0]!.min, max: some[0]!.max, whyNot: whyNotOne(some, items) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Items that every version asks on a scale with the same ends: others cannot be averaged. */
export function itemsOf(items: readonly AskedItem[]): AskedItem[] {
  return [...Map.groupBy(items, ({ item_id }) => item_id).values()]
    .filter(some => some.every(({ min, max }) => min === some[0]!.min && max === some[0]!.max))
    .map(some => some[0]!)
    .sort((a, b) => (a.item_id < b.item_id ? -1 : 1))
}

function namesOf(domain: string): string[] {
  if (domain === '') return []
  const [whole] = domain.split('/')
  return domain === whole || domain.startsWith(NOT_ADDED_UP) ? [domain] : [whole!, domain]
}

function whyNotOne(some: readonly AskedItem[], all: readonly AskedItem[]): string {
  if (some.some(({ min, max }) => min !== some[0]!.min || max !== some[0]!.max))
    return 'its questions have scales with different ends'
  const versions = Map.groupBy(some, ({ version }) => version)
  const asked = new Set(all.map(({ version }) => version))
  const sets = new Set([...asked].map(version => idsOf(versions.get(version) ?? [])))
  return sets.size > 1 ? 'versions of the survey ask it by different questions' : ''
}

const idsOf = (items: readonly AskedItem[]): string =>
  items
    .map(({ item_id }) => item_id)
    .sort()
    .join(' ')
