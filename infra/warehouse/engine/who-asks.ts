import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { exception } from './exception.ts'
import { header } from './http.ts'
import type { FindResearcher, Researcher } from './researchers-file.ts'

/**
 * Who sent a request: the application (`default`) or a researcher, by Basic authentication, ClickHouse's headers or the address.
 * @returns null for the application
 * @throws Exception 516 for anybody else
 */
export async function whoAsks(
  request: IncomingMessage,
  ask: URLSearchParams,
  { password, find }: { password: string; find: FindResearcher },
): Promise<Researcher | null> {
  const basic = /^Basic (.*)$/i.exec(request.headers.authorization ?? '')?.[1]
  const pair = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString()
  const colon = pair?.indexOf(':') ?? -1
  const user = pair?.slice(0, colon) ?? header(request, 'x-clickhouse-user') ?? ask.get('user') ?? 'default'
  const key = pair?.slice(colon + 1) ?? header(request, 'x-clickhouse-key') ?? ask.get('password') ?? ''
  if (user === 'default' && timingSafeEqual(digest(key), digest(password))) return null
  const researcher = user === 'default' ? null : await find(user, key)
  if (researcher) return researcher
  throw exception(
    516,
    'AUTHENTICATION_FAILED',
    `${user}: Authentication failed: password is incorrect, or there is no user with such name`,
  )
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
