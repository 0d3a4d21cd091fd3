import { HomeroomError } from '../../infra/errors.ts'
import type { Annotations } from '../annotations/annotations.ts'
import type { Day } from '../../schemas/record.ts'
import { denied, tierOf, type SignedIn } from '../access.ts'
import type { School, Snapshot } from '../figures/figures.ts'
import { openingWeek, schoolYearOf } from '../weeks.ts'
import { sliceOf, type Asked, type Explorer, type ExploredRow, type Series } from './explorer.ts'
import { notesOf, type PlacedMark } from './notes.ts'
import { MOST_LINES, type Line, type Place, type Question } from './question.ts'
import { groupName } from './words.ts'

/** One line as it is shown. */
export type Shown = Line & {
  /** `Lincoln School, grade 9`. */
  name: string
  rows: readonly ExploredRow[]
}

/** A question as it is answered to one reader: everything open in it decided, nothing in it that they may not see. */
export type Plan = {
  /** What stands in addresses that lead on from here: the reader's lines, and the rest as it was asked. */
  question: Question
  snapshot: Snapshot
  series: readonly Series[]
  /** What is published of the indicator as measured; undefined: nothing of it is. */
  chosen: Series | undefined
  /** How many lines of the address this reader may not see. */
  withheld: number
  /** What the address wants it measured by and nothing is published by: then it is the first of the series. */
  otherMeasure: string | null
  year: number | 'all'
  /** Mondays of the periods in the time shown, ascending. */
  weeks: readonly Day[]
  /** The period in words and tables; undefined: none has a figure. */
  at: Day | undefined
  /** Dated notes on what is shown; none on periods that are no weeks. */
  notes: readonly PlacedMark[]
  asked: Asked
}

/** A plan with its figures. */
export type View = Plan & { lines: readonly Shown[] }

export type Viewer = { reader: SignedIn; schools: readonly School[]; explorer: Explorer; annotations: Annotations }

/**
 * What is answered to a reader, before any figure is read.
 * @returns undefined before anything is published
 * @throws HomeroomError SCOPE_DENIED if nothing of it is theirs to see, QUERY_INVALID if it names a school or snapshot
 *   that there is not
 */
export async function planOf(viewer: Viewer, asked: Question): Promise<Plan | undefined> {
  const { explorer, reader } = viewer
  if (tierOf(reader, DISTRICT) === 'none')
    throw new HomeroomError('SCOPE_DENIED', 'Your account may not see figures of students')
  const lines = allowed(viewer, asked.lines.length > 0 ? asked.lines : ownLines(reader))
  const withheld = asked.lines.length > 0 ? asked.lines.length - lines.length : 0
  const snapshot = await explorer.snapshot(asked.snapshot)
  if (!snapshot) return undefined
  const series = await explorer.choices(snapshot.snapshot, asked.entry.id)
  const chosen = series.find(({ measure }) => measure === asked.measure) ?? series[0]
  const question = { ...asked, lines, measure: chosen?.measure ?? '' }
  const year = asked.year ?? openingYear(question, chosen)
  const { from, to } = timeOf(year)
  const of = (days: readonly Day[] = []): Day[] => days.filter(week => week >= from && week < to)
  const params = paramsOf(question, snapshot.snapshot, namesOf(lines, viewer.schools), { from, to })
  const weeks = of(chosen?.weeks)
  return {
    question,
    snapshot,
    series,
    chosen,
    withheld,
    otherMeasure: asked.measure === '' || asked.measure === chosen?.measure ? null : asked.measure,
    year,
    weeks,
    notes:
      asked.entry.period === 'week' ? await notesOf(viewer.annotations, { lines, schools: viewer.schools, weeks }) : [],
    at: atOf(asked.week, weeks, of(chosen?.known), snapshot),
    asked: params,
  }
}

/** A plan's figures, as drawn, in tables and in files. */
export async function viewOf(plan: Plan, explorer: Explorer): Promise<View> {
  const found = Map.groupBy(await explorer.explored(plan.asked), ({ line }) => line)
  const lines = plan.question.lines.map((line, i) => ({
    ...line,
    name: plan.asked.names[i]!,
    rows: found.get(i + 1) ?? [],
  }))
  return { ...plan, lines }
}

/** The lines that a reader of this role begins with: the district, and beside it the own school. */
function ownLines(reader: SignedIn): Line[] {
  const own = reader.scope.schools.map((id): Place => ({ type: 'school', id }))
  return [DISTRICT, ...own].slice(0, MOST_LINES).map(unit => ({ unit, group: '' }))
}

/** @throws HomeroomError SCOPE_DENIED if none is left, QUERY_INVALID for a school that is not there */
function allowed({ reader, schools }: Viewer, lines: readonly Line[]): Line[] {
  const open = lines.filter(({ unit }) => tierOf(reader, unit) !== 'none')
  if (open.length === 0) throw denied(reader, lines[0]?.unit ?? DISTRICT)
  const unknown = open.find(({ unit: { type, id } }) => type === 'school' && !schools.some(school => school.id === id))
  if (unknown)
    throw new HomeroomError(
      'QUERY_INVALID',
      `unit: no school of the roster has the id ${JSON.stringify(unknown.unit.id)}`,
    )
  return open
}

const openingYear = ({ entry, week }: Question, chosen: Series | undefined): number | 'all' => {
  if (entry.period !== 'week') return 'all'
  const day = week ?? chosen?.known.at(-1) ?? chosen?.weeks.at(-1)
  return day === undefined ? 'all' : Number(schoolYearOf(day).from.slice(0, 4))
}

const timeOf = (year: number | 'all'): { from: Day; to: Day } =>
  year === 'all' ? { from: '1970-01-05', to: '2149-06-01' } : { from: `${year}-08-01`, to: `${year + 1}-08-01` }

function atOf(
  week: Day | undefined,
  weeks: readonly Day[],
  known: readonly Day[],
  snapshot: Snapshot,
): Day | undefined {
  if (week !== undefined && weeks.includes(week)) return week
  const day = new Date(snapshot.as_of_ms).toISOString().slice(0, 10)
  return openingWeek(
    weeks.map(one => ({ week: one, ok: known.includes(one) })),
    day,
  )
}

function namesOf(lines: readonly Line[], schools: readonly School[]): string[] {
  return lines.map(({ unit, group }) => [placeName(unit, schools), groupName(group)].filter(Boolean).join(', '))
}

export const placeName = ({ type, id }: Place, schools: readonly School[]): string =>
  type === 'district' ? 'District' : (schools.find(school => school.id === id)?.name ?? id)

function paramsOf(
  { entry, measure, lines }: Question,
  snapshot: string,
  names: readonly string[],
  time: { from: Day; to: Day },
): Asked {
  return {
    snapshot,
    indicator: entry.id,
    unit_types: lines.map(({ unit }) => unit.type),
    unit_ids: lines.map(({ unit }) => unit.id),
    slices: lines.map(({ group }) => sliceOf(group, measure)),
    names,
    ...time,
  }
}

export const DISTRICT: Place = { type: 'district', id: '' }
