import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { catalogue, indicator, publishedCells, type CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { mondayOf, periodOf } from '../weeks.ts'

/** More lines than these are not told apart at one look. */
export const MOST_LINES = 4

/** One line of a comparison: a unit, and which of its students (`grade=09`; '' = all of them). */
export type Line = { unit: Place; group: string }
export type Place = { type: 'district' | 'school'; id: string }

/** What the explorer is asked; every part of it stands in the address, and nothing else does. */
export type Question = {
  entry: CatalogueEntry
  /** What the indicator is measured by, as slices end (`subject=math,test=state`); '' = the first there is, or nothing. */
  measure: string
  /** At most `MOST_LINES`, no two alike, in the order of the address; none: the reader's own. */
  lines: readonly Line[]
  /** The year in which a school year begins; `all`; undefined: the page decides. */
  year: number | 'all' | undefined
  /** Monday of the period of the tables below the chart; undefined: the newest. */
  week: Day | undefined
  /** A snapshot that the address pins; undefined: the newest. */
  snapshot: string | undefined
}

export const explorerPath = '/explore'

/**
 * What an address asks.
 * @param query its parameters; repeated ones as arrays
 * @throws HomeroomError QUERY_INVALID naming every wrong parameter
 */
export function questionOf(query: unknown): Question {
  const parsed = Query.safeParse(query)
  if (!parsed.success) throw invalid(parsed.error.issues.map(i => `${i.path.join('.') || 'address'}: ${i.message}`))
  const { indicator: id, measure, unit, group, year, week, snapshot } = parsed.data
  if (group.length > 0 && group.length !== unit.length)
    throw invalid([`group: ${group.length} given for ${unit.length} units; expected one for each unit, or none at all`])
  const lines = unit.flatMap((name, i) =>
    name === '' ? [] : [{ unit: placeOf(name), group: pairsOf(group[i] ?? '') }],
  )
  return {
    entry: indicator(id),
    measure: pairsOf(measure),
    lines: [...new Map(lines.map(line => [keyOf(line), line])).values()],
    year: year === undefined || year === '' ? undefined : year === 'all' ? 'all' : Number(year),
    week: week === undefined || week === '' ? undefined : mondayOf(week)!,
    snapshot: snapshot === undefined || snapshot === '' ? undefined : BigInt(snapshot).toString(),
  }
}

/** The shortest address that asks this; equal questions have equal addresses. */
export function addressOf(question: Question, path: string = explorerPath): string {
  const { entry, measure, lines, year, week, snapshot } = question
  const grouped = lines.some(({ group }) => group !== '')
  const pairs: [string, string][] = [
    ['indicator', entry.id],
    ...(measure === '' ? [] : [['measure', named(measure)] as [string, string]]),
    ...lines.flatMap(({ unit, group }): [string, string][] => [
      ['unit', unitName(unit)],
      ...(grouped ? [['group', named(group)] as [string, string]] : []),
    ]),
    ...(year === undefined ? [] : [['year', String(year)] as [string, string]]),
    ...(week === undefined ? [] : [['week', periodOf(week)] as [string, string]]),
    ...(snapshot === undefined ? [] : [['snapshot', snapshot] as [string, string]]),
  ]
  return `${path}?${new URLSearchParams(pairs).toString().replaceAll('%3A', ':').replaceAll('%2C', ',')}`
}

/** Did the form send choices that were left open? Then there is a shorter address for the same. */
export function hasBlanks(query: Readonly<Record<string, unknown>>): boolean {
  const isBlank = (name: string): boolean => [query[name]].flat().includes('')
  return ['measure', 'unit', 'year', 'week', 'snapshot'].some(isBlank)
}

/** `district`, `school:ID`. */
export const unitName = ({ type, id }: Place): string => (type === 'district' ? 'district' : `school:${id}`)
/** `subject=math,test=state` → `subject:math,test:state`, which needs no escapes in an address. */
export const named = (slice: string): string => eachPair(slice, '=', ':')
export const keyOf = ({ unit, group }: Line): string => `${unitName(unit)} ${group}`

const placeOf = (name: string): Place =>
  name === 'district' ? { type: 'district', id: '' } : { type: 'school', id: name.slice('school:'.length) }
const pairsOf = (text: string): string => eachPair(text, ':', '=')
const eachPair = (text: string, from: string, to: string): string =>
  text
    .split(',')
    .map(pair => pair.replace(from, to))
    .join(',')

const invalid = (problems: readonly string[]): HomeroomError =>
  new HomeroomError('QUERY_INVALID', `The address asks for something that there is not. ${problems.join('; ')}`)

/** One parameter, or the same several times. */
const several = (each: z.ZodType<string>) =>
  z.preprocess(
    given => (given === undefined ? [] : [given].flat()),
    z.array(each).max(MOST_LINES, `expected at most ${MOST_LINES}`),
  )

const GROUP = new RegExp(`^(?:(?:${publishedCells.dimensions.join('|')}):[\\w.-]{1,64})?$`)
const blank = z.literal('')

const Query = z.strictObject({
  indicator: z.enum(
    catalogue.map(({ id }) => id),
    'expected the id of an indicator, as /catalogue lists them',
  ),
  measure: z.string().max(512).default(''),
  unit: several(
    z
      .string()
      .max(256)
      .regex(/^(?:district|school:[^]+)?$/, 'expected district, or school: and its id'),
  ),
  group: several(z.string().regex(GROUP, `expected ${publishedCells.dimensions.join(', ')}, a colon and which one`)),
  year: z
    .string()
    .regex(/^(?:all|19[7-9]\d|20\d\d)?$/, 'expected the year in which a school year begins, for example 2025, or all')
    .optional(),
  week: blank
    .or(z.string().refine(period => mondayOf(period) !== null, 'expected an ISO week, for example 2026-W10'))
    .optional(),
  snapshot: z
    .string()
    .regex(/^\d{0,19}$/, 'expected the number of a snapshot')
    .optional(),
})
