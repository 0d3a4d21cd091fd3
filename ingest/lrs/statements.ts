import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { tellAudit } from '../../infra/audit.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Intake } from '../intake.ts'
import { pseudonymOf, type Identify } from '../map/participants.ts'
import type { Consistency } from './consistency.ts'
import { addressOf, cursorOf, MORE, type Cursor } from './cursor.ts'
import { definitionsFor } from './definitions.ts'
import { findOne, findPage, type Found, type Reach } from './find.ts'
import { canonicalOf, exactOf, idsOnly } from './format.ts'
import { multipartAnswer } from './multipart-answer.ts'
import { askedIn, type Filter, type Shown } from './query.ts'
import { readOriginals } from './reader.ts'
import type { Resources } from './store.ts'

/** What reading back needs. */
export type Lrs = {
  intake: Intake
  warehouse: Warehouse
  secrets: Secrets
  resources: Resources
  consistency: Consistency
}

type Json = Record<string, unknown>
type Read = { found: Found; statement: Json }

/** Statements of one answer, at most; `limit=0` asks for as many. */
export const MAX_PAGE = 500
const USUAL_PAGE = 100
/** So long a question waits until what the same source sent before it can be retrieved. */
const PATIENCE_MS = 1000

/** GET and HEAD /xapi/statements, and the addresses that its answers give as `more`. */
export function statementsReadRoutes(app: FastifyInstance, lrs: Lrs): void {
  const door = { config: { door: 'xapi' } } as const
  app.get('/xapi/statements', door, (request, reply) => statements(request, reply, lrs))
  // Not `:cursor`: the router has a bound of 100 characters for one.
  app.get(`${MORE}*`, door, (request, reply) => more(request, reply, lrs))
}

async function statements(request: FastifyRequest, reply: FastifyReply, lrs: Lrs): Promise<FastifyReply> {
  const identify: Identify = agent => pseudonymOf(agent, lrs.intake.pseudonymise)
  const asked = askedIn(request.query as Json, identify)
  const through = await ownRead(request, lrs)
  sayThrough(reply, through)
  if ('id' in asked) {
    const found = await findOne(lrs.warehouse, asked.id, reachOf(request), { ...asked, through })
    const [read] = await readAll(lrs, found === null ? [] : [found])
    if (read === undefined) throw notFound(asked.voided)
    void reply.header('last-modified', new Date(read.found.at).toUTCString())
    const [shown] = await show(lrs, request, [read], asked)
    await tellOfReading(request, lrs, [read])
    return answer(reply, lrs, shown, [read], asked)
  }
  return list(request, reply, lrs, { ...asked, through, after: null })
}

async function more(request: FastifyRequest, reply: FastifyReply, lrs: Lrs): Promise<FastifyReply> {
  const cursor = cursorOf((request.params as { '*': string })['*'])
  sayThrough(reply, await lrs.consistency.through())
  return list(request, reply, lrs, cursor)
}

type List = Shown & { filter: Filter; through: number; after: Cursor['after'] | null }

async function list(request: FastifyRequest, reply: FastifyReply, lrs: Lrs, asked: List): Promise<FastifyReply> {
  const { filter, through, after } = asked
  const most = Math.min(filter.limit ?? USUAL_PAGE, MAX_PAGE)
  const page = await findPage(lrs.warehouse, filter, reachOf(request), { most, through, after })
  const read = await readAll(lrs, page.found)
  const shown = await show(lrs, request, read, asked)
  const next = page.next && { ...asked, after: page.next }
  await tellOfReading(request, lrs, read)
  return answer(reply, lrs, { statements: shown, more: next === null ? '' : addressOf(next) }, read, asked)
}

/** Whole, in order; those whose key was erased are left out. */
async function readAll({ warehouse, secrets }: Lrs, found: readonly Found[]): Promise<Read[]> {
  const originals = await readOriginals(
    warehouse,
    secrets,
    found.map(({ raw }) => raw),
  )
  return found.flatMap((each, i) => {
    const statement = originals[i] ?? null
    return statement === null ? [] : [{ found: each, statement }]
  })
}

async function show(lrs: Lrs, request: FastifyRequest, read: readonly Read[], { format }: Shown): Promise<Json[]> {
  const whole = read.map(({ statement }) => statement)
  if (format === 'exact') return whole.map(exactOf)
  if (format === 'ids') return whole.map(idsOnly)
  const definitions = await definitionsFor(lrs, whole, reachOf(request))
  const languages = request.headers['accept-language'] ?? ''
  return whole.map(statement => canonicalOf(statement, id => definitions.get(id), languages))
}

/** Who reads what others sent sees people: the audit knows of whom, before the answer is sent. */
async function tellOfReading(request: FastifyRequest, lrs: Lrs, read: readonly Read[]): Promise<void> {
  if (reachOf(request) !== null || read.length === 0) return
  const { source, method, routeOptions } = request
  const units = [...new Set(read.map(({ found }) => `person:${found.actor}`))]
  const line = { account: source.id, role: source.role.slice(0, 64), action: 'saw' as const, units }
  await tellAudit(lrs.intake.log, { ...line, route: `${method} ${routeOptions.url}` }, new Date(lrs.intake.now()))
}

function answer(
  reply: FastifyReply,
  { resources }: Lrs,
  body: unknown,
  read: readonly Read[],
  { attachments }: Shown,
): FastifyReply {
  const json = JSON.stringify(body)
  if (!attachments) return reply.type('application/json; charset=utf-8').send(json)
  const parts = new Map<string, { contentType: string; sha2: string; body: Buffer }>()
  for (const { found, statement } of read) {
    for (const { sha2, contentType } of attachmentsIn(statement)) {
      const kept = parts.has(sha2) ? null : resources.attachment(found.actor, sha2)
      if (kept !== null) parts.set(sha2, { contentType, sha2, body: kept.body })
    }
  }
  const multipart = multipartAnswer(json, [...parts.values()])
  return reply.type(multipart.contentType).send(multipart.body)
}

type Attachment = { sha2: string; contentType: string }

function attachmentsIn(statement: Json): Attachment[] {
  const inner = statement.object as Json
  const own = (statement.attachments ?? []) as Attachment[]
  return inner.objectType === 'SubStatement' ? [...own, ...((inner.attachments ?? []) as Attachment[])] : own
}

/** Wait for what the same source sent before, for a while. @returns up to when everything can be retrieved */
export function ownRead({ source }: FastifyRequest, { consistency, intake }: Lrs): Promise<number> {
  return consistency.reached(intake.newestOf(source.id), PATIENCE_MS)
}

/** A source reads what it delivered itself, unless it may read everything. */
export function reachOf({ source }: FastifyRequest): Reach {
  return source.role.split(',').some(door => door.trim() === 'xapi-read') ? null : source.id
}

function sayThrough(reply: FastifyReply, through: number): void {
  void reply.header('x-experience-api-consistent-through', new Date(through).toISOString())
}

function notFound(voided: boolean): HomeroomError {
  const what = voided ? 'voided statement' : 'statement that is not voided and'
  return new HomeroomError('NOT_FOUND', `there is no ${what} that this source may read under the id asked for`)
}
