import { catalogue, type CatalogueEntry } from './catalogue.ts'

/** What is said of a column, beside its name and type. */
export type Words = {
  meaning: string
  /** Of one value: minutes, share of students, text. */
  unit: string
  /** Which values there can be. */
  range: string
  /** How it is said that there is no value. */
  missing: string
  source: string
}

/** One line of a codebook: a table, one of its columns, or an indicator whose figures stand in `published`. */
export type CodebookLine = Words & {
  part: 'table' | 'column' | 'indicator'
  database: string
  /** Empty for an indicator. */
  table: string
  /** Of a column, or id of an indicator; empty for a table. */
  name: string
  type: string
}

const KEYS = ['unit', 'range', 'missing', 'source'] as const

/** The COMMENT of a table or column, as `wordsOf` reads it: the meaning, then ` | unit: … | range: … | missing: … | source: …`. */
export function commentOf({ meaning, ...said }: Partial<Words> & Pick<Words, 'meaning'>): string {
  const parts = KEYS.flatMap(key => (said[key] ? [`${key}: ${said[key]}`] : []))
  return [meaning, ...parts].map(part => part.replaceAll('|', '/')).join(' | ')
}

/** What a COMMENT says; a comment without keys is the meaning alone. */
export function wordsOf(comment: string): Partial<Words> & Pick<Words, 'meaning'> {
  const [meaning = '', ...parts] = comment.split(' | ').map(part => part.trim())
  const said: Partial<Words> = {}
  for (const part of parts) {
    const key = KEYS.find(one => part.startsWith(`${one}: `))
    if (key !== undefined) said[key] = part.slice(key.length + 2)
  }
  return { meaning, ...said }
}

/**
 * A whole line of what is known: words that follow from the type are added, none is invented.
 * @param known the first that says a word is believed
 */
export function columnWords(type: string, ...known: readonly Partial<Words>[]): Words {
  const first = (key: keyof Words): string | undefined => known.map(words => words[key]).find(Boolean)
  const isNullable = type.includes('Nullable(')
  const plain = plainOf(type)
  return {
    meaning: first('meaning') ?? '',
    unit: first('unit') ?? plain.unit,
    range: first('range') ?? plain.range,
    missing: first('missing') ?? (isNullable ? '' : 'never missing'),
    source: first('source') ?? '',
  }
}

/** Numbers say neither unit nor range by themselves. */
function plainOf(type: string): Pick<Words, 'unit' | 'range'> {
  const bare = type.replace(/^(?:LowCardinality|Nullable)\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1')
  if (/^(?:String|FixedString|UUID|Enum)/.test(bare)) return { unit: 'text', range: 'any text' }
  if (bare.startsWith('DateTime')) return { unit: 'instant, UTC', range: 'any instant' }
  if (bare.startsWith('Date')) return { unit: 'day', range: 'any day' }
  if (bare === 'Bool') return { unit: 'true or false', range: 'true, false' }
  if (/^Array\((?:LowCardinality\()?String/.test(bare)) return { unit: 'list of texts', range: 'any texts' }
  return { unit: '', range: '' }
}

/** What a line does not say, as sentences; [] if it is complete. */
export function undescribed(lines: readonly CodebookLine[]): string[] {
  return lines.flatMap(line => {
    const where = [line.database, line.table, line.name].filter(Boolean).join('.')
    const keys = line.part === 'table' ? (['meaning', 'source'] as const) : (['meaning', ...KEYS, 'type'] as const)
    const lacking = keys.filter(key => line[key].trim() === '' || line[key].startsWith('as in '))
    return lacking.length > 0 ? [`${line.part} ${where}: nothing is said of its ${lacking.join(', ')}`] : []
  })
}

/** An indicator, as a line: its unit, range and source are those of `value` in its rows. */
export function indicatorLine(entry: CatalogueEntry): CodebookLine {
  const [low, high] = entry.range
  return {
    part: 'indicator',
    database: '',
    table: '',
    name: entry.id,
    type: `a figure for every ${PERIODS[entry.period]}`,
    meaning: `${entry.name}. ${entry.question} Cannot know: ${entry.caution}`,
    unit: entry.unit,
    range: `from ${low} to ${high}`,
    missing: `status says why: fewer than ${entry.minimumN} students or what would give them away (suppressed), or too little is known (insufficient)`,
    source: `${entry.source}. Defined in ${entry.definition}, ${entry.code}, version ${entry.version}; computed by ${entry.files.join(', ')}`,
  }
}

export const indicatorLines = (): CodebookLine[] => catalogue.map(indicatorLine)

const PERIODS = { week: 'week', window: 'test or survey window', year: 'school year' } as const

/** The unit of `value` and all that is told in the same. */
export const UNIT_OF_INDICATOR = 'that of the indicator'
const PUBLISHING = 'processors/publish/README.md'
const IN_UNIT = {
  unit: UNIT_OF_INDICATOR,
  range: 'that of the indicator',
  missing: 'empty unless status is ok',
} as const
const HIDDEN = 'empty where suppressed'

/** Columns of published figures, wherever they stand: `published`, exports of the explorer, views for research. */
export const FIGURE_COLUMNS: Readonly<Record<string, Partial<Words> & Pick<Words, 'meaning'>>> = {
  line: { meaning: 'which of the lines asked for', unit: 'place in the list', range: '1 to 4' },
  name: { meaning: 'name of the line as shown' },
  indicator: { meaning: 'id in the catalogue', range: 'ids of the catalogue' },
  version: { meaning: 'version of its definition', unit: 'number', range: 'from 1' },
  unit_type: { meaning: 'what the figure is about', range: 'district, school' },
  unit_id: { meaning: 'the district’s id, or the school’s OneRoster sourcedId' },
  slice: {
    meaning: 'sorted key=value pairs: group of students, and what it is measured by; empty: all',
    range: 'empty, grade=…, band=1..4, fifth=1..5; then subject=…,test=… or informant=…,instrument=…,item=… or scale=…',
  },
  period: {
    meaning: 'ISO week, name of a test or survey window, or school year',
    range: '2026-W10, 2025-2026 spring, 2025-2026',
  },
  week: { meaning: 'Monday of the period, yyyy-mm-dd', range: 'Mondays' },
  value: { meaning: 'best estimate; shares as 0 to 1', ...IN_UNIT },
  lo95: { meaning: 'lower end of the 95 % interval', ...IN_UNIT },
  hi95: { meaning: 'upper end of the 95 % interval', ...IN_UNIT },
  se: { meaning: 'standard error', ...IN_UNIT, range: 'from 0' },
  n: {
    meaning: 'students (surveys: respondents) behind the value',
    unit: 'people',
    range: '0, or from 10',
    missing: HIDDEN,
  },
  n_eff: {
    meaning: 'as many students of equal weight would say as much: (Σw)² / Σw²',
    unit: 'people',
    range: 'from 0',
    missing: HIDDEN,
  },
  enrolled: { meaning: 'students enrolled in the unit', unit: 'people', range: '0, or from 10', missing: HIDDEN },
  status: { meaning: 'whether there is a value', range: 'ok, insufficient, not_applicable, stale, suppressed' },
  reason: { meaning: 'why status is not ok, or what to know when reading the value; empty: nothing' },
  as_of: { meaning: 'what had been stored by then went in' },
  snapshot: { meaning: 'number of the published snapshot', unit: 'number, growing', range: 'from 1' },
}

/** Tables of a district's own database that are told of. */
export const PUBLISHED_TABLES: Readonly<
  Record<string, { words: Pick<Words, 'meaning' | 'source'>; columns: Readonly<Record<string, Partial<Words>>> }>
> = {
  published: {
    words: {
      meaning:
        'Published figures: one row for every snapshot, indicator, unit, slice and period. Frozen; small cells are suppressed',
      source: PUBLISHING,
    },
    columns: FIGURE_COLUMNS,
  },
  snapshots: {
    words: { meaning: 'Snapshots of published figures. Readers take the newest complete one', source: PUBLISHING },
    columns: {
      snapshot: FIGURE_COLUMNS.snapshot!,
      published_at: { meaning: 'when it was published' },
      as_of: { meaning: 'what had been stored by then went in' },
      cells: { meaning: 'rows of the snapshot', unit: 'rows', range: 'from 1' },
      suppressed: { meaning: 'rows of which the figure is not told', unit: 'rows', range: 'from 0' },
      complete: { meaning: 'every row is stored' },
    },
  },
}
