import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventFaults } from '../../ingest/receive/caliper-check.ts'
import { Interaction } from '../../schemas/interaction.ts'
import { Statement } from '../../schemas/xapi.ts'
import type { Credentials } from '../../infra/demo/index.ts'

export type Fault = { index: number; path: string; reason: string }
export type Received = { path: string; authorization: string; batch: unknown[] }

/** Sources share doors; each has a password of its own. */
export const credentials: Credentials = {
  lms: { user: 'lms', password: 'a' },
  tutor: { user: 'tutor', password: 'b' },
  reader: { user: 'reader', password: 'c' },
  advising: { user: 'advising', password: 'd' },
  attendance: { user: 'attendance', password: 'e' },
  assistant: { user: 'assistant', password: 'f' },
}

type Interfere = (request: IncomingMessage, response: ServerResponse, number: number) => boolean

/**
 * Three doors that judge what they get by the public rules and keep it, as Homeroom's do: statements all or nothing,
 * the others one by one. `interfere` may answer (or break) a request itself; it then returns true.
 */
export async function openDoors(interfere: Interfere = () => false) {
  const requests: Received[] = []
  const taken: unknown[] = []
  const refused: { record: unknown; fault: Fault }[] = []
  let number = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (interfere(request, response, number++)) return
      const path = request.url!
      const json = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
      const batch = (path === '/caliper/events' ? (json as { data: unknown[] }).data : json) as unknown[]
      requests.push({ path, authorization: request.headers.authorization!, batch })
      const faults = batch.flatMap((record, index) => faultsIn(path, record, index))
      const bad = new Set(faults.map(fault => fault.index))
      for (const fault of faults) refused.push({ record: batch[fault.index], fault })
      response.setHeader('content-type', 'application/json')
      if (path === '/xapi/statements') {
        if (bad.size > 0)
          response.writeHead(400).end(JSON.stringify({ code: 'RECORD_INVALID', message: '', errors: faults }))
        else response.end(JSON.stringify(batch.map(record => (record as { id: string }).id)))
        if (bad.size === 0) taken.push(...batch)
        return
      }
      taken.push(...batch.filter((_, index) => !bad.has(index)))
      response.writeHead(bad.size === batch.length ? 400 : 200)
      response.end(JSON.stringify({ accepted: batch.length - bad.size, refused: faults }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, requests, taken, refused, close }
}

/** What the public rules find wrong with a record: the first fault. */
export function faultsIn(path: string, record: unknown, index: number): Fault[] {
  const field =
    path === '/xapi/statements' ? inStatement(record) : path === '/caliper/events' ? inEvent(record) : inRow(record)
  return field === null ? [] : [{ index, path: field, reason: `${field} is wrong` }]
}

function inStatement(record: unknown): string | null {
  const parsed = Statement.safeParse(record)
  return parsed.success ? null : parsed.error.issues[0]!.path.join('.')
}

function inEvent(record: unknown): string | null {
  const [fault] = eventFaults(record as Record<string, unknown>, 0)
  return fault === undefined ? null : fault.path.replace('data[0].', '')
}

function inRow(record: unknown): string | null {
  const parsed = Interaction.safeParse(record)
  return parsed.success ? null : parsed.error.issues[0]!.path.join('.')
}
