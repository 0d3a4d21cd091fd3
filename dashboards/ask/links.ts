import { z } from 'zod'
import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  textColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint8Column } from '../../infra/warehouse/columns-of.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { NOBODY, type Day, type Pseudonym } from '../../schemas/record.ts'
import { hashOf, newSecret } from '../sign-in/sign-in.ts'

/** Whom a link asks, and what. */
export type Link = {
  /** SHA-256 of its secret; the secret itself is stored nowhere. */
  hash: string
  instrument: string
  version: string
  /** '': every window, of those who agree. */
  window: string
  /** null: anonymous. */
  respondent: Pseudonym | null
  /** About whom a family answers. */
  student: Pseudonym | null
  /** Of anonymous ones; else the roster knows. */
  school: string
  grade: string
  /** Day after the last of its window, as known when it was made. */
  until: Day
}

const FORM = /^[\w-]{43}$/
const DAY_MS = 86_400_000

export const surveyPath = (secret: string): string => `/survey/${secret}`

/** A secret that a link can hold, and what is stored of it. */
export function newLinkSecret(): { secret: string; hash: string } {
  const secret = newSecret()
  return { secret, hash: hashOf(secret) }
}

/**
 * Keep links; they open their page when this resolves.
 * @param replaces earlier links of the same respondents to the same window end
 */
export async function storeLinks(
  warehouse: Warehouse,
  links: readonly Link[],
  { madeAt, replaces }: { madeAt: Date; replaces: boolean },
): Promise<void> {
  if (links.length === 0) return
  const column = columnsOf(links)
  const table = `${warehouse.identity}.survey_links`
  await warehouse.insertArrow(
    table,
    arrowStream(links.length, [
      column(textColumn, 'hash', x => x.hash),
      column(dictionaryColumn, 'instrument', x => x.instrument),
      column(dictionaryColumn, 'version', x => x.version),
      column(dictionaryColumn, 'window', x => x.window),
      column(hexColumn, 'person_id', x => x.respondent ?? NOBODY),
      column(hexColumn, 'student_id', x => x.student ?? NOBODY),
      column(dictionaryColumn, 'school_id', x => x.school),
      column(dictionaryColumn, 'grade', x => x.grade),
      column(millisecondsColumn, 'made_at', () => madeAt.getTime()),
      column(daysColumn, 'until', x => Date.parse(`${x.until}T00:00:00Z`) / DAY_MS),
      column(uint8Column, 'ended', () => 0),
    ]),
  )
  if (!replaces) return
  const { instrument, window } = links[0]!
  await warehouse.command(
    `insert into {identity:Identifier}.survey_links
     select old.* replace (1 as ended) from {identity:Identifier}.survey_links as old final
     where ${OPEN} and old.ended = 0 and old.made_at < fromUnixTimestamp64Milli({made:Int64}, 'UTC') and (person_id, student_id) in (
       select person_id, student_id from {identity:Identifier}.survey_links where ${OPEN} and made_at = fromUnixTimestamp64Milli({made:Int64}, 'UTC'))`,
    { instrument, window, made: String(madeAt.getTime()) },
  )
}

/** Who has a link to this window that still opens: `<respondent> <student>`. */
export async function linkedRespondents(
  warehouse: Warehouse,
  of: Pick<Link, 'instrument' | 'window'>,
): Promise<Set<string>> {
  const found = await warehouse.query<{ who: string }>(
    `select distinct lower(concat(hex(person_id), ' ', hex(student_id))) as who
     from {identity:Identifier}.survey_links final where ended = 0 and ${OPEN}`,
    of,
  )
  return new Set(found.map(({ who }) => who))
}

/** As `linkedRespondents` names a respondent. */
export const respondentKey = ({ respondent, student }: Pick<Link, 'respondent' | 'student'>): string =>
  `${respondent ?? NOBODY} ${student ?? NOBODY}`

/** @returns null for what is no link, or not one any more */
export async function findLink(warehouse: Warehouse, secret: string): Promise<Link | null> {
  if (!FORM.test(secret)) return null
  const [found] = rows(Row, await warehouse.query(FIND, { hash: hashOf(secret) }))
  if (found === undefined) return null
  const { person, student, ...rest } = found
  return { ...rest, respondent: person === NOBODY ? null : person, student: student === NOBODY ? null : student }
}

const OPEN = "instrument = {instrument:String} and window = {window:String} and person_id != toFixedString('', 32)"

const FIND = `select hash, instrument, version, window, lower(hex(person_id)) as person, lower(hex(student_id)) as student,
    school_id as school, grade, toString(until) as until
  from {identity:Identifier}.survey_links final where hash = {hash:String} and ended = 0`

const Row = z.object({
  hash: z.string(),
  instrument: z.string(),
  version: z.string(),
  window: z.string(),
  person: z.string(),
  student: z.string(),
  school: z.string(),
  grade: z.string(),
  until: z.string(),
})
