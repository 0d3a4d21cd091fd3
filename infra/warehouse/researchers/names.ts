import { createHash } from 'node:crypto'
import { HomeroomError } from '../../errors.ts'
import { researchDatabase } from '../codebook.ts'

/** What a study's name looks like. */
export const STUDY = /^[a-z][a-z0-9_]{1,30}$/

/**
 * The databases that researchers read: what is published, and the extract of one study.
 * @throws HomeroomError ARGUMENT_INVALID for a name that no study can have
 */
export function databasesOf(district: string, study: string): { published: string; extract: string } {
  if (!STUDY.test(study)) {
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `the study is ${JSON.stringify(study)}, expected 2 to 31 lower-case letters, digits and _, beginning with a letter. Nothing was changed`,
    )
  }
  const published = researchDatabase({ database: district })
  return { published, extract: `${published}_${study}` }
}

/**
 * The database user of an account. Accounts of a provider hold characters that no user's name should; then a few digits of a
 * hash keep two of them apart.
 */
export function databaseUser(district: string, account: string): string {
  const plain = account.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  const own = plain === account && account.length <= 40
  const name = own ? account : `${plain.slice(0, 40)}_${createHash('sha256').update(account).digest('hex').slice(0, 8)}`
  return district === 'homeroom' ? `researcher_${name}` : `researcher_${district}_${name}`
}
