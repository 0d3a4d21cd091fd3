import { afterEach, describe, expect, test } from 'vitest'
import { planDistrict, sendDistrict, writeTruth, type Sent } from '../../infra/demo/index.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials, openDoors } from './doors.ts'

const plan = planDistrict({ size: 60, seed: 11, timeZone: 'America/New_York' })
const weeks = { from: 5, to: 7 }
type Doors = Awaited<ReturnType<typeof openDoors>>

const opened: Doors[] = []
async function doors(...args: Parameters<typeof openDoors>): Promise<Doors> {
  const made = await openDoors(...args)
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

const textOf = (record: unknown) => JSON.stringify(record)

describe('a year', () => {
  test('what the doors take, refuse and see twice is what the truth says', async () => {
    const { url, taken, refused, requests } = await doors()
    const folder = await mkdtemp(join(tmpdir(), 'homeroom-demo-'))
    try {
      const truth = await writeTruth(plan, folder)
      const done: number[] = []
      const sent = await sendDistrict({ plan, url, credentials, batch: 100, onWeekDone: week => done.push(week) })
      const totals = Object.values(truth.doors)
      const sum = (of: (t: (typeof totals)[number]) => number) => totals.reduce((n, t) => n + of(t), 0)
      expect(sent.examples).toEqual([])
      expect(sent.surprises).toBe(0)
      expect(new Set(taken.map(textOf)).size).toBe(sum(t => t.valid))
      expect(taken).toHaveLength(sum(t => t.valid + t.duplicates))
      expect(refused).toHaveLength(sum(t => t.malformed))
      const bySender = Object.entries(sent.doors).map(([door, d]) => [door, d.records, d.duplicates, d.malformed, d.late, d.voiding]) // prettier-ignore
      const byTruth = Object.entries(truth.doors).map(([door, t]) => [door, t.sent, t.duplicates, t.malformed, t.late, t.voiding]) // prettier-ignore
      expect(bySender).toEqual(byTruth)
      expect(Object.values(sent.doors).map(d => d.accepted + d.refused)).toEqual(totals.map(t => t.sent))
      expect(done).toEqual(Array.from({ length: plan.year.weeks }, (_, week) => week))
      const fields = Map.groupBy(refused, ({ fault }) => fault.path)
      const planted: Record<string, number> = {}
      for (const [field, count] of totals.flatMap(t => Object.entries(t.malformed_by_field))) {
        planted[field] = (planted[field] ?? 0) + count
      }
      expect(Object.fromEntries([...fields].map(([field, list]) => [field, list.length]))).toEqual(planted)
      // The standard refuses a request that names an id twice.
      const twice = requests.filter(({ batch }) => new Set(batch.map(textOf)).size < batch.length)
      expect(twice).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('each source comes with its own credentials', async () => {
    const { url, requests } = await doors()
    await sendDistrict({ plan, url, credentials, weeks })
    const who = new Set(requests.map(({ path, authorization }) => `${path} ${atob(authorization.split(' ')[1]!)}`))
    expect(who).toEqual(new Set(['/xapi/statements lms:a', '/xapi/statements tutor:b', '/caliper/events reader:c', '/interactions advising:d', '/interactions attendance:e', '/interactions assistant:f'])) // prettier-ignore
  })

  test('a year that was interrupted goes on with the next week, and nothing is missing', async () => {
    const whole = await doors()
    await sendDistrict({ plan, url: whole.url, credentials, weeks: { from: 3, to: 8 } })
    const parts = await doors()
    const stop = new AbortController()
    let next = 3
    const onWeekDone = (week: number) => {
      next = week + 1
      if (week === 5) stop.abort(new Error('stopped by hand'))
    }
    const first = sendDistrict({
      plan,
      url: parts.url,
      credentials,
      weeks: { from: 3, to: 8 },
      onWeekDone,
      signal: stop.signal,
    })
    await expect(first).rejects.toThrow('stopped by hand')
    expect(next).toBe(6)
    await sendDistrict({ plan, url: parts.url, credentials, weeks: { from: next, to: 8 } })
    expect(parts.taken.map(textOf).sort()).toEqual(whole.taken.map(textOf).sort())
  })
})

describe('a receiver that is not always there', () => {
  test('503 and 429 are sent again after as long as Retry-After says', async () => {
    const pauses: number[] = []
    let refusedAt = 0
    const { url, taken } = await doors((_request, response, number) => {
      if (refusedAt) pauses.push(performance.now() - refusedAt)
      refusedAt = 0
      if (number !== 2 && number !== 4) return false
      refusedAt = performance.now()
      response.writeHead(number === 2 ? 503 : 429, { 'retry-after': '1' }).end('{"code":"LOG_BEHIND"}')
      return true
    })
    const sent = await sendDistrict({ plan, url, credentials, weeks, concurrency: 1 })
    expect(sent.retries).toBe(2)
    expect(pauses).toHaveLength(2)
    expect(Math.min(...pauses)).toBeGreaterThan(990)
    expect(taken).toHaveLength(accepted(sent))
  })

  test('a broken connection and a 500 are sent again, the same bytes', async () => {
    const { url, taken } = await doors((request, response, number) => {
      if (number === 1) request.socket.destroy()
      else if (number === 3) response.writeHead(500).end('{"code":"INTERNAL"}')
      return number === 1 || number === 3
    })
    const sent = await sendDistrict({ plan, url, credentials, weeks, concurrency: 2 })
    expect(sent.retries).toBe(2)
    expect(taken).toHaveLength(accepted(sent))
  })

  test('an answer lost after the records were taken makes duplicates and no loss', async () => {
    const { url, taken } = await doors((_request, response, number) => {
      if (number === 2 || number === 4) response.end = () => response.destroy()
      return false
    })
    const sent = await sendDistrict({ plan, url, credentials, weeks, concurrency: 1 })
    expect(sent.retries).toBe(2)
    expect(taken.length).toBeGreaterThan(accepted(sent))
    const other = await doors()
    await sendDistrict({ plan, url: other.url, credentials, weeks })
    expect(new Set(taken.map(textOf))).toEqual(new Set(other.taken.map(textOf)))
  })

  test('a receiver that stays away is given up, saying what was tried', async () => {
    const { url, close } = await openDoors()
    await close()
    const sending = sendDistrict({ plan, url, credentials, weeks, patienceMs: 500 })
    await expect(sending).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

describe('a receiver that judges otherwise', () => {
  test('a good record that is refused is left out and reported', async () => {
    let once = true
    const { url, taken } = await doors((request, response) => {
      if (request.url !== '/xapi/statements' || !once) return false
      once = false
      response.writeHead(400).end(JSON.stringify({ code: 'RECORD_INVALID', message: '', errors: [{ index: 0, path: 'statements[0].verb', reason: 'not today' }] })) // prettier-ignore
      return true
    })
    const sent = await sendDistrict({ plan, url, credentials, weeks })
    // The rest of the planted faults of that batch is then refused in a second round.
    expect(sent.examples.map(({ what }) => what)).toContain('refused: statements[0].verb not today')
    expect(taken).toHaveLength(accepted(sent))
  })

  test.each([
    [401, '{"code":"CREDENTIALS_INVALID"}', 'CREDENTIALS_INVALID'],
    [413, '{"code":"BODY_TOO_LARGE"}', 'BODY_INVALID'],
    [400, '{"code":"VERSION_UNSUPPORTED","message":"send it"}', 'BODY_INVALID'],
    [400, 'Bad Request', 'BODY_INVALID'],
    [400, '{"errors":[{"index":500}]}', 'BODY_INVALID'],
  ])('an answer of %d that leaves nothing to try ends the sending (%s)', async (status, body, code) => {
    const { url } = await doors((_request, response) => {
      response.writeHead(status).end(body)
      return true
    })
    await expect(sendDistrict({ plan, url, credentials, weeks })).rejects.toMatchObject({ code })
  })
})

function accepted(sent: Sent): number {
  return Object.values(sent.doors).reduce((sum, door) => sum + door.accepted, 0)
}
