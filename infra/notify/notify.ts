import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Notified } from '../../schemas/action.ts'
import type { Account } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'
import { rows } from '../warehouse/rows.ts'
import { sql } from '../warehouse/sql.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { Mailer } from './email.ts'
import type { NotifySettings } from './notify-settings.ts'
import { isQuiet } from './quiet-hours.ts'
import { postSigned } from './webhook.ts'

const DUE = sql(new URL('./due-notices.sql', import.meta.url))
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of what is older nobody is told any more: it waits in the inbox. */
const TOLD_WITHIN_DAYS = 56
/** Counts of fewer students leave Homeroom as "fewer than 10". */
const LEAST = 10

export type NotifyDeps = {
  warehouse: Warehouse
  settings: NotifySettings
  /** Of people who may sign in. */
  accounts: readonly Account[]
  timeZone: string
  district: string
  /** Durable when it resolves. */
  remember: (entries: readonly Notified[]) => Promise<void>
  now: Date
}

export type NotifyResult = {
  /** Nothing was sent, because of the hour. */
  quiet: boolean
  emails: number
  /** Advisers without an address in the roster who have something new. */
  unreachable: number
  webhook: boolean
  /** What was not taken; it is tried again. */
  failures: HomeroomError[]
}

/**
 * Tell advisers, and the district's own system, of offers of help that are new to them. Each is remembered when the other side has
 * taken it: **sent first, remembered second**. A process that dies between the two sends once more, with the same message id.
 */
export async function notifyOnce(deps: NotifyDeps): Promise<NotifyResult> {
  const { warehouse, settings, timeZone, now } = deps
  const result: NotifyResult = { quiet: isQuiet(now, settings.quiet, timeZone), emails: 0, unreachable: 0, webhook: false, failures: [] } // prettier-ignore
  if (result.quiet) return result
  const from = new Date(now.getTime() - TOLD_WITHIN_DAYS * DAY_MS).toISOString().slice(0, 10)
  const due = rows(DueRow, await warehouse.query(DUE, { from }))
  if (settings.email) await mail(deps, settings.email, due, result)
  if (settings.webhook) await post(deps, settings.webhook, due, result)
  return result
}

async function mail(
  { warehouse, settings, accounts, remember, now }: NotifyDeps,
  email: NonNullable<NotifySettings['email']>,
  due: readonly Due[],
  result: NotifyResult,
): Promise<void> {
  const told = await lastTold(warehouse)
  const addresses = await addressesOf(warehouse, accounts)
  const mailer = new Mailer(email, settings.url)
  try {
    for (const account of accounts) {
      if (account.kind !== 'person' || account.role !== 'adviser') continue
      const fresh = due.filter(
        ({ advisory, emailed }) => account.scope.advisories.includes(advisory) && !emailed.includes(account.id),
      )
      if (fresh.length === 0) continue
      if (now.getTime() - (told.get(account.id) ?? 0) < settings.everyHours * HOUR_MS) continue
      const to = addresses.get(account.scope.person ?? '')
      if (to === undefined) {
        result.unreachable++
        continue
      }
      try {
        await mailer.send({ to, account: account.id, alarms: fresh.map(({ alarm }) => alarm) })
      } catch (error) {
        if (!(error instanceof HomeroomError)) throw error
        // One mailbox that refuses holds up nobody else's; it is said, and tried again.
        result.failures.push(error)
        continue
      }
      await remember(fresh.map(one => entryOf(one, 'email', account.id, now)))
      result.emails++
    }
  } finally {
    mailer.close()
  }
}

async function post(
  { district, settings, remember, now }: NotifyDeps,
  webhook: NonNullable<NotifySettings['webhook']>,
  due: readonly Due[],
  result: NotifyResult,
): Promise<void> {
  const fresh = due.filter(({ posted }) => !posted)
  if (fresh.length === 0) return
  const content = {
    type: 'offers-of-help',
    at: now.toISOString(),
    district,
    url: settings.url,
    // Of students, in the whole district: by school it would tell of a few.
    offers: atLeast(fresh),
  }
  try {
    await postSigned(webhook, content, now)
  } catch (error) {
    if (!(error instanceof HomeroomError)) throw error
    result.failures.push(error)
    return
  }
  await remember(fresh.map(one => entryOf(one, 'webhook', '', now)))
  result.webhook = true
}

const students = (due: readonly Due[]): number => new Set(due.map(({ student }) => student)).size
const atLeast = (due: readonly Due[]): number | string =>
  students(due) < LEAST ? `fewer than ${LEAST}` : students(due)

const entryOf = ({ alarm, student }: Due, channel: Notified['channel'], account: string, now: Date): Notified => ({
  type: 'notified',
  id: randomUUID(),
  storedAt: now.toISOString(),
  alarm,
  student,
  channel,
  account,
})

async function lastTold(warehouse: Warehouse): Promise<Map<string, number>> {
  const found = await warehouse.query<{ account: string; ms: number }>(
    `select account_id as account, toFloat64(toUnixTimestamp64Milli(max(notified_at))) as ms from alarm_notices
     where channel = 'email' group by account_id`,
  )
  return new Map(found.map(({ account, ms }) => [account, ms]))
}

/** E-mail addresses by person, as the roster has them. */
async function addressesOf(warehouse: Warehouse, accounts: readonly Account[]): Promise<Map<string, string>> {
  const persons = accounts.flatMap(({ scope }) => (scope.person === undefined ? [] : [scope.person]))
  if (persons.length === 0) return new Map()
  const found = await warehouse.query<{ person: string; email: string }>(
    `select lower(hex(person_id)) as person, email from {identity:Identifier}.people final
     where email != '' and person_id in (select toFixedString(unhex(arrayJoin({persons:Array(String)})), 32))`,
    { persons },
  )
  return new Map(found.map(({ person, email }) => [person, email]))
}

type Due = z.infer<typeof DueRow>
const DueRow = z.object({
  alarm: z.guid(),
  student: z.string(),
  advisory: z.string(),
  school: z.string(),
  emailed: z.array(z.string()),
  posted: z.coerce.boolean(),
})
