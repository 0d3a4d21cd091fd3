import { Command, Option } from 'commander'
import { letterOpener } from '../../ingest/dead-letters.ts'
import { spreadsheetField } from '../csv.ts'
import { HomeroomError } from '../errors.ts'
import { letterGroups, storedLetters, type LetterFilter, type StoredLetter } from '../warehouse/dead-letters.ts'
import { filterOf, openableBy, openableSentences, withFilter, type FilterOptions } from './letter-filter.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'

type Options = FilterOptions & {
  state: NonNullable<LetterFilter['state']>
  list?: boolean
  original?: boolean
  json?: boolean
  csv?: boolean
}

const NOTE =
  'Originals may hold names, addresses and ids of people: what is printed here leaves the protection of the seal.'

/** `dead-letters`: what could not be used, why, and what was sent. */
export function deadLettersCommand(): Command {
  return withFilter(
    new Command('dead-letters')
      .description('what could not be used: counts by source, door, code and rule; single letters; their originals')
      .argument('[id...]', 'ids of letters, or their first eight digits or more; not given: counts of all'),
  )
    .addOption(
      new Option('--state <state>', 'open, redriven or all').choices(['open', 'redriven', 'all']).default('open'),
    )
    .option('--list', 'each letter instead of counts')
    .option('--original', 'also what was sent, opened; may hold personal data')
    .option('--json', 'print JSON: counts as one line, letters as a line each')
    .option('--csv', 'print CSV with a header')
    .addHelpText(
      'after',
      '\nOriginals are sealed under a key of their month, which ends 90 days after it: nobody can open them then.\n`homeroom redrive` gives letters to their doors again once the cause is mended.',
    )
    .action(async (ids: string[], options: Options) => {
      const runtime = await openRuntime()
      try {
        await prepare(runtime)
        const filter = { ...filterOf(options, ids), state: ids.length > 0 ? ('all' as const) : options.state }
        if (ids.length > 0 || options.list || options.original) await printLetters(runtime, filter, options)
        else await printGroups(runtime, filter, options)
      } finally {
        await runtime.close()
      }
    })
}

async function printGroups({ warehouse }: Runtime, filter: LetterFilter, options: Options): Promise<void> {
  const groups = await letterGroups(warehouse, filter)
  const openable = await openableBy(warehouse, filter)
  const letters = groups.reduce((sum, group) => sum + group.letters, 0)
  if (options.json) return console.log(JSON.stringify({ letters, groups, openable }))
  if (options.csv) return printCsv(groups, GROUP_COLUMNS)
  if (letters === 0) return console.log(`no dead letters${options.state === 'open' ? ' wait' : ''}`)
  for (const { letters: count, source, door, code, rule, oldest, newest, example } of groups)
    console.log(
      `${String(count).padStart(8)}  ${source} at ${door}  ${code}  ${rule === code ? '' : rule}\n` +
        `          ${oldest.slice(0, 16)} to ${newest.slice(0, 16)}, for example ${example}`,
    )
  console.log(`${String(letters).padStart(8)}  in all`)
  for (const sentence of openableSentences(openable)) console.log(sentence)
}

async function printLetters({ warehouse, secrets }: Runtime, filter: LetterFilter, options: Options): Promise<void> {
  const open = letterOpener(secrets)
  if (options.original) process.stderr.write(`${NOTE}\n`)
  const wanted = new Set(filter.ids)
  let isFirst = true
  for await (const page of storedLetters(warehouse, filter)) {
    const shown = page.map(letter => shownLetter(letter, options.original ? open : null))
    for (const { id } of page) for (const part of wanted) if (id.startsWith(part.toLowerCase())) wanted.delete(part)
    if (options.csv) printCsv(shown, [...LETTER_COLUMNS, ...(options.original ? ORIGINAL_COLUMNS : [])], isFirst)
    else for (const letter of shown) console.log(options.json ? JSON.stringify(letter) : textOf(letter))
    isFirst = false
  }
  if (wanted.size > 0)
    throw new HomeroomError(
      'NOT_FOUND',
      `no dead letter has the id ${[...wanted].join(', ')}, or it was not stored yet`,
    )
}

type Shown = Omit<StoredLetter, 'original' | 'begun'> & { original?: string; closed?: string }

function shownLetter(letter: StoredLetter, open: ReturnType<typeof letterOpener> | null): Shown {
  const { original, begun: _begun, ...shown } = letter
  if (open === null) return shown
  const { text, closed } = open(original)
  return text === undefined ? { ...shown, closed } : { ...shown, original: text }
}

function textOf(letter: Shown): string {
  const { id, source, door, storedAt, place, reason, outcome, redrivenAt, records, original, closed } = letter
  return [
    `${id}  ${source} at ${door}, ${storedAt}, ${place}`,
    `  ${reason}`,
    ...(outcome === '' ? [] : [`  redriven ${redrivenAt}: ${outcome}${records.map(record => ` ${record}`).join('')}`]),
    ...(original === undefined ? [] : [original]),
    ...(closed === undefined ? [] : [`  The original cannot be shown: ${closed}`]),
  ].join('\n')
}

const GROUP_COLUMNS = 'letters source door code rule oldest newest example'.split(' ')
const LETTER_COLUMNS = 'id source door storedAt place code rule reason outcome redrivenAt records letters'.split(' ')
const ORIGINAL_COLUMNS = ['original', 'closed']

function printCsv(rows: readonly object[], columns: readonly string[], withHeader = true): void {
  if (withHeader) console.log(columns.join(','))
  for (const row of rows)
    console.log(columns.map(column => spreadsheetField(textIn((row as Record<string, Field>)[column]))).join(','))
}

type Field = string | number | string[] | undefined

const textIn = (value: Field): string => (Array.isArray(value) ? value.join(' ') : String(value ?? ''))
