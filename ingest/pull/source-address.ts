import type { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * An address of the sources file, without a slash at its end.
 *
 * @param field its name there
 * @throws HomeroomError CONFIG_INVALID if it holds credentials or a query, or is not https and nobody allowed it
 */
export function addressIn(path: string, name: string, field: string, text: string, insecure: boolean): string {
  const url = new URL(text)
  if (url.username || url.password || url.search || url.hash) {
    throw invalidSources(
      path,
      `${name}: ${field} has credentials, a query or a fragment; expected the address of the endpoint only`,
    )
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname) && !insecure) {
    throw invalidSources(
      path,
      `${name}: ${field} is not https, so that anybody on the way could read it; "insecure": true allows it`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

/** What a schema found in a source's description; messages of schemas repeat no values. */
export const faultsIn = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ')

export function invalidSources(path: string, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('CONFIG_INVALID', `sources file ${path} ${what}. Nothing was pulled`, { cause })
}
