import type { FastifyRequest } from 'fastify'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { addressOf } from './question.ts'
import type { Plan } from './view.ts'
import { measureName } from './words.ts'

/** `origin`: where this Homeroom is reached, for an address that works elsewhere. */
export type Source = { district: string; today: string; origin: string }

export const originOf = ({ protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>): string =>
  `${protocol}://${host}`

/** One line that says where figures come from and leads back to exactly them. */
export function citationOf(plan: Plan, { district, today, origin }: Source): string {
  const { question, snapshot, year } = plan
  const pinned = addressOf({ ...question, year, snapshot: snapshot.snapshot })
  const published = new Date(snapshot.published_ms).toISOString().slice(0, 10)
  return (
    `Homeroom, district ${district}: ${question.entry.name}${question.measure && ` (${measureName(question.measure)})`}. ` +
    `Snapshot ${snapshot.snapshot}, published ${published}. ${origin}${pinned}, read ${today}.`
  )
}

/** What stands in an export, as text: citation, indicator, lines, columns. From the catalogue and the query. */
export function codebookOf(plan: Plan, source: Source): string {
  const { entry } = plan.question
  const sections: [string, [string, string][]][] = [
    ['Citation', [['', citationOf(plan, source)]]],
    ['Indicator', indicatorOf(entry)],
    ['Lines', plan.asked.names.map((name, i) => [String(i + 1), name])],
    ['Columns', COLUMNS.map(([name, text]) => [name, text.replace('{unit}', entry.unit)])],
    ['Suppression', [['', SUPPRESSION.replace('{n}', String(entry.minimumN))]]],
  ]
  return sections
    .map(([title, facts]) => `${title}\n${facts.map(([term, text]) => `  ${term && `${term}: `}${text}`).join('\n')}\n`)
    .join('\n')
}

function indicatorOf(entry: CatalogueEntry): [string, string][] {
  return [
    ['id', `${entry.id}, version ${entry.version}`],
    ['name', entry.name],
    ['question', entry.question],
    ['unit', entry.unit],
    ['range', `${entry.range[0]} to ${entry.range[1]}`],
    ['period', entry.period],
    ['minimum n', String(entry.minimumN)],
    ['cannot know', entry.caution],
    ['source', entry.source],
    ['definition', `${entry.definition}, ${entry.code}`],
  ]
}

/** Columns of `explored.sql`; a test compares the names. */
export const COLUMNS: readonly (readonly [string, string])[] = [
  ['line', 'which of the lines, 1 to 4'],
  ['name', 'name of the line as shown'],
  ['indicator', 'id in the catalogue'],
  ['version', 'version of its definition'],
  ['unit_type', 'district or school'],
  ['unit_id', 'the district’s id, or the school’s OneRoster sourcedId'],
  ['slice', 'sorted key=value pairs: group of students, and what it is measured by; empty: all'],
  ['period', 'ISO week, name of a test or survey window, or school year'],
  ['week', 'Monday of the period, yyyy-mm-dd'],
  ['value', 'best estimate, {unit}; shares as 0 to 1; empty unless status is ok'],
  ['lo95', 'lower end of the 95 % interval, same unit'],
  ['hi95', 'upper end, same unit'],
  ['se', 'standard error, same unit'],
  ['n', 'students (surveys: respondents) behind the value; empty where suppressed'],
  ['enrolled', 'students enrolled in the unit; empty where suppressed'],
  ['status', 'ok, insufficient, not_applicable, stale, suppressed'],
  ['reason', 'why status is not ok, or what to know when reading the value'],
  ['as_of', 'what had been stored by then went in, UTC'],
  ['snapshot', 'number of the published snapshot'],
]

const SUPPRESSION =
  'Figures of fewer than {n} students, and those that would give them away, are not published (status suppressed). ' +
  'From 10 to 19 students values are drawn towards the district’s. Shares are whole percent; near 0 and 1 only a bracket is given.'
