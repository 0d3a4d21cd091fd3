import type { FastifyRequest } from 'fastify'
import type { Account } from '../infra/accounts.ts'
import { tellAudit, type AuditLine } from '../infra/audit.ts'
import type { HomeroomError } from '../infra/errors.ts'
import type { EventLog } from '../infra/log/event-log.ts'
import type { Seen } from './access.ts'

const MINUTE_MS = 60_000
/** Refusals of those who are nobody: anybody can make as many as they like. */
const NOBODY_PER_MINUTE = 120

/** What is told of one request. */
type Line = Pick<AuditLine, 'action' | 'units' | 'code' | 'detail'>

/**
 * Who saw what, who signed in, what was refused: appended to the log, from where the processors store it. A line is durable
 * when its promise resolves.
 */
export class Audit {
  readonly #log: Pick<EventLog, 'append'>
  readonly #now: () => Date
  #minute = 0
  #ofNobody = 0

  constructor(log: Pick<EventLog, 'append'>, now: () => Date) {
    this.#log = log
    this.#now = now
  }

  /**
   * To be waited for before live figures, or anything of a student, are sent.
   * @throws HomeroomError LOG_UNAVAILABLE: then they are not to be sent
   */
  async saw(request: FastifyRequest, reader: Account, units: readonly Seen[]): Promise<void> {
    if (units.length === 0) return
    await this.#append(request, reader, { action: 'saw', units: units.map(({ type, id }) => `${type}:${id}`) })
  }

  /** A request that was not answered as it wished. Of nobody only so many are told per minute; how many more, the next one says. */
  async refused(request: FastifyRequest, reader: Account | null, error: HomeroomError): Promise<void> {
    const action = request.url.startsWith('/sign-in') ? 'sign-in-refused' : 'refused'
    const untold = reader === null ? this.#untold() : 0
    if (untold === null) return
    const more = untold > 0 ? ` (and ${untold} more refusals in the minute before)` : ''
    await this.#append(request, reader, { action, code: error.code, detail: `${error.message}${more}`.slice(0, 2048) })
  }

  /** To be waited for before what others see of these units is changed. @param detail how, in our words; nothing that was typed */
  async changed(request: FastifyRequest, reader: Account, units: readonly Seen[], detail: string): Promise<void> {
    await this.#append(request, reader, {
      action: 'changed',
      units: units.map(({ type, id }) => `${type}:${id}`),
      detail,
    })
  }

  async signed(request: FastifyRequest, account: Account, way: 'in' | 'out', detail = ''): Promise<void> {
    await this.#append(request, account, { action: `signed-${way}`, detail })
  }

  async #append(request: FastifyRequest, account: Account | null, line: Line): Promise<void> {
    const entry = {
      account: account?.id ?? '',
      role: account?.role ?? '',
      route: `${request.method} ${request.routeOptions.url ?? 'nowhere'}`,
      address: line.action === 'saw' ? '' : request.ip,
      ...line,
    }
    await tellAudit(this.#log, entry, this.#now())
  }

  /** @returns how many of the last minute were left out; null: this one is too */
  #untold(): number | null {
    const minute = Math.floor(this.#now().getTime() / MINUTE_MS)
    this.#ofNobody++
    if (minute === this.#minute) return this.#ofNobody > NOBODY_PER_MINUTE ? null : 0
    const untold = Math.max(0, this.#ofNobody - 1 - NOBODY_PER_MINUTE)
    this.#minute = minute
    this.#ofNobody = 1
    return untold
  }
}
