import { LRUCache } from 'lru-cache'
import * as openid from 'openid-client'
import { HomeroomError } from '../../infra/errors.ts'
import type { SignInSettings } from './sign-in-settings.ts'
import { hashOf, newSecret } from './sign-in.ts'

const FLOW_MINUTES = 10
/** The provider's own description is asked for anew after this long. */
const KNOWN_MS = 3_600_000
const TIMEOUT_SECONDS = 5
/** How far the provider's clock may be from ours. Seconds. */
const CLOCK_TOLERANCE = 30

export type Claims = Readonly<Record<string, unknown>> & { sub: string }

/** A sign-in that has begun: what the provider must give back, and where the reader wished to go. */
type Flow = { state: string; nonce: string; verifier: string; to: string }

/**
 * Sign-in by OpenID Connect: code flow with PKCE, state and nonce. What has begun is kept in memory under the hash of a cookie
 * and is used up by its first answer, whatever that says; a restart in between costs a second try.
 */
export class Provider {
  readonly settings: SignInSettings
  readonly #flows = new LRUCache<string, Flow>({ max: 10_000, ttl: FLOW_MINUTES * 60_000 })
  #known: Promise<openid.Configuration> | null = null
  #known_ms = 0

  constructor(settings: SignInSettings) {
    this.settings = settings
  }

  /** The origin that browsers know. */
  get origin(): string {
    return new URL(this.settings.publicUrl).origin
  }

  get secure(): boolean {
    return this.settings.publicUrl.startsWith('https:')
  }

  /**
   * @param to path in Homeroom to go to afterwards
   * @returns the secret for the browser's cookie, and the provider's address
   * @throws HomeroomError SIGN_IN_UNAVAILABLE
   */
  async begin(to: string): Promise<{ secret: string; minutes: number; address: string }> {
    const configuration = await this.#configuration()
    const flow = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
      to,
    }
    const secret = newSecret()
    this.#flows.set(hashOf(secret), flow)
    const address = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: `${this.origin}/sign-in/callback`,
      scope: this.settings.scopes,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    })
    return { secret, minutes: FLOW_MINUTES, address: address.href }
  }

  /**
   * @param secret what the cookie holds
   * @param query the answer, as it stands in the address
   * @throws HomeroomError SIGN_IN_REFUSED: the answer is not one to what this browser began, or proves nothing;
   * SIGN_IN_UNAVAILABLE: the provider does not say what the answer is worth
   */
  async finish(secret: string, query: string): Promise<{ claims: Claims; to: string }> {
    const flow = this.#flows.get(hashOf(secret))
    this.#flows.delete(hashOf(secret))
    if (!flow) {
      throw new HomeroomError(
        'SIGN_IN_REFUSED',
        `this browser has begun no sign-in, or more than ${FLOW_MINUTES} minutes ago, or it was answered already`,
      )
    }
    const configuration = await this.#configuration()
    return { claims: await told(() => claimsOf(configuration, flow, this.#answer(query))), to: flow.to }
  }

  /** Where the reader signs out of the provider too; null if it offers nothing of the kind. */
  async endAddress(): Promise<string | null> {
    const configuration = await this.#configuration()
    if (configuration.serverMetadata().end_session_endpoint === undefined) return null
    const parameters = { client_id: this.settings.clientId, post_logout_redirect_uri: `${this.origin}/` }
    return openid.buildEndSessionUrl(configuration, parameters).href
  }

  /** Never of the request's own Host header, which anybody can write. */
  #answer(query: string): URL {
    return new URL(`${this.origin}/sign-in/callback?${query}`)
  }

  #configuration(): Promise<openid.Configuration> {
    if (this.#known && Date.now() - this.#known_ms < KNOWN_MS) return this.#known
    const asked = told(() => discover(this.settings))
    this.#known = asked
    this.#known_ms = Date.now()
    // One that failed is asked for again by the next who signs in.
    asked.catch(() => {
      if (this.#known === asked) this.#known = null
    })
    return asked
  }
}

async function discover({ issuer, clientId, clientSecret }: SignInSettings): Promise<openid.Configuration> {
  const insecure = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : []
  const metadata = { client_secret: clientSecret, [openid.clockTolerance]: CLOCK_TOLERANCE }
  return await openid.discovery(
    new URL(issuer),
    clientId,
    metadata,
    clientSecret === undefined ? openid.None() : undefined,
    // Without the last, what comes straight from the provider is believed without its signature.
    { timeout: TIMEOUT_SECONDS, execute: [...insecure, openid.enableNonRepudiationChecks] },
  )
}

async function claimsOf(configuration: openid.Configuration, flow: Flow, answer: URL): Promise<Claims> {
  const tokens = await openid.authorizationCodeGrant(configuration, answer, {
    pkceCodeVerifier: flow.verifier,
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()!
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims
  // Many providers put groups and e-mail there only.
  return { ...(await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims }
}

/** The library's errors as ours. */
async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (isAway(cause)) {
      throw new HomeroomError('SIGN_IN_UNAVAILABLE', 'the sign-in provider does not answer as it should', { cause })
    }
    throw new HomeroomError('SIGN_IN_REFUSED', `the sign-in provider’s answer is not valid: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** Nobody there, too slow, or an answer that is none: to be tried again, and nobody's fault who signs in. */
function isAway(error: unknown): boolean {
  if (error instanceof openid.ClientError) return AWAY.includes(error.code ?? '')
  if (error instanceof openid.ResponseBodyError) return error.status >= 500
  return error instanceof TypeError && (error.message === 'fetch failed' || error.cause instanceof Error)
}

const AWAY = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]

/** What the provider itself says is not repeated: it may have been written by whoever made the address. */
function reasonOf(error: unknown): string {
  if (error instanceof openid.AuthorizationResponseError) return 'it refused the sign-in'
  if (error instanceof openid.ResponseBodyError) return 'it does not take the code'
  if (error instanceof openid.ClientError) return error.message
  return 'it could not be read'
}
