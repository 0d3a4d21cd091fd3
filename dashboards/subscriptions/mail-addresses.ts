import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { NOBODY } from '../../schemas/record.ts'
import type { SignedIn } from '../access.ts'
import { hashOf, newSecret, utc } from '../sign-in/sign-in.ts'

/** The e-mail address of an account. Until whoever reads that mailbox has said yes, nothing but the question is sent there. */
export type MailAddress = z.infer<typeof AddressRow>

/** For so long a confirmation link opens. */
export const CONFIRM_HOURS = 48

/** null: the account has none. */
export async function mailAddress(warehouse: Warehouse, account: string): Promise<MailAddress | null> {
  const found = rows(AddressRow, await warehouse.query(`${SELECT} and account_id = {account:String}`, { account }))
  return found[0] ?? null
}

/** Confirmed addresses by account. */
export async function confirmedAddresses(warehouse: Warehouse): Promise<Map<string, string>> {
  const found = rows(AddressRow, await warehouse.query(`${SELECT} and confirmed = 1`))
  return new Map(found.map(({ account, address }) => [account, address]))
}

/** @returns the secret of the confirmation link, which is stored nowhere; the address that was there before counts no more */
export async function askAddress(
  warehouse: Warehouse,
  reader: Pick<SignedIn, 'id' | 'scope'>,
  address: string,
  now: Date,
): Promise<string> {
  const secret = newSecret()
  const of = { account: reader.id, person: reader.scope.person ?? NOBODY }
  await store(warehouse, { ...of, address, hash: hashOf(secret), asked_ms: now.getTime(), confirmed: false }, now)
  return secret
}

/** Forget it: nothing more is sent. */
export async function forgetAddress(
  warehouse: Warehouse,
  reader: Pick<SignedIn, 'id' | 'scope'>,
  now: Date,
): Promise<void> {
  const of = { account: reader.id, person: reader.scope.person ?? NOBODY }
  await store(warehouse, { ...of, address: '', hash: '', asked_ms: now.getTime(), confirmed: false }, now)
}

/** What a confirmation link is about; null: it is unknown or too old, or another took its place. */
export async function askedBy(warehouse: Warehouse, secret: string, now: Date): Promise<MailAddress | null> {
  const found = rows(AddressRow, await warehouse.query(`${SELECT} and hash = {hash:String}`, { hash: hashOf(secret) }))
  const [asked] = found
  return asked && now.getTime() - asked.asked_ms < CONFIRM_HOURS * 3_600_000 ? asked : null
}

/** Whoever holds the link reads the mailbox. Safe to repeat. */
export async function confirmAddress(warehouse: Warehouse, asked: MailAddress, now: Date): Promise<void> {
  await store(warehouse, { ...asked, confirmed: true }, now)
}

async function store(warehouse: Warehouse, asked: MailAddress, now: Date): Promise<void> {
  const { account, person, address, hash, asked_ms, confirmed } = asked
  await warehouse.command(
    `insert into {identity:Identifier}.mail_addresses (account_id, person_id, address, hash, asked_at, confirmed, ver)
     select {account:String}, toFixedString(unhex({person:String}), 32), {address:String}, {hash:String},
       toDateTime64({asked:String}, 3, 'UTC'), {confirmed:UInt8},
       greatest({ver:UInt64}, (select max(ver) + 1 from {identity:Identifier}.mail_addresses where account_id = {account:String}))`,
    { account, person, address, hash, asked: utc(asked_ms), confirmed: confirmed ? 1 : 0, ver: String(now.getTime()) },
  )
}

const SELECT = `select account_id as account, lower(hex(person_id)) as person, address, hash,
    toFloat64(toUnixTimestamp64Milli(asked_at)) as asked_ms, toBool(confirmed) as confirmed
  from {identity:Identifier}.mail_addresses final where address != ''`
const AddressRow = z.object({
  account: z.string(),
  person: z.string(),
  address: z.string(),
  hash: z.string(),
  asked_ms: z.number(),
  confirmed: z.boolean(),
})
