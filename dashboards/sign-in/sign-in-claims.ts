import { z } from 'zod'
import type { PersonRole, Scope } from '../../infra/accounts.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Claims } from './sign-in-provider.ts'
import type { SignInSettings } from './sign-in-settings.ts'

type Field = NonNullable<SignInSettings['roster']>['field']

export type Roster = {
  warehouse: Warehouse
  /** The pseudonym of an identifier. */
  pseudonym: (field: Field, value: string) => string
  /** The district's local day, `2026-03-02`. */
  today: string
}

/** What a person who comes from the provider is here. */
export type Entitled = { id: string; name: string; role: PersonRole; scope: Scope }

/**
 * The role as the claims say it; the scope too, and as the roster does where a person has no such claim.
 * @throws HomeroomError SCOPE_DENIED if no role is mapped; nothing is assumed of who has none
 */
export async function entitled(settings: SignInSettings, claims: Claims, roster: Roster): Promise<Entitled> {
  const role = roleOf(settings, claims)
  const found = await inRoster(settings, claims, roster)
  const { schools, advisories, classes } = settings.scope
  const of = (claim: string | undefined, inRoster: string[]): string[] =>
    claim === undefined || valueOf(claims, claim) === undefined ? inRoster : textsOf(claims, claim)
  return {
    id: accountId(settings, claims),
    name: textsOf(claims, 'name')[0]?.slice(0, 120) ?? '',
    role,
    scope: {
      schools: of(schools, found.schools),
      advisories: of(advisories, found.advisories),
      classes: of(classes, found.classes),
      ...(found.person !== undefined && { person: found.person }),
    },
  }
}

/**
 * `login.example.org|2489`: the same subject of another issuer is somebody else.
 * @throws HomeroomError SIGN_IN_REFUSED for a subject that no provider may have
 */
export function accountId({ issuer }: SignInSettings, { sub }: Claims): string {
  if (sub.length <= LONGEST_SUBJECT) return `${new URL(issuer).host}|${sub}`
  throw new HomeroomError(
    'SIGN_IN_REFUSED',
    `the sign-in provider’s subject has ${sub.length} characters, expected at most ${LONGEST_SUBJECT}`,
  )
}

/** Source: OpenID Connect Core 1.0, section 2 */
const LONGEST_SUBJECT = 255

function roleOf({ roles }: SignInSettings, claims: Claims): PersonRole {
  const has = new Set(textsOf(claims, roles.claim))
  const found = Object.entries(roles.values).find(([value]) => has.has(value))
  if (found) return found[1]
  throw new HomeroomError(
    'SCOPE_DENIED',
    `you are known to the sign-in provider, but it gives you no role that Homeroom knows (${has.size} found, expected one of the ${Object.keys(roles.values).length} that are mapped). Nobody was signed in`,
  )
}

/** A claim as texts: one, a list of them, or none. Anything else is none. */
function textsOf(claims: Claims, path: string): string[] {
  const value = valueOf(claims, path)
  const listed: unknown[] = Array.isArray(value) ? value : [value]
  return [...new Set(listed.filter(one => typeof one === 'string' && one !== ''))] as string[]
}

const valueOf = (claims: Claims, path: string): unknown =>
  Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>(step, claims)

function step(within: unknown, name: string): unknown {
  const is = typeof within === 'object' && within !== null && Object.hasOwn(within, name)
  return is ? (within as Record<string, unknown>)[name] : undefined
}

const Found = z.object({
  person: z.string(),
  schools: z.array(z.string()),
  advisories: z.array(z.string()),
  classes: z.array(z.string()),
})

async function inRoster(
  { roster: who }: SignInSettings,
  claims: Claims,
  { warehouse, pseudonym, today }: Roster,
): Promise<Partial<z.infer<typeof Found>> & Omit<z.infer<typeof Found>, 'person'>> {
  const nothing = { schools: [], advisories: [], classes: [] }
  // An e-mail address that nobody has verified may be anybody's.
  const unproven = who?.field === 'email' && who.claim === 'email' && claims.email_verified === false
  const value = who && !unproven ? textsOf(claims, who.claim)[0] : undefined
  if (!who || value === undefined) return nothing
  const params = { identifier: pseudonym(who.field, value), today }
  const [found] = rows(Found, await warehouse.query(STAFF_SCOPE, params))
  return found ?? nothing
}

const STAFF_SCOPE = sql(new URL('./staff-scope.sql', import.meta.url))
