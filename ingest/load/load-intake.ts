import type { EventLog } from '../../infra/log/event-log.ts'
import { Intake, type Batch, type IntakeDeps } from '../intake.ts'
import type { Mapped } from '../map/from-xapi.ts'

/** A record in a batch: what tells whether it is stored already. */
export type Made = { id: string; hash: string }

/** The intake of a load, which knows the ids and the hashes of what it has made. */
export class LoadIntake extends Intake {
  readonly #made = new WeakMap<Batch, Made[]>()

  /** @param isCheck true: everything is made, and nothing reaches the log */
  constructor(deps: IntakeDeps, isCheck = false) {
    super(isCheck ? { ...deps, log: unwritten(deps.log) } : deps)
  }

  override addRecord(batch: Batch, mapped: Mapped, content: string, keptText: string): string {
    const hash = super.addRecord(batch, mapped, content, keptText)
    this.madeIn(batch).push({ id: mapped.id, hash })
    return hash
  }

  /** Of the records of a batch, in their order. */
  madeIn(batch: Batch): Made[] {
    let made = this.#made.get(batch)
    if (made === undefined) this.#made.set(batch, (made = []))
    return made
  }
}

/** The log, but what is appended is not kept. */
function unwritten(log: EventLog): EventLog {
  return {
    append: () => Promise.resolve(),
    packing: log.packing,
    appendMessages: () => Promise.resolve(),
    consume: options => log.consume(options),
    positions: (topic, group) => log.positions(topic, group),
    pendingBytes: () => 0,
    close: () => Promise.resolve(),
  }
}
