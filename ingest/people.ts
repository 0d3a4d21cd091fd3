import type { Config } from '../infra/config.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { Pseudonym } from '../schemas/record.ts'
import type { AliasEntry, Decision } from '../schemas/roster.ts'
import type { Intake } from './intake.ts'
import { formsOf, pseudonymOfAlias } from './load/aliases.ts'
import { normalised, type Pseudonymise } from './pseudonymise.ts'

/** The source of entries that a person decided. */
const DECIDED_HERE = 'homeroom'

/** "These two are, or are not, one person." */
export type Link = { id: Pseudonym; person: Pseudonym; status: 'active' | 'deleted' }

/**
 * The pseudonyms of an identifier that somebody types: of itself, then of its other forms (an address also as SHA-1, the
 * accounts that HOMEROOM_ACCOUNTS makes of it).
 *
 * @param text `type:value`: sourcedId, username, identifier, email, sha1, openid, caliper, `account:<homePage>|<name>`, or
 *   the district's own type, as in mapping files
 * @throws HomeroomError QUERY_INVALID, which does not repeat what was typed
 */
export function pseudonymsOf(text: string, pseudonymise: Pseudonymise, accounts: Config['accounts']): Pseudonym[] {
  const [, name = '', typed = ''] = /^\s*([a-zA-Z][a-zA-Z0-9-]{0,31}):(.+)$/s.exec(text) ?? []
  const isWhole = name === 'account' ? /^\S+\|.+$/.test(typed.trim()) : typed.trim() !== ''
  if (name === '' || !isWhole) {
    throw new HomeroomError(
      'QUERY_INVALID',
      `an identifier of ${text.length} characters is not type:value (sourcedId, username, identifier, email, sha1, openid, ` +
        'caliper, account:<homePage>|<name>). Nothing was looked up or changed',
    )
  }
  const type = name === 'email' ? 'mbox' : name
  const forms = formsOf(type, normalised(type, typed.trim()), accounts)
  return [...new Set(forms.map(form => pseudonymOfAlias(form, pseudonymise)))]
}

/** The pseudonym of the account of who decides: no name stands in the log. */
export const decider = (account: string, pseudonymise: Pseudonymise): Pseudonym => pseudonymise('decider', account)

/** What the log will say of a decision. */
export function decided(links: readonly Link[], decision: Decision, storedAt: string): AliasEntry[] {
  return links.map(link => ({ type: 'alias', source: DECIDED_HERE, storedAt, ...link, link: 'same', decision }))
}

/**
 * Write a decision to the log; the processors do what it says.
 * @throws HomeroomError LOG_UNAVAILABLE; then nothing may have changed, and the same decision can be written again
 */
export async function writeDecided(intake: Intake, entries: readonly AliasEntry[]): Promise<void> {
  const batch = intake.begin(DECIDED_HERE)
  for (const entry of entries) intake.addRoster(batch, entry)
  await intake.store(batch)
}
