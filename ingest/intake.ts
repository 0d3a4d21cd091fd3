import type { Config } from '../infra/config.ts'
import type { Entry, EventLog } from '../infra/log/event-log.ts'
import type { Secrets } from '../infra/secrets.ts'
import { uuid5 } from '../infra/uuid5.ts'
import type { LearningRecord } from '../schemas/record.ts'
import { rosterKey, type RosterEntry } from '../schemas/roster.ts'
import { contentHash } from './canonical.ts'
import { deadLetterMaker, type Refused } from './dead-letters.ts'
import { Identities } from './identities.ts'
import type { Mapped } from './map/from-xapi.ts'
import { windowOf, type Window } from './map/times.ts'
import { hmacOf, pseudonymiser, type Hmac, type Pseudonymise } from './pseudonymise.ts'

/** No request takes longer from its stamp to the log. */
const LONGEST_REQUEST_MS = 10 * 60_000

export type IntakeDeps = {
  log: EventLog
  config: Pick<Config, 'district' | 'accounts' | 'timeZone'>
  secrets: Secrets
  /** Milliseconds since 1970; fixed in tests. */
  clock?: () => number
}

/** What one request or one stretch of a file puts into the log: collected first, written at once. */
export type Batch = {
  source: string
  storedMs: number
  storedAt: string
  /** Times that count as events. */
  window: Window
  records: Entry[]
  rosters: Entry[]
  dead: Entry[]
  /** Of `Identities.mark()`, taken before the first token. */
  mark: number
}

/** What every door needs to make records of originals, and its one way into the log. */
export class Intake {
  readonly pseudonymise: Pseudonymise
  readonly identities: Identities
  readonly config: IntakeDeps['config']
  readonly log: EventLog
  readonly now: () => number
  /** Stamped and not yet in the log, with the time of the stamp. */
  readonly #open = new Map<Batch, number>()
  readonly #newest = new Map<string, number>()
  readonly #hmac: Hmac
  readonly #deadLetter: (refused: Refused, storedAt: string) => Entry

  constructor(deps: IntakeDeps) {
    this.log = deps.log
    this.config = deps.config
    this.now = deps.clock ?? Date.now
    this.pseudonymise = pseudonymiser(deps.secrets.pseudonymKey, deps.config.district)
    this.identities = new Identities(deps.log, deps.secrets, this.now)
    this.#hmac = hmacOf(deps.secrets.pseudonymKey)
    this.#deadLetter = deadLetterMaker(deps.secrets)
  }

  begin(source: string): Batch {
    const storedMs = this.now()
    const storedAt = new Date(storedMs).toISOString()
    const batch: Batch = {
      source,
      storedMs,
      storedAt,
      window: windowOf(storedMs),
      records: [],
      rosters: [],
      dead: [],
      mark: this.identities.mark(),
    }
    this.#open.set(batch, storedMs)
    return batch
  }

  /** Milliseconds since 1970: everything that was stamped before is in the log, or never will be. */
  stampedBefore(): number {
    const now = this.now()
    let oldest = now
    for (const [batch, stamped] of this.#open) {
      // What failed between its stamp and `store` is never stored.
      if (stamped < now - LONGEST_REQUEST_MS) this.#open.delete(batch)
      else oldest = Math.min(oldest, stamped)
    }
    return oldest
  }

  /** When the newest batch of a source was stamped that is in the log; 0: none of this process. */
  newestOf(source: string): number {
    return this.#newest.get(source) ?? 0
  }

  /**
   * The id of something that has none: the same source and natural key always give the same. Made under the key, because a
   * natural key may hold identifiers that could be guessed from a plain hash.
   */
  derivedId(source: string, naturalKey: string): string {
    return uuid5(`${source}|${this.#hmac(`v1|record|${source}|${naturalKey}`, 'hex')}`)
  }

  /** @param keptText the original with tokens in the place of people (`originals.ts`) */
  addRecord(batch: Batch, mapped: Mapped, content: string, keptText: string): void {
    const actor = mapped.actor.id
    const raw = this.identities.seal(keptText, actor)
    const record: Omit<LearningRecord, 'raw'> = { ...mapped, hash: contentHash(content) }
    // Base64 needs no escaping, and it is most of the text.
    batch.records.push({ key: actor, value: `${JSON.stringify(record).slice(0, -1)},"raw":"${raw}"}` })
  }

  addRoster(batch: Batch, entry: RosterEntry): void {
    batch.rosters.push({ key: rosterKey(entry), value: JSON.stringify(entry) })
  }

  addDead(batch: Batch, refused: Omit<Refused, 'source'>): void {
    batch.dead.push(this.#deadLetter({ ...refused, source: batch.source }, batch.storedAt))
  }

  /**
   * Resolves when everything of the batch is durable. Agents and salts first: a record whose agent was lost could never
   * be given back whole.
   * @throws HomeroomError LOG_UNAVAILABLE; the sender sends the batch again, and what was written twice counts once
   */
  async store(batch: Batch): Promise<void> {
    try {
      await this.identities.flush(batch.mark)
      await Promise.all([
        batch.rosters.length > 0 && this.log.append('rosters', batch.rosters),
        batch.records.length > 0 && this.log.append('records', batch.records),
        batch.dead.length > 0 && this.log.append('dead-letters', batch.dead),
      ])
      if (batch.records.length > 0) this.#newest.set(batch.source, batch.storedMs)
    } finally {
      this.#open.delete(batch)
    }
  }
}
