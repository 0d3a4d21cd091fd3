import type { FastifyRequest } from 'fastify'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { FIGURE_COLUMNS, UNIT_OF_INDICATOR } from '../../schemas/codebook.ts'
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
    `Homeroom, district ${district}: ${question.entry.name}${question.measure && ` (${plan.chosen?.name ?? measureName(question.measure)})`}. ` +
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
    ['computed by', entry.files.join(', ')],
  ]
}

/** Columns of `explored.sql`, in its order; a test compares the names. `{unit}`: that of the indicator. */
export const COLUMNS: readonly (readonly [string, string])[] = [
  'line',
  'name',
  'indicator',
  'version',
  'unit_type',
  'unit_id',
  'slice',
  'period',
  'week',
  'value',
  'lo95',
  'hi95',
  'se',
  'n',
  'enrolled',
  'status',
  'reason',
  'as_of',
  'snapshot',
].map(name => {
  const { meaning, unit, range, missing } = FIGURE_COLUMNS[name]!
  const isInUnit = unit === UNIT_OF_INDICATOR
  return [name, [meaning, isInUnit ? '{unit}' : range, missing].filter(Boolean).join('; ')] as const
})

const SUPPRESSION =
  'Figures of fewer than {n} students, and those that would give them away, are not published (status suppressed). ' +
  'From 10 to 19 students values are drawn towards the district’s. Shares are whole percent; near 0 and 1 only a bracket is given.'
