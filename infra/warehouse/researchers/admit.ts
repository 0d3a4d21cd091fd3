import { createHash, randomBytes } from 'node:crypto'
import type { Config } from '../../config.ts'
import { changeResearchers } from '../engine/researchers-file.ts'
import type { Warehouse } from '../warehouse.ts'
import { databasesOf, databaseUser } from './names.ts'
import { admitting, dismissing, endingStudy, lasting } from './server-sql.ts'

/** Where researchers are let in: a server's users, or the file of the embedded engine. */
export type Place = { warehouse: Warehouse; config: Pick<Config, 'data' | 'district' | 'clickhouse'> }

/** A database user that was made. The password is stored nowhere. */
export type Admission = { user: string; password: string; database: string }

/**
 * Lets an account query a study's extract and what is published, directly; again: with a new password.
 * @param account id of the account
 * @throws HomeroomError ARGUMENT_INVALID, WAREHOUSE_REFUSED (on a server whose user may not make users)
 */
export async function admitResearcher(
  { warehouse, config }: Place,
  { account, study, expiresAt }: { account: string; study: string; expiresAt: Date },
): Promise<Admission> {
  const { published, extract } = databasesOf(config.district, study)
  const user = databaseUser(config.district, account)
  const password = randomBytes(32).toString('base64url')
  // A fast hash is enough for 256 random bits: it protects guessable passwords, and there are none.
  const secretHash = createHash('sha256').update(password).digest('hex')
  if (config.clickhouse === null) {
    const one = { user, secretHash, databases: [extract, published], expiresAt: expiresAt.toISOString() }
    await changeResearchers(config.data, before => [...before.filter(other => other.user !== user), one])
  } else {
    const application = await currentUser(warehouse)
    const one = { user, secretHash, published, extract, application, expiresAt }
    for (const statement of admitting(one)) await warehouse.command(statement)
  }
  return { user, password, database: extract }
}

/** An account's database user is no more. It may never have had one. */
export async function dismissResearcher({ warehouse, config }: Place, account: string): Promise<void> {
  const user = databaseUser(config.district, account)
  if (config.clickhouse === null)
    await changeResearchers(config.data, before => before.filter(one => one.user !== user))
  else for (const statement of dismissing(user)) await warehouse.command(statement)
}

/** An account's database user, if it has one, is let in until another moment. */
export async function limitResearcher({ warehouse, config }: Place, account: string, expiresAt: Date): Promise<void> {
  const user = databaseUser(config.district, account)
  if (config.clickhouse === null) {
    const until = expiresAt.toISOString()
    await changeResearchers(config.data, before =>
      before.map(one => (one.user === user ? { ...one, expiresAt: until } : one)),
    )
  } else for (const statement of lasting(user, expiresAt)) await warehouse.command(statement)
}

/** All database users of a study are no more, and on a server whatever was made for it: to be done before its database goes. */
export async function dismissResearchers({ warehouse, config }: Place, study: string): Promise<void> {
  const { published, extract } = databasesOf(config.district, study)
  if (config.clickhouse === null) {
    await changeResearchers(config.data, before => before.filter(one => one.databases[0] !== extract))
    return
  }
  const users = await warehouse.query<{ name: string }>(
    'select user_name as name from system.role_grants where granted_role_name = {role:String} and isNotNull(user_name)',
    { role: `${extract}_reader` },
  )
  for (const { name } of users) for (const statement of dismissing(name)) await warehouse.command(statement)
  const application = await currentUser(warehouse)
  for (const statement of endingStudy({ published, extract, application })) await warehouse.command(statement)
}

async function currentUser(warehouse: Warehouse): Promise<string> {
  const [row] = await warehouse.query<{ name: string }>('select currentUser() as name')
  return `\`${row!.name.replace(/[\\`]/g, '\\$&')}\``
}
