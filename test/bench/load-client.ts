import { fork } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** What one run sends: `clients` keep-alive connections, each one request after the other. */
export type Load = {
  port: number
  path: string
  authorization: string
  clients: number
  /** Statements a request. */
  batch: number
  seconds: number
  /** Also ask this path ten times a second and report how long it takes. */
  healthPath?: string
}

export type LoadResult = {
  requests: number
  statements: number
  bytes: number
  /** Answers that were not 2xx. */
  failed: number
  seconds: number
  /** Milliseconds a request. */
  p50: number
  p99: number
  health_p99: number
}

/** Run a load in a process of its own, so that sending does not count as receiving. */
export function runLoad(load: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(load)], { execArgv: [] })
    child.once('message', result => resolve(result as LoadResult))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the load client ended with code ${code} before it reported`)))
  })
}

// Fixed-width holes, filled in place before each sending: a fresh id, one of 2,000 students, one of 50 activities.
const ID = '00000000-0000-4000-8000-000000000000'
const TEMPLATE = {
  id: ID,
  actor: {
    objectType: 'Agent',
    name: 'Demo Student 0000',
    account: { homePage: 'https://lms.example.org', name: 'student-0000' },
  },
  verb: { id: 'http://adlnet.gov/expapi/verbs/answered', display: { 'en-US': 'answered' } },
  object: {
    objectType: 'Activity',
    id: 'https://lms.example.org/activities/00',
    definition: { type: 'http://adlnet.gov/expapi/activities/cmi.interaction', name: { 'en-US': 'Fractions, item 7' } },
  },
  result: { score: { scaled: 0.75 }, success: true, duration: 'PT1M30S' },
  context: {
    registration: ID,
    contextActivities: {
      grouping: [
        {
          id: 'https://lms.example.org/courses/math-5',
          definition: { type: 'http://adlnet.gov/expapi/activities/course' },
        },
      ],
    },
  },
  timestamp: '2026-03-02T14:00:00.000Z',
}

if (process.send && process.argv[2]) await main(JSON.parse(process.argv[2]) as Load)

async function main(load: Load): Promise<void> {
  const until = performance.now() + load.seconds * 1000
  const started = performance.now()
  const times: number[] = []
  const health: number[] = []
  const probe = load.healthPath === undefined ? undefined : probing(load, load.healthPath, until, health)
  const clients = await Promise.all(Array.from({ length: load.clients }, (_, n) => client(load, n, until, times)))
  const seconds = (performance.now() - started) / 1000
  await probe
  const requests = clients.reduce((sum, c) => sum + c.requests, 0)
  const result: LoadResult = {
    requests,
    statements: (requests - clients.reduce((sum, c) => sum + c.failed, 0)) * load.batch,
    bytes: clients.reduce((sum, c) => sum + c.bytes, 0),
    failed: clients.reduce((sum, c) => sum + c.failed, 0),
    seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    health_p99: percentile(health, 0.99),
  }
  process.send?.(result)
}

async function client(
  load: Load,
  seed: number,
  until: number,
  times: number[],
): Promise<{ requests: number; failed: number; bytes: number }> {
  const { request, fill } = prepared(load, seed)
  const socket = await opened(load.port)
  const counts = { requests: 0, failed: 0, bytes: 0 }
  while (performance.now() < until) {
    fill()
    const began = performance.now()
    const status = await exchange(socket, request)
    times.push(performance.now() - began)
    counts.requests++
    counts.bytes += request.length
    if (status < 200 || status > 299) counts.failed++
  }
  socket.destroy()
  return counts
}

async function probing(load: Load, path: string, until: number, times: number[]): Promise<void> {
  const socket = await opened(load.port)
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  while (performance.now() < until) {
    const began = performance.now()
    await exchange(socket, request)
    times.push(performance.now() - began)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  socket.destroy()
}

function prepared(load: Load, seed: number): { request: Buffer; fill: () => void } {
  const body = JSON.stringify(Array.from({ length: load.batch }, () => TEMPLATE))
  const head =
    `POST ${load.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${load.authorization}\r\n` +
    `x-experience-api-version: 1.0.3\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  const request = Buffer.from(head + body)
  const ids = positions(request, `"id":"${ID}"`, 6)
  const names = positions(request, 'Demo Student 0000', 13)
  const accounts = positions(request, 'student-0000', 8)
  const activities = positions(request, 'activities/00"', 11)
  const random = Buffer.alloc(load.batch * 16)
  let n = seed * 7919
  const fill = (): void => {
    randomFillSync(random)
    for (let i = 0; i < load.batch; i++) {
      const hex = random.toString('hex', i * 16, i * 16 + 16)
      request.write(
        `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`,
        ids[i]!,
        'latin1',
      )
      n = (n + 1) % 2000
      const student = String(n).padStart(4, '0')
      request.write(student, names[i]!, 'latin1')
      request.write(student, accounts[i]!, 'latin1')
      request.write(String(n % 50).padStart(2, '0'), activities[i]!, 'latin1')
    }
  }
  return { request, fill }
}

function positions(buffer: Buffer, text: string, offset: number): number[] {
  const found: number[] = []
  for (let at = buffer.indexOf(text); at >= 0; at = buffer.indexOf(text, at + text.length)) found.push(at + offset)
  return found
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

/** Write a request and read its answer whole; the status. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = ''
    let left = -1
    let status = 0
    const done = (): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(status)
    }
    const onClose = (): void => reject(new Error('the server closed the connection'))
    const onData = (chunk: Buffer): void => {
      if (left < 0) {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        status = Number(head.slice(9, 12))
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4)
      } else left -= chunk.length
      if (left <= 0) done()
    }
    socket.on('data', onData)
    socket.once('close', onClose)
    socket.write(request)
  })
}

function percentile(values: number[], p: number): number {
  if (values.length === 0) return 0
  values.sort((a, b) => a - b)
  return values[Math.min(values.length - 1, Math.floor(p * values.length))]!
}
