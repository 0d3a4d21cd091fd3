import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/** Claims by subject. */
type People = Record<string, Record<string, unknown>>

export type IdentityProvider = {
  issuer: string
  /** Everybody who may sign in there, by any password; may be changed at any time. */
  people: People
  /** Stop listening; everything it knows stays. */
  stop: () => Promise<void>
  start: () => Promise<void>
}

export const CLIENT = { clientId: 'homeroom', clientSecret: 'a-secret-of-the-test-0123456789' }

/**
 * A real OpenID provider (oidc-provider) in this process, on loopback, with pages for login and consent.
 * @param origins where Homeroom is reached, each with its callback
 */
export async function anIdentityProvider(origins: readonly string[], people: People): Promise<IdentityProvider> {
  let handle: ReturnType<Provider['callback']> | null = null
  const server = createServer((request, response) => void handle!(request, response))
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  // Another site than 127.0.0.1, as a district's provider is another site than Homeroom.
  const issuer = `http://localhost:${port}`
  handle = providerOf(issuer, origins, people).callback()
  return {
    issuer,
    people,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
    start: () => listen(server, port),
  }
}

function providerOf(issuer: string, origins: readonly string[], people: People): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: origins.map(origin => `${origin}/sign-in/callback`),
        post_logout_redirect_uris: origins.map(origin => `${origin}/`),
      },
    ],
    // Not Object.hasOwn alone: people may be added while it runs.
    findAccount: (_ctx, sub) =>
      people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) as { sub: string } },
    claims: {
      openid: ['sub', 'roles', 'schools', 'advisories', 'realm_access'],
      email: ['email', 'email_verified'],
      profile: ['name'],
    },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['a-key-of-the-test'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' } as never] },
    ttl: { Session: 3600, Interaction: 600, Grant: 600, AccessToken: 60, AuthorizationCode: 60, IdToken: 60 },
  })
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))

/**
 * What a person does at the provider: follow its address, log in, consent.
 * @returns the address that the provider sends the browser back to
 */
export async function logInAt(address: string, sub: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let next: { url: URL; form?: Record<string, string> } = { url: new URL(address) }
  for (let step = 0; step < 12; step++) {
    const { url, form } = next
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null) {
      const to = new URL(location, url)
      if (to.origin !== url.origin) return to
      next = { url: to }
      continue
    }
    const page = await response.text()
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    if (prompt === undefined) throw new Error(`the provider answered ${response.status} without a form: ${page}`)
    next = { url, form: { prompt, ...(prompt === 'login' && { login: sub, password: 'any' }) } }
  }
  throw new Error('the provider did not send the browser back in 12 steps')
}
