import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { HomeroomError } from '../../infra/errors.ts'
import type { Secrets } from '../../infra/secrets.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { Instrument, type InstrumentItem } from '../../schemas/survey.ts'
import { findLink, type Link } from './links.ts'
import { readConsent, readState, type State } from './states.ts'

export type Window = Instrument['windows'][number]

/** What a link opens at this moment. */
export type Asked = { link: Link; instrument: Instrument } & (
  | { is: 'open'; window: Window; responseId: string; state: State }
  /** All pages were sent. */
  | { is: 'sent'; window: Window; responseId: string; state: State }
  /** Whether to be asked again and again was not agreed, or taken back. */
  | { is: 'unasked' | 'withdrawn' }
  /** `begin`: when it, or the next of its windows, opens. */
  | { is: 'early'; begin: Day }
  | { is: 'over' }
)

/** Instruments as read a moment ago: a whole school opens the same one at the same time. */
export type Instruments = LRUCache<string, Promise<Instrument | null>>

/** A corrected window is in force after so long. */
const REREAD_MS = 5000

export const instrumentsRead = (): Instruments => new LRUCache({ max: 100, ttl: REREAD_MS })

type Deps = {
  warehouse: Warehouse
  secrets: Pick<Secrets, 'masterSecret'>
  today: () => Day
  instruments: Instruments
}

/**
 * What is asked by a link, today.
 * @returns null for what is no link, or not one any more
 * @throws HomeroomError NOT_FOUND if the instrument is not there: it was made with one that was
 */
export async function askedBy(deps: Deps, secret: string): Promise<Asked | null> {
  const { warehouse, secrets } = deps
  const link = await findLink(warehouse, secret)
  if (link === null) return null
  const instrument = await remembered(deps, link)
  if (instrument === null)
    throw new HomeroomError('NOT_FOUND', `survey ${link.instrument} ${link.version} is not loaded any more`)
  const of = { link, instrument }
  const today = deps.today()
  if (link.window === '' && link.respondent !== null) {
    const agreed = await readConsent(warehouse, link.instrument, link.respondent)
    if (instrument.windows.every(({ end }) => end <= today)) return { ...of, is: 'over' }
    if (agreed !== true) return { ...of, is: agreed === null ? 'unasked' : 'withdrawn' }
  }
  const window = windowFor(link, instrument.windows, today)
  if (window === null || window.end <= today) return { ...of, is: 'over' }
  if (today < window.begin) return { ...of, is: 'early', begin: window.begin }
  const responseId = responseIdOf(secrets, link, window.id)
  const state = await readState(warehouse, responseId)
  return { ...of, is: state.sent ? 'sent' : 'open', window, responseId, state }
}

function remembered({ warehouse, instruments }: Deps, { instrument, version }: Link): Promise<Instrument | null> {
  const key = `${instrument} ${version}`
  const known = instruments.get(key)
  if (known !== undefined) return known
  const read = readInstrument(warehouse, { instrument, version })
  instruments.set(key, read)
  // What failed is asked again at once; whoever waits for it hears of it.
  read.catch(() => instruments.delete(key))
  return read
}

/** The instrument as it was loaded last; null: it is not, or was before definitions were kept. */
export async function readInstrument(
  warehouse: Warehouse,
  of: { instrument: string; version: string },
): Promise<Instrument | null> {
  const [found] = await warehouse.query<{ definition: string }>(
    `select definition from survey_instruments final
     where instrument = {instrument:String} and version = {version:String} and definition != ''`,
    of,
  )
  return found === undefined ? null : Instrument.parse(JSON.parse(found.definition))
}

/**
 * A person has one response to a survey in a window, whatever the number of links; an anonymous link has one of its own.
 * Under the key: nobody can tell from a response which link or whom it came from.
 */
export function responseIdOf({ masterSecret }: Pick<Secrets, 'masterSecret'>, link: Link, window: string): string {
  const { instrument, respondent, student, hash } = link
  const whose = respondent === null ? ['link', hash] : ['person', respondent, student ?? '']
  const name = JSON.stringify(['v1', 'survey-response', instrument, window, ...whose])
  return uuid5(`survey-response|${createHmac('sha256', masterSecret).update(name).digest('hex')}`)
}

/** Questions on one page. */
const PAGE = 8

/** The questions, page by page, as even as can be. */
export function pagesOf({ items }: Pick<Instrument, 'items'>): InstrumentItem[][] {
  const pages = Math.ceil(items.length / PAGE)
  const length = Math.ceil(items.length / pages)
  return Array.from({ length: pages }, (_, at) => items.slice(at * length, (at + 1) * length))
}

/** The first page that was not sent; their number, where all were. */
export function pagesSent(pages: readonly InstrumentItem[][], { given }: Pick<State, 'given'>): number {
  const at = pages.findIndex(items => items.some(({ id }) => given[id] === undefined))
  return at < 0 ? pages.length : at
}

/** The window that is meant, or, of every one, the one that is open, else the next. */
function windowFor(link: Link, windows: readonly Window[], today: Day): Window | null {
  if (link.window !== '') return windows.find(({ id }) => id === link.window) ?? null
  const left = windows.filter(({ end }) => today < end).sort((a, b) => (a.begin < b.begin ? -1 : 1))
  return left[0] ?? null
}
