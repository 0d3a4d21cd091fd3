import type { FastifyInstance } from 'fastify'

/**
 * Sign in as a person does it: open the link, press the button, keep the cookies.
 *
 * @param path of a single-use link, `/sign-in/<token>`
 * @param host what a browser would send as its Host header
 * @returns the Cookie header of a signed-in reader
 */
export async function signInByLink(app: FastifyInstance, path: string, host: string): Promise<string> {
  const page = await app.inject({ url: path, headers: { host } })
  const fields = [...page.body.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map((m): [string, string] => [m[1]!, m[2]!])
  const answer = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      host,
      origin: `http://${host}`,
      cookie: cookiesOf(page.headers['set-cookie']),
    },
    payload: new URLSearchParams(fields).toString(),
  })
  return cookiesOf(answer.headers['set-cookie'])
}

function cookiesOf(header: string | string[] | undefined): string {
  return [header ?? []]
    .flat()
    .map(cookie => cookie.split(';')[0])
    .join('; ')
}
