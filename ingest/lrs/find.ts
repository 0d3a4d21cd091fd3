import { settingsFor, uuidSet } from '../../infra/warehouse/uuid-set.ts'
import type { Params, Warehouse } from '../../infra/warehouse/warehouse.ts'
import { VOIDED } from '../../schemas/xapi.ts'
import type { Filter } from './query.ts'

/** A statement as it was found: sealed. `at`: when it was stored, milliseconds since 1970. */
export type Found = { id: string; at: number; actor: string; raw: string }

export type Place = { at: number; id: string }

/** Whose statements may be seen: those that one source delivered, or all (null). */
export type Reach = string | null

export type Page = { found: Found[]; next: Place | null }

type Row = Found & { verb: string }

const MIN_CHUNK = 20
const MAX_CHUNK = 200
/** A page ends after so many bytes of sealed text. */
const MAX_BYTES = 8 * 1024 * 1024
/** Statements about statements about statements: so many steps are followed. */
const MAX_STEPS = 16
const COLUMNS =
  'toString(record_id) as id, toUnixTimestamp64Milli(stored_at)::Float64 as at, lower(hex(actor)) as actor, verb, raw'

/**
 * A page of statements in the order of storage, those voided left out.
 * @param most statements, at least 1
 * @param through nothing stored later, milliseconds since 1970
 */
export async function findPage(
  warehouse: Warehouse,
  filter: Filter,
  reach: Reach,
  range: { most: number; through: number; after: Place | null },
): Promise<Page> {
  const referring = await referringIds(warehouse, filter, reach)
  const page: Page = { found: [], next: null }
  let { after } = range
  let bytes = 0
  let last = ''
  for (;;) {
    const size = Math.min(Math.max(range.most - page.found.length + 1, MIN_CHUNK), MAX_CHUNK)
    const rows = await chunk(warehouse, filter, reach, { ...range, size, after, referring })
    const counted = await countedIn(warehouse, rows)
    for (const row of rows) {
      // A batch that was stored twice has the same rows twice until they are merged.
      const counts = counted.has(keyOf(row)) && keyOf(row) !== last
      // Known only now that there is one more: an address that leads to nothing is not given.
      if (counts && (page.found.length === range.most || bytes > MAX_BYTES)) return { ...page, next: after }
      after = { at: row.at, id: row.id }
      last = keyOf(row)
      if (!counts) continue
      page.found.push(row)
      bytes += row.raw.length
    }
    if (rows.length < size) return page
  }
}

/** One statement by its id; null if there is none, or its being voided is not as asked. */
export async function findOne(
  warehouse: Warehouse,
  id: string,
  reach: Reach,
  range: { voided: boolean; through: number },
): Promise<Found | null> {
  const params: Params = { id, verb: VOIDED, through: range.through }
  const conditions = [
    `standard = 'xapi'`,
    `stored_at <= ${TIME('through')}`,
    '(stored_at, record_id) in (select stored_at, record_id from record_index final where record_id = {id:UUID})',
    ...reachOf(reach, params),
  ]
  const [row] = await warehouse.query<Row & { voided: number }>(
    `select ${COLUMNS}, verb != {verb:String}
       and (select count() from voided where record_id = {id:UUID} and reason = 'voided') > 0 as voided
     from originals where ${conditions.join(' and ')} limit 1`,
    params,
  )
  return row !== undefined && Boolean(row.voided) === range.voided ? row : null
}

const TIME = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`

type Chunk = { size: number; through: number; after: Place | null; referring: readonly string[] }

async function chunk(warehouse: Warehouse, filter: Filter, reach: Reach, range: Chunk): Promise<Row[]> {
  const { size, referring } = range
  const params: Params = {}
  const within = [...rangeOf(filter, range, params), ...reachOf(reach, params)]
  const direction = filter.ascending ? 'asc' : 'desc'
  const first = `order by stored_at ${direction}, record_id ${direction} limit ${size}`
  const select = (where: readonly string[]): string =>
    `select stored_at, record_id, actor, verb, raw from originals where ${[...within, ...where].join(' and ')} ${first}`
  const lists = [select(matching(filter, params))]
  if (referring.length > 0) {
    const places = `select stored_at, record_id from record_index where record_id in ${uuidSet(referring)}`
    lists.push(select([`(stored_at, record_id) in (${places})`]))
  }
  const from = lists.map(list => `(${list})`).join(' union all ')
  return warehouse.query<Row>(`select ${COLUMNS} from (${from}) ${first}`, params, settingsFor(referring))
}

function rangeOf(filter: Filter, { through, after }: Chunk, params: Params): string[] {
  const conditions = [`standard = 'xapi'`, `stored_at <= ${TIME('through')}`]
  params.through = Math.min(through, filter.until ?? through)
  if (filter.since !== undefined) {
    conditions.push(`stored_at > ${TIME('since')}`)
    params.since = filter.since
  }
  if (after !== null) {
    const [least, more] = filter.ascending ? ['>=', '>'] : ['<=', '<']
    conditions.push(`stored_at ${least} ${TIME('at')}`)
    conditions.push(`(stored_at != ${TIME('at')} or record_id ${more} {after:UUID})`)
    Object.assign(params, { at: after.at, after: after.id })
  }
  return conditions
}

function reachOf(reach: Reach, params: Params): string[] {
  if (reach === null) return []
  params.reach = reach
  return ['source = {reach:String}']
}

/** The conditions that a statement about a matching statement need not meet. */
function matching(filter: Filter, params: Params): string[] {
  const { agent, authorityOf, verb, activity, registration } = filter
  const conditions: string[] = []
  if (agent !== undefined) {
    const ways = ['has(agents, unhex({agent:String}))']
    if (filter.relatedAgents) ways.push('has(related_agents, unhex({agent:String}))')
    if (filter.relatedAgents && authorityOf !== undefined) ways.push('source = {authority:String}')
    conditions.push(`(${ways.join(' or ')})`)
    Object.assign(params, { agent, authority: authorityOf ?? '' })
  }
  if (verb !== undefined) {
    conditions.push('verb = {verb:String}')
    params.verb = verb
  }
  if (activity !== undefined) {
    const near = filter.relatedActivities ? ' or has(related_activities, {activity:String})' : ''
    conditions.push(`(activity = {activity:String}${near})`)
    params.activity = activity
  }
  if (registration !== undefined) {
    conditions.push('registration = {registration:UUID}')
    params.registration = registration
  }
  return conditions
}

/**
 * Ids of the statements about matching statements, about those, and so on: they are found too, whatever they say
 * themselves (xAPI 1.0.3, Communication 2.1.3, StatementRefs).
 */
async function referringIds(warehouse: Warehouse, filter: Filter, reach: Reach): Promise<string[]> {
  const params: Params = {}
  const conditions = [...matching(filter, params), ...reachOf(reach, params)]
  if (conditions.length === reachOf(reach, {}).length) return []
  const found = new Set<string>()
  let fresh = await ids(
    warehouse,
    `select refers_to as id from statement_refs where refers_to in (
       select record_id from originals where ${conditions.join(' and ')} and (stored_at, record_id) in (
         select stored_at, record_id from record_index where record_id in (select refers_to from statement_refs)))`,
    params,
  )
  for (let step = 0; step < MAX_STEPS && fresh.length > 0; step++) {
    const about = `select record_id as id from statement_refs where refers_to in ${uuidSet(fresh)}`
    fresh = (await ids(warehouse, about, {}, fresh)).filter(id => !found.has(id))
    for (const id of fresh) found.add(id)
  }
  return [...found]
}

async function ids(
  warehouse: Warehouse,
  select: string,
  params: Params,
  named: readonly string[] = [],
): Promise<string[]> {
  const rows = await warehouse.query<{ id: string }>(
    `select distinct toString(id) as id from (${select})`,
    params,
    settingsFor(named),
  )
  return rows.map(({ id }) => id)
}

/** Which of the rows count: stored first under their id, and not voided. A voiding statement cannot be voided itself. */
async function countedIn(warehouse: Warehouse, rows: readonly Row[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set()
  const all = rows.map(({ id }) => id)
  const [first, voided] = await Promise.all([
    warehouse.query<Place>(
      `select toString(record_id) as id, toUnixTimestamp64Milli(stored_at)::Float64 as at
       from record_index final where record_id in ${uuidSet(all)}`,
      {},
      settingsFor(all),
    ),
    ids(
      warehouse,
      `select record_id as id from voided where reason = 'voided' and record_id in ${uuidSet(all)}`,
      {},
      all,
    ),
  ])
  const counted = new Set(first.map(keyOf))
  const gone = new Set(voided)
  for (const row of rows) if (gone.has(row.id) && row.verb !== VOIDED) counted.delete(keyOf(row))
  return counted
}

const keyOf = ({ id, at }: Place): string => `${id} ${at}`
