import { benjaminiHochberg } from '../statistics/benjamini-hochberg.ts'
import { difference } from '../statistics/difference.ts'

/** A figure of a survey that has a value. */
export type Compared = {
  instrument: string
  window: string
  /** `scale=safety`, `item=S1`. */
  subject: string
  unit_type: string
  unit_id: string
  value: number
  se: number
  n: number
  /** Fewer than half answered. */
  limited: boolean
  /** Its items, with the ends of their answers. */
  made_of: string
  /** The ends alone. */
  ends: string
}

/** Two surveys in a window each: `kind` says what is the same. */
export type Pair = {
  kind: 'window' | 'informant'
  instrument: string
  window: string
  other_instrument: string
  other_window: string
}

export type Difference = Pair & {
  subject: string
  unit_type: string
  unit_id: string
  value: number
  se: number
  lo95: number
  hi95: number
  p: number
  /** Of schools: p raised for their number. */
  q: number | null
  n: number
  other_n: number
  limited: boolean
}

/** A window as it is known. */
export type Ended = { instrument: string; window: string; informant: string; begin: string; end: string }

/**
 * What a window is compared with, and what is compared with it: the same survey in the window before, and other informants
 * in the window of the same name.
 *
 * @param all windows that have ended, with this one
 */
export function pairsOf(one: Ended, all: readonly Ended[]): Pair[] {
  const pairs: Pair[] = []
  const same = all.filter(({ instrument }) => instrument === one.instrument).sort((a, b) => (a.end < b.end ? -1 : 1))
  const at = same.findIndex(({ window }) => window === one.window)
  const add = (kind: Pair['kind'], a: Ended, b: Ended) =>
    pairs.push({ kind, instrument: a.instrument, window: a.window, other_instrument: b.instrument, other_window: b.window }) // prettier-ignore
  if (at > 0) add('window', one, same[at - 1]!)
  if (at + 1 < same.length) add('window', same[at + 1]!, one)
  for (const other of all) {
    if (other.window !== one.window || other.informant === one.informant) continue
    const [first, second] = [one, other].sort((a, b) => ORDER.indexOf(a.informant) - ORDER.indexOf(b.informant))
    add('informant', first!, second!)
  }
  return pairs
}

/** Who is compared with whom: students less families, less staff; families less staff. */
const ORDER: readonly string[] = ['student', 'family', 'staff']

/**
 * Differences of all figures that both sides have: of two windows, of scales and items that are the same; of two informants,
 * of those of the same name whose answers have the same ends.
 */
export function differencesOf(pair: Pair, figures: readonly Compared[]): Difference[] {
  const of = (instrument: string, window: string) =>
    figures.filter(one => one.instrument === instrument && one.window === window)
  const others = new Map(of(pair.other_instrument, pair.other_window).map(one => [keyOf(one), one]))
  const found = of(pair.instrument, pair.window).flatMap((one): Difference[] => {
    const other = others.get(keyOf(one))
    if (other === undefined || (pair.kind === 'window' ? one.made_of !== other.made_of : one.ends !== other.ends))
      return []
    const apart = difference({ ...one, freedom: one.n - 1 }, { ...other, freedom: other.n - 1 })
    if (apart === null) return []
    const { value, se, lo95, hi95, p } = apart
    const { subject, unit_type, unit_id, n } = one
    const limited = one.limited || other.limited
    return [{ ...pair, subject, unit_type, unit_id, value, se, lo95, hi95, p, q: null, n, other_n: other.n, limited }]
  })
  for (const some of Map.groupBy(found, ({ subject }) => subject).values()) {
    const schools = some.filter(({ unit_type }) => unit_type === 'school')
    benjaminiHochberg(schools.map(({ p }) => p)).forEach((q, at) => (schools[at]!.q = q))
  }
  return found
}

const keyOf = ({ subject, unit_type, unit_id }: Compared): string => JSON.stringify([subject, unit_type, unit_id])
