import { createHmac, randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { HomeroomError } from '../errors.ts'
import type { NotifySettings } from './notify-settings.ts'
import { assertPublic, publicLookup } from './public-address.ts'

const PATIENCE_MS = 10_000

/**
 * POST a JSON body, signed: `Homeroom-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 of `<seconds>.<body>` under the secret. An
 * answer of 2xx has taken it; redirects are not followed.
 *
 * @throws HomeroomError NOTICE_FAILED otherwise
 */
export async function postSigned(
  { url, secret, allowPrivate }: NonNullable<NotifySettings['webhook']>,
  content: object,
  now: Date,
): Promise<void> {
  const target = new URL(url)
  if (!allowPrivate) assertPublic(target.hostname)
  const body = JSON.stringify(content)
  const seconds = Math.floor(now.getTime() / 1000)
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'homeroom-signature': `t=${seconds},v1=${signature}`,
    'homeroom-delivery': randomUUID(),
  }
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const status = await new Promise<number>((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const post = send(target, { method: 'POST', headers, signal, ...(!allowPrivate && { lookup: publicLookup }) })
    post.on('error', reject)
    post.on('response', answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    post.end(body)
  }).catch((cause: unknown) => {
    if (cause instanceof HomeroomError) throw cause
    throw failed(target, `it did not answer: ${(cause as Error).message}`, cause)
  })
  if (status < 200 || status > 299) throw failed(target, `it answered ${status}, expected 2xx`)
}

const failed = ({ host }: URL, what: string, cause?: unknown): HomeroomError =>
  new HomeroomError('NOTICE_FAILED', `webhook at ${host}: ${what}. It is tried again with the next run`, { cause })
