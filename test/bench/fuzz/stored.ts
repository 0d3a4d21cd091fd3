import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { XapiVersion } from '../../../schemas/xapi.ts'
import { exactOf } from '../../../ingest/lrs/format.ts'
import type { Json } from './cases.ts'

/** A statement that was answered 2xx. */
export type Sent = { statement: Json; version: XapiVersion; attachments: boolean }

/** What the store sets; a timestamp only where none was sent. */
const SET = ['id', 'stored', 'version', 'authority']
const DEADLINE_MS = 60_000
const LOOK_EVERY_MS = 100

/**
 * Read everything back by GET /xapi/statements and compare it with what was sent.
 * @param sent by id
 * @returns what is wrong, a sentence each
 */
export async function readBack(url: string, authorization: string, sent: ReadonlyMap<string, Sent>): Promise<string[]> {
  const headers = { authorization, 'x-experience-api-version': '2.0.0' }
  if (!(await isReached(url, headers, Date.now())))
    return [`after ${DEADLINE_MS} ms what was answered 2xx cannot be retrieved yet`]
  const wrong: string[] = []
  const missing = new Map(sent)
  let more = '/xapi/statements?limit=500&ascending=true'
  while (more !== '') {
    const answer = await fetch(`${url}${more}`, { headers })
    if (answer.status !== 200) return [`GET ${more} is answered ${answer.status}: ${await answer.text()}`]
    const page = (await answer.json()) as { statements: Json[]; more: string }
    for (const given of page.statements) {
      const id = String(given.id).toLowerCase()
      const { statement } = missing.get(id) ?? {}
      missing.delete(id)
      if (statement !== undefined && !isSame(without(given, statement), without(exactOf(statement), statement)))
        wrong.push(`${id} is given back as ${JSON.stringify(given)}, was sent as ${JSON.stringify(statement)}`)
    }
    more = page.more
  }
  wrong.push(...[...missing.keys()].map(id => `${id} was answered 2xx and is not in the list`))
  return [...wrong, ...(await attachmentsBack(url, headers, sent))]
}

/** Attachments of up to 100 statements are given back with them. */
async function attachmentsBack(
  url: string,
  headers: Record<string, string>,
  sent: ReadonlyMap<string, Sent>,
): Promise<string[]> {
  const wrong: string[] = []
  for (const [id, { statement }] of [...sent].filter(([, { attachments }]) => attachments).slice(0, 100)) {
    const answer = await fetch(`${url}/xapi/statements?statementId=${id}&attachments=true`, { headers })
    const body = Buffer.from(await answer.arrayBuffer())
    const [{ sha2 }] = statement.attachments as [{ sha2: string }]
    if (answer.status !== 200 || hashOf(body, sha2) !== sha2)
      wrong.push(`the attachment of ${id} is not given back: ${answer.status}`)
  }
  return wrong
}

/** Hash of the part of a multipart body that says to have this one. */
function hashOf(body: Buffer, sha2: string): string {
  const head = `X-Experience-API-Hash: ${sha2}\r\n\r\n`
  const start = body.indexOf(head) + head.length
  return hash(`sha${sha2.length * 4}`, body.subarray(start, body.indexOf('\r\n--homeroom-', start)), 'hex')
}

/** Whether everything stored until then can be retrieved, after waiting for it. */
async function isReached(url: string, headers: Record<string, string>, then_ms: number): Promise<boolean> {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await wait(LOOK_EVERY_MS)) {
    const answer = await fetch(`${url}/xapi/statements?limit=1`, { headers })
    await answer.arrayBuffer()
    if (Date.parse(answer.headers.get('x-experience-api-consistent-through') ?? '') >= then_ms) return true
  }
  return false
}

function without(statement: Json, { timestamp }: Json): Json {
  const set = timestamp === undefined ? [...SET, 'timestamp'] : SET
  return Object.fromEntries(Object.entries(statement).filter(([key]) => !set.includes(key)))
}

/** The same JSON; also where a key is `__proto__`, and 0 is −0. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return (
    keys.length === others.length &&
    keys.every(key => Object.hasOwn(b, key) && isSame((a as Json)[key], (b as Json)[key]))
  )
}
