import type { EventLog } from '../../infra/log/event-log.ts'
import { PROCESSORS_GROUP, type Topic } from '../../infra/log/topics.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'

/** What charts go by, and what stands in their way. */
const TOPICS = ['identities', 'rosters', 'records', 'actions'] as const satisfies readonly Topic[]

/**
 * Whether everything that the log held at some moment is in the tables and in the weeks. An alarm is a record that nothing
 * takes back: halfway through a replay, or through a year that is being loaded, the data show drops that there never were.
 */
export class Settled {
  readonly #log: Pick<EventLog, 'positions'>
  readonly #warehouse: Warehouse
  /** Where the log ended when this was asked first; null: not asked since it last was so. */
  #ends: Map<string, number> | null = null
  /** Touches below it belong to what was in the log then; null: it is not stored yet. */
  #touch: bigint | null = null

  constructor(log: Pick<EventLog, 'positions'>, warehouse: Warehouse) {
    this.#log = log
    this.#warehouse = warehouse
  }

  /**
   * Asked again and again until it is so; then it begins anew with what has come meanwhile.
   *
   * @param stage whose touches also have to be among `weeks`, those of frozen weeks apart: nobody is given them
   */
  async reached(stage: string, weeks: readonly Day[]): Promise<boolean> {
    const positions = (await Promise.all(TOPICS.map(topic => this.#log.positions(topic, PROCESSORS_GROUP)))).flat()
    const key = ({ topic, partition }: (typeof positions)[number]): string => `${topic}/${partition}`
    this.#ends ??= new Map(positions.map(position => [key(position), position.end]))
    const ends = this.#ends
    if (positions.some(position => position.committed < (ends.get(key(position)) ?? 0))) return false
    this.#touch ??= BigInt(Date.now() + 1) << 20n
    if (await this.#isWaiting(stage, weeks, this.#touch)) return false
    this.#ends = null
    this.#touch = null
    return true
  }

  async #isWaiting(stage: string, weeks: readonly Day[], touch: bigint): Promise<boolean> {
    const [found] = await this.#warehouse.query<{ waiting: boolean }>(
      `select (
         (select count() from touched final where done = 0 and touch < {touch:UInt64})
         + (select count() from touched_stages final where done = 0 and stage = {stage:String} and touch < {touch:UInt64}
              and toString(week) not in {weeks:Array(String)}
              and toYYYYMM(week) not in (select month from retired where name = 'events'))
         > 0)::Bool as waiting`,
      { touch: String(touch), stage, weeks },
    )
    return found!.waiting
  }
}
