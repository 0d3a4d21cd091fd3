import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import { startRalph, type Ralph } from '../helpers/ralph.ts'
import { aPuller, type Puller } from './a-puller.ts'
import { aStatement } from './start-ingest.ts'

const INSTALL_MS = 300_000

let ralph: Ralph
let puller: Puller
let sent = 0

beforeAll(async () => void (ralph = await startRalph()), INSTALL_MS)
afterAll(() => ralph.stop())
beforeEach(async () => {
  const { url, user, password } = ralph
  puller = await aPuller({ url, user, password, overlapMinutes: 0 })
})
afterEach(() => puller.close())

/** Ralph gives statements without a time of their own the time when it stores them. */
async function send(count: number, changes: Record<string, unknown> = {}): Promise<string[]> {
  const statements = Array.from({ length: count }, () =>
    aStatement({ id: uuid5(`ralph ${sent++}`), timestamp: undefined, ...changes }),
  )
  const answer = await fetch(`${ralph.url}/statements`, {
    method: 'POST',
    headers: {
      authorization: ralph.authorization,
      'content-type': 'application/json',
      'x-experience-api-version': '1.0.3',
    },
    body: JSON.stringify(statements),
  })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return statements.map(({ id }) => id as string)
}

const idsIn = async (): Promise<string[]> => (await puller.ingest.records()).map(({ id }) => id)

test('everything that Ralph holds comes over in its pages, and afterwards only what is new', async () => {
  // Ralph gives a hundred at once, whatever it is asked for.
  const first = await send(250)
  const pull = await puller.process()
  expect(await pull()).toMatchObject({ pages: 3, received: 250, accepted: 250, dead: 0, complete: true })
  expect(new Set(await idsIn())).toEqual(new Set(first))
  const records = await puller.ingest.records()
  expect(records[0]).toMatchObject({ source: 'lrs', kind: 'answered', score: 0.5, success: true, durationMs: 90_000 })

  const second = await send(30)
  const { received, accepted, duplicates } = await pull()
  expect({ accepted, duplicates }).toEqual({ accepted: 30, duplicates: received - 30 })
  const all = await idsIn()
  expect(all.length).toBe(280)
  expect(new Set(all)).toEqual(new Set([...first, ...second]))
})

test('Ralph compares since with the time in the statement: what it got late is found from an earlier time on', async () => {
  const pull = await puller.process()
  await pull()
  const late = await send(1, { timestamp: '2026-03-02T13:59:00.000Z' })
  await pull()
  expect(await idsIn()).not.toContain(late[0])
  await pull('2026-03-01T00:00:00Z')
  expect(await idsIn()).toContain(late[0])
})
