import type { Config } from '../infra/config.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { Entry } from '../infra/log/event-log.ts'
import type { Packer } from '../infra/log/packer.ts'
import type { Topic } from '../infra/log/topics.ts'
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

/** What one request or one stretch of a file puts into the log: collected first, written at once. */
export type Batch = {
  source: string
  storedMs: number
  storedAt: string
  /** Times that count as events. */
  window: Window
  records: Entry[]
  /** Where records go instead, packed as they come. */
  packer: Packer | null
  rosters: Entry[]
  /** Entries of the topics that few loads have: surveys, scores. */
  others: Partial<Record<Topic, Entry[]>>
  dead: Entry[]
  /** Of `DurableIdentities.mark()`, taken before the first token. */
  mark: number
  /** Of `Identities.made`, at its beginning. */
  madeBefore: number
}

export type MakerDeps = {
  config: Pick<Config, 'district' | 'accounts' | 'timeZone'>
  secrets: Secrets
  /** Milliseconds since 1970; fixed in tests. */
  clock?: () => number
}

const MAX_NEW_PEOPLE = 20_000

/** What makes records, roster entries and dead letters of originals. It writes nothing, so that any thread can have one. */
export class RecordMaker {
  readonly pseudonymise: Pseudonymise
  readonly identities: Identities
  readonly config: MakerDeps['config']
  readonly now: () => number
  readonly #hmac: Hmac
  readonly #deadLetter: (refused: Refused, storedAt: string) => Entry

  constructor(deps: MakerDeps) {
    this.config = deps.config
    this.now = deps.clock ?? Date.now
    this.pseudonymise = pseudonymiser(deps.secrets.pseudonymKey, deps.config.district)
    this.identities = new Identities(deps.secrets, this.now)
    this.#hmac = hmacOf(deps.secrets.pseudonymKey)
    this.#deadLetter = deadLetterMaker(deps.secrets)
  }

  /** An empty batch; what is to be stored begins with `Intake.begin`. */
  batchOf(source: string, storedMs: number, packer: Packer | null = null): Batch {
    return {
      source,
      storedMs,
      storedAt: new Date(storedMs).toISOString(),
      window: windowOf(storedMs),
      records: [],
      packer,
      rosters: [],
      others: {},
      dead: [],
      mark: 0,
      madeBefore: this.identities.made,
    }
  }

  /**
   * To be asked while a request's people are being replaced by tokens: each new one costs far more than its bytes.
   * @throws HomeroomError BODY_TOO_LARGE
   */
  checkPeople({ madeBefore }: Batch): void {
    if (this.identities.made - madeBefore <= MAX_NEW_PEOPLE) return
    const message = `the body names more than ${MAX_NEW_PEOPLE} people that have not been named before, which is the most that are taken at once`
    throw new HomeroomError('BODY_TOO_LARGE', `${message}; nothing was stored`)
  }

  /**
   * The id of something that has none: the same source and natural key always give the same. Made under the key, because a
   * natural key may hold identifiers that could be guessed from a plain hash.
   */
  derivedId(source: string, naturalKey: string): string {
    return uuid5(`${source}|${this.#hmac(`v1|record|${source}|${naturalKey}`, 'hex')}`)
  }

  /**
   * @param keptText the original with tokens in the place of people (`originals.ts`)
   * @returns the record's hash, 16 hexadecimal digits
   */
  addRecord(batch: Batch, mapped: Mapped, content: string, keptText: string): string {
    const actor = mapped.actor.id
    const raw = this.identities.seal(keptText, actor)
    const record = mapped as Omit<LearningRecord, 'raw'>
    record.hash = contentHash(content)
    const json = JSON.stringify(record)
    // Base64 needs no escaping, and it is most of the text.
    if (batch.packer !== null) batch.packer.add(actor, json, 'raw', raw)
    else batch.records.push({ key: actor, value: `${json.slice(0, -1)},"raw":"${raw}"}` })
    return record.hash
  }

  addRoster(batch: Batch, entry: RosterEntry): void {
    batch.rosters.push({ key: rosterKey(entry), value: JSON.stringify(entry) })
  }

  addOther(batch: Batch, topic: Topic, entry: Entry): void {
    const entries = (batch.others[topic] ??= [])
    entries.push(entry)
  }

  addDead(batch: Batch, refused: Omit<Refused, 'source'>): void {
    batch.dead.push(this.#deadLetter({ ...refused, source: batch.source }, batch.storedAt))
  }
}
