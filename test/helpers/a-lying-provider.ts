import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT } from './an-identity-provider.ts'

type Json = Record<string, unknown>

/** How it differs from an honest one; nothing: it does not. */
export type Lie = {
  /** Over the claims of the ID token; undefined takes one out. */
  claims?: Json
  header?: Json
  /** How the token is signed. */
  signed?: 'RS256' | 'by another key' | 'HS256' | 'none'
  /** Over the discovery document. */
  discovery?: Json
  /** Over the user's information. */
  userinfo?: Json
  /** Of the token endpoint. */
  status?: number
  body?: string
  hangs?: boolean
}

export type LyingProvider = {
  issuer: string
  lie: Lie
  /** What the provider would send back for this address: at once, since nobody logs in there. */
  answer: (address: string, more?: Record<string, string>) => URL
  close: () => Promise<void>
}

/** A small OpenID provider that says what a test wants: only so can it be tried what an honest one never says. */
export async function aLyingProvider(): Promise<LyingProvider> {
  const [honest, other] = [keyPair(), keyPair()]
  const nonces = new Map<string, string>()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, issuer)
    const reply = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (pathname === '/.well-known/openid-configuration') return reply({ ...discovery(issuer), ...self.lie.discovery })
    if (pathname === '/jwks')
      return reply({ keys: [{ ...honest.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] })
    if (pathname === '/me') return reply({ sub: 'ann', ...self.lie.userinfo })
    if (pathname !== '/token') return reply({}, 404)
    if (self.lie.hangs) return
    if (self.lie.body !== undefined)
      return response.writeHead(self.lie.status ?? 200, { 'content-type': 'text/html' }).end(self.lie.body)
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      if (self.lie.status !== undefined) return reply({ error: 'invalid_grant' }, self.lie.status)
      const code = new URLSearchParams(text).get('code') ?? ''
      return reply({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken(nonces.get(code)) })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const idToken = (nonce: string | undefined): string => {
    const now = Math.floor(Date.now() / 1000)
    const { claims, header, signed = 'RS256' } = self.lie
    const told = {
      iss: issuer,
      sub: 'ann',
      aud: CLIENT.clientId,
      iat: now,
      exp: now + 60,
      nonce,
      roles: 'hr-analyst',
      ...claims,
    }
    const alg = signed === 'by another key' ? 'RS256' : signed
    const content = `${encoded({ alg, kid: 'k', ...header })}.${encoded(told)}`
    return `${content}.${signatureOf(content, signed, honest, other)}`
  }
  const self: LyingProvider = {
    issuer,
    lie: {},
    answer: (address, more = {}) => {
      const asked = new URL(address).searchParams
      const code = `code-${nonces.size}`
      nonces.set(code, asked.get('nonce')!)
      return new URL(
        `${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state')!, iss: issuer, ...more })}`,
      )
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return self
}

type Pair = { publicKey: KeyObject; privateKey: KeyObject }

const keyPair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 })

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signatureOf(content: string, signed: NonNullable<Lie['signed']>, honest: Pair, other: Pair): string {
  if (signed === 'none') return ''
  // The public key as a shared secret: an old confusion of what a key is for.
  if (signed === 'HS256')
    return createHmac('sha256', honest.publicKey.export({ type: 'spki', format: 'pem' }))
      .update(content)
      .digest('base64url')
  const key = signed === 'RS256' ? honest.privateKey : other.privateKey
  return sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')
}

const discovery = (issuer: string): Json => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/me`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  code_challenge_methods_supported: ['S256'],
})
