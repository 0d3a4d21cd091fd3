import { MINIMUM } from '../../publish/cells.ts'
import type { Columns } from './columns.ts'
import { fileRow, isHidden, type Finding, type OutputTable } from './table.ts'

const NAMES =
  /^(?:name|names|(?:first|last|given|family|middle|full|sur|student|learner|pupil|teacher|adviser)_?name|surname|e_?mail|mail|phone|telephone|address|street|zip|postcode|birth_?(?:date|day)|date_of_birth|dob|ssn|(?:student|person|learner|pupil|user)_?(?:id|number|no)|sourced_?id|username|login|person|pseudonym)$/i
const EMAIL = /[^\s@]+@[^\s@]+\.[^\s@.]+/
const PSEUDONYM = /\b[0-9a-f]{64}\b/i
/** A pseudonym of a study, or a UUID. */
const ID = /^(?:[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{20,44})$/i
const FREE = { words: 10, characters: 120 }
const EXAMPLES = 5

/** What names people, or could: identifiers, rows about single people, rare words, and texts that somebody wrote. */
export function aboutPeople(table: OutputTable, columns: Columns): Finding[] {
  return [...table.columns.keys()]
    .flatMap(column => [...identifiers(table, column), ...freeText(table, column)])
    .concat(columns.counts.length === 0 ? [...singlePeople(table), ...rareStrings(table, columns)] : [])
}

const AWAY = 'leave the column out'

function identifiers({ columns, rows }: OutputTable, column: number): Finding[] {
  const name = columns[column]!
  const found: Finding[] = []
  const tell = (row: number | null, why: string) =>
    found.push({ row, column: name, rule: 'direct identifier', why, next: AWAY })
  if (NAMES.test(name.trim())) tell(null, 'the column says by its name that it identifies people')
  rows.forEach((row, at) => {
    const text = row[column] ?? ''
    if (EMAIL.test(text)) tell(fileRow(at), 'it looks like an e-mail address')
    else if (PSEUDONYM.test(text)) tell(fileRow(at), '64 hexadecimal digits: the pseudonym of a person')
  })
  return shortened(found, name)
}

function freeText({ columns, rows }: OutputTable, column: number): Finding[] {
  const found = rows.flatMap((row, at): Finding[] => {
    const text = row[column] ?? ''
    const words = text.trim().split(/\s+/).length
    if (words <= FREE.words && text.length <= FREE.characters) return []
    const why = `${words} words: what somebody wrote in their own words can name people`
    return [
      {
        row: fileRow(at),
        column: columns[column]!,
        rule: 'free text',
        why,
        next: 'code it into categories, or leave it out',
      },
    ]
  })
  return shortened(found, columns[column]!)
}

/** A column whose every value is an id of its own. */
function singlePeople({ columns, rows }: OutputTable): Finding[] {
  if (rows.length === 0) return []
  return columns.flatMap((name, column): Finding[] => {
    const values = rows.map(row => (row[column] ?? '').trim())
    if (!values.every(value => ID.test(value) && /\d/.test(value))) return []
    const why = `${new Set(values).size} different ids in ${rows.length} rows: the rows are about single people`
    return [
      {
        row: null,
        column: name,
        rule: 'single people',
        why,
        next: 'give results by group; extracts stay in the database',
      },
    ]
  })
}

/** In rows about single people: words that 1 to 9 of them have. */
function rareStrings({ columns, rows }: OutputTable, { labels }: Columns): Finding[] {
  // So few rows are a list of groups, each of which stands there once.
  if (rows.length < 2 * MINIMUM) return []
  return labels.flatMap((column): Finding[] => {
    const of = Map.groupBy(rows.keys(), at => (rows[at]![column] ?? '').trim())
    // Every row a word of its own names groups, not people.
    if (of.size === rows.length) return []
    const rare = [...of].filter(([text, at]) => !isHidden(text) && at.length < MINIMUM)
    return shortened(
      rare.map(([text, at]) => ({
        row: fileRow(at[0]!),
        column: columns[column]!,
        rule: 'rare string' as const,
        why: `${JSON.stringify(text)} stands in ${at.length} of ${rows.length} rows`,
        next: 'put it together with others, or give numbers by group',
      })),
      columns[column]!,
    )
  })
}

/** The first few, then how many more there are. */
function shortened(found: readonly Finding[], column: string): Finding[] {
  const more = found.length - EXAMPLES
  if (more <= 0) return [...found]
  const { rule, next } = found[0]!
  return [...found.slice(0, EXAMPLES), { row: null, column, rule, why: `and so in ${more} more rows`, next }]
}
