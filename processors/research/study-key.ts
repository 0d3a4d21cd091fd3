import { hkdfSync } from 'node:crypto'
import { hmacOf } from '../../infra/hmac.ts'

/** What one extract says instead of people, schools and dates. Nothing of it can be made, or undone, without the master secret. */
export type StudyNames = {
  /** Of what an erasure remembers of a person's pseudonym (`erasedHash`): 64 hexadecimal digits. */
  person(erasedHash: string): string
  /** Of a school's sourcedId: 16 hexadecimal digits. */
  school(schoolId: string): string
  /** Of what an erasure remembers of an identifier: 64 hexadecimal digits. */
  identifier(erasedHash: string): string
  /** How a person's weeks are shifted and values rounded. */
  blur(erasedHash: string, range: { shiftWeeks: number; skipWeeks: number }): Blur
}

export type Blur = {
  /** Weeks, −shiftWeeks to shiftWeeks. */
  shiftWeeks: number
  /** Weeks left out at the beginning, 0 to skipWeeks. */
  skipWeeks: number
  /** 64 random bits, hexadecimal: what values are rounded by. */
  seed: string
}

/**
 * The key of one version of one extract: HKDF-SHA256 of the master secret, which lies in a file outside the database. No two
 * extracts have the same one, so that neither pseudonyms nor dates of one lead to the other.
 */
export function studyKey(masterSecret: Buffer, district: string, study: string, version: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterSecret, '', `v1|study|${district}|${study}|${version}`, 32))
}

/**
 * Pseudonyms under a study's key, in the form of indicators E6: HMAC-SHA256(key, `v1|district|type|id`), hexadecimal.
 * Differs: of a person the id is what an erasure remembers of the district's pseudonym, not the sourcedId, so that an erasure
 * finds the rows of an extract by what is left of the person.
 */
export function studyPseudonym(key: Buffer, district: string): (type: string, id: string) => string {
  const hmac = hmacOf(key)
  return (type, id) => hmac(`v1|${district}|${type}|${id}`, 'hex')
}

export function studyNames(key: Buffer, district: string): StudyNames {
  const pseudonym = studyPseudonym(key, district)
  return {
    person: hash => pseudonym('student', hash),
    school: id => pseudonym('school', id).slice(0, 16),
    identifier: hash => pseudonym('identifier', hash),
    blur: (hash, { shiftWeeks, skipWeeks }) => {
      const bits = pseudonym('blur', hash)
      const number = (from: number): number => Number.parseInt(bits.slice(from, from + 8), 16)
      return {
        shiftWeeks: (number(0) % (2 * shiftWeeks + 1)) - shiftWeeks,
        skipWeeks: number(8) % (skipWeeks + 1),
        seed: bits.slice(16, 32),
      }
    },
  }
}
