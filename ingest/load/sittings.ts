import { scoreKey, type Score, type ScoreEntry } from '../../schemas/score.ts'
import { canonical, contentHash } from '../canonical.ts'
import type { Loader } from './loader.ts'

/** So many scores are remembered to see that two rows contradict each other; what comes later, the warehouse settles. */
const REMEMBERED = 1_000_000

/** The scores that the rows of one table have said so far. */
export class Sittings {
  /** False: a row could not be used, so that nobody knows whether what is missing is gone. */
  isWhole = true
  readonly #loader: Loader
  readonly #since: string
  readonly #known = new Map<string, string>()
  readonly #lists = new Set<string>()

  constructor(loader: Loader) {
    this.#loader = loader
    this.#since = loader.batch.storedAt
  }

  /** Whether an earlier row has said this of the same sitting, or something else. */
  known({ id, storedAt: _storedAt, ...said }: Score): 'new' | 'same' | 'otherwise' {
    const content = contentHash(canonical(said))
    const before = this.#known.get(id)
    if (before !== undefined) return before === content ? 'same' : 'otherwise'
    if (this.#known.size < REMEMBERED) this.#known.set(id, content)
    return 'new'
  }

  /** A list that is here whole: what it had before and has not any more is taken back. */
  holdsAllOf(list: string): void {
    this.#lists.add(list)
  }

  /** Last of all: a load that is cut off takes nothing back. */
  end(): void {
    if (!this.isWhole) return
    const { source, storedAt } = this.#loader.batch
    for (const id of this.#lists)
      addScoreEntry(this.#loader, { type: 'list', id, source, storedAt, since: this.#since })
  }
}

export function addScoreEntry(loader: Loader, entry: ScoreEntry): void {
  loader.intake.addOther(loader.batch, 'scores', { key: scoreKey(entry), value: JSON.stringify(entry) })
}
