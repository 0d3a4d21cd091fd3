import { z } from 'zod'
import { PERSON_ROLES } from '../../infra/accounts.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { jsonSetting } from '../../infra/json-setting.ts'

/** Plain HTTP is for what never leaves this machine. */
const Address = z.url({ protocol: /^https?$/ }).refine(address => {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}, 'expected https, or http on loopback')

/** A claim by its path: `roles`, `realm_access.roles`. A claim whose own name has that text wins. */
const Claim = z.string().min(1).max(256)

const Settings = z.strictObject({
  /** OpenID Connect issuer, as its discovery document says it. */
  issuer: Address,
  clientId: z.string().min(1),
  /** Not given: a public client, which PKCE protects. */
  clientSecret: z.string().min(1).optional(),
  /** Where browsers reach Homeroom; the provider sends them back to `<publicUrl>/sign-in/callback`. */
  publicUrl: Address.refine(address => {
    const { pathname, search, hash } = new URL(address)
    return pathname === '/' && search === '' && hash === ''
  }, 'expected scheme, host and port only'),
  /** The provider, as the button calls it. */
  name: z.string().min(1).max(60).default('your district account'),
  scopes: z
    .string()
    .regex(/^openid( [\w:./-]+)*$/, 'expected openid first')
    .default('openid profile email'),
  /** Which value of the claim makes which role; who has several gets the first that is named here. Nobody else comes in. */
  roles: z.strictObject({ claim: Claim, values: z.record(z.string().min(1), z.enum(PERSON_ROLES)) }),
  /** Claims with sourcedIds: a text or a list of texts. */
  scope: z.strictObject({ schools: Claim, advisories: Claim, classes: Claim }).partial().default({}),
  /**
   * The claim that says who this is in the roster. From there come the schools, advisories and classes of those who have no
   * claim that names them.
   */
  roster: z.strictObject({ claim: Claim, field: z.enum(['username', 'sourcedId', 'email', 'identifier']) }).optional(),
  /** Addresses of the proxies in front of Homeroom, whose X-Forwarded-For is believed. */
  proxies: z.array(z.string().min(1)).default([]),
})

export type SignInSettings = z.infer<typeof Settings>

/**
 * @param setting JSON, or the path of a file with it; null: there is no provider
 * @throws HomeroomError CONFIG_INVALID naming each fault, and never a value: one of them is a secret
 */
export function readSignIn(setting: string | null): SignInSettings | null {
  if (setting === null) return null
  const parsed = Settings.safeParse(jsonSetting(setting, invalid))
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues
    .map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`)
    .join('; ')
  throw invalid(faults)
}

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError('CONFIG_INVALID', `HOMEROOM_SIGN_IN: ${faults}. Nothing was started`, { cause })
