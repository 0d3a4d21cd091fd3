import type { District } from '../district.ts'
import { STREAM, type Random } from '../random.ts'

/** So many of those that are begun are finished in the same session, if it is long enough for anything to be. */
const FINISHED_SHARE = 0.65

/** What a session begins: a number from 1 on, and whether it is what the session finishes, too. */
export type Begun = { number: number; isFinished: boolean }

/**
 * Drawn from a stream of its own, so that sessions are laid out as they were before anything had to be finished.
 * @param of how many there are to choose from
 */
export function begunIn(
  { seed }: District,
  trace: number,
  week: number,
  session: number,
  of: number,
  random: Random,
): Begun {
  random.restart(seed, STREAM.objects + 256 * trace, week, session)
  return { number: 1 + random.below(of), isFinished: random.chance(FINISHED_SHARE) }
}
