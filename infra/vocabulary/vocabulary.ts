import { readFileSync } from 'node:fs'
import type { VocabularyLine } from '../../schemas/vocabulary.ts'
import { HomeroomError } from '../errors.ts'
import { readLines } from './read-lines.ts'
import { rulesOf, type Rules } from './rules.ts'

const MOST_FAULTS = 10

/** The lines that come with Homeroom. */
export const OWN_LINES: readonly VocabularyLine[] = linesIn(new URL('./vocabulary.csv', import.meta.url), 'csv').lines

/** Their rules; ingest maps by these alone. */
export const OWN_RULES: Rules = rulesOf(OWN_LINES)

/** A district's own lines, which are put over a record when it is stored. */
export type Vocabulary = {
  /** Where they stand; null: the district has none. */
  file: string | null
  /** Columns of that file in order; null: it is JSON. */
  columns: readonly string[] | null
  rules: Rules
}

export const NO_VOCABULARY: Vocabulary = { file: null, columns: ['verb', 'activityType', 'kind'], rules: new Map() }

/**
 * The district's lines (`HOMEROOM_VOCABULARY`; JSON if its name ends in .json, else CSV).
 * @throws HomeroomError CONFIG_INVALID naming each wrong line, what it says and what was expected
 */
export function readVocabulary(path: string | null): Vocabulary {
  if (path === null) return NO_VOCABULARY
  const { lines, columns } = linesIn(path, path.endsWith('.json') ? 'json' : 'csv')
  return { file: path, columns, rules: rulesOf(lines) }
}

function linesIn(file: string | URL, format: 'csv' | 'json'): ReturnType<typeof readLines> {
  const read = readLines(textOf(file), format)
  const { faults } = read
  if (faults.length === 0) return read
  const more = faults.length > MOST_FAULTS ? `; and ${faults.length - MOST_FAULTS} more` : ''
  throw invalid(file, `${faults.slice(0, MOST_FAULTS).join('; ')}${more}`)
}

function textOf(file: string | URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw invalid(file, 'is not readable', cause)
  }
}

function invalid(file: string | URL, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('CONFIG_INVALID', `HOMEROOM_VOCABULARY: ${String(file)}: ${what}. Nothing was started`, {
    cause,
  })
}
