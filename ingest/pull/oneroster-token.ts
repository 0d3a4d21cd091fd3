import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { pullClient, realTiming, type Answer, type Client, type ClientOptions } from './client.ts'
import type { OneRosterSource } from './oneroster-source.ts'

/** RFC 6749, 5.1. */
const Granted = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().optional(),
})
/** A token is not used any more so long before it ends: a request takes its time. */
const MARGIN_MS = 60_000
const USUAL_MS = 3_600_000

/** As `pullClient`, with access tokens of the client credentials grant: got when needed, renewed before they end. */
export function onerosterClient(source: OneRosterSource, options: ClientOptions): Client {
  let { authorization } = source
  let renewAt_ms = 0
  const now = (options.timing ?? realTiming).now
  const { name, url, timeLimit_ms, token } = source
  const client = pullClient(
    {
      name,
      url,
      timeLimit_ms,
      get authorization() {
        return authorization
      },
    },
    options,
  )
  const renew = async (): Promise<void> => {
    const { access, for_ms } = await granted(source, client)
    authorization = `Bearer ${access}`
    renewAt_ms = now() + for_ms - Math.min(MARGIN_MS, for_ms / 2)
  }
  const get: Client['get'] = async (address, headers) => {
    if (token !== null && now() >= renewAt_ms) await renew()
    const answer = await client.get(address, headers)
    if (answer.status !== 401 || token === null) return answer
    // Taken back before its time: asked for once more; what is refused then is refused.
    await renew()
    return client.get(address, headers)
  }
  return { ...client, get }
}

async function granted({ name, token }: OneRosterSource, client: Client): Promise<{ access: string; for_ms: number }> {
  const { url, clientId, clientSecret, scope } = token!
  // RFC 6749, 2.3.1: both are form-encoded before they are joined.
  const [id, secret] = [clientId, clientSecret].map(part => new URLSearchParams([['', part]]).toString().slice(1))
  const answer = await client.post(
    new URL(url),
    { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`, accept: 'application/json' },
    new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== '' && { scope }) }),
  )
  const json = jsonOf(answer)
  if (answer.status !== 200) {
    const said = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) }).safeParse(json)
    throw new HomeroomError(
      'SOURCE_REFUSED',
      `source ${name}: ${url} answered the question for an access token with status ${answer.status}${said.success ? ` (${said.data.error})` : ''}, expected 200. Nothing more was pulled`,
    )
  }
  const found = Granted.safeParse(json)
  if (!found.success) {
    throw new HomeroomError(
      'SOURCE_INVALID',
      `source ${name}: ${url} answered the question for an access token with something else than access_token and token_type Bearer. Nothing more was pulled`,
      { cause: found.error },
    )
  }
  const { access_token, expires_in } = found.data
  return { access: access_token, for_ms: expires_in === undefined ? USUAL_MS : expires_in * 1000 }
}

function jsonOf({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    // Whatever it is, it is no token; who asked says so.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
