import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** What one case writes to a socket, byte by byte as given. */
export type Shot = {
  /** Family of the case: `xapi statements`, `framing`, … */
  what: string
  pieces: { bytes: Buffer; pause_ms?: number }[]
  /** Methods of the requests in it, in order: an answer to HEAD has no body. */
  methods: string[]
  /** Whether it leaves when everything is written: at once, or if no answer comes soon; default: it waits. */
  leaves?: 'at once' | 'soon'
  /** The request is no HTTP, or not whole: the connection may end without an answer, and is not used again. */
  isBroken?: boolean
}

export type Answer = { status: number; headers: Map<string, string>; body: Buffer }

/** What came of a shot; `ended`: by whom the wait was ended. */
export type Outcome = {
  answers: Answer[]
  ended: 'answered' | 'closed' | 'left' | 'timeout'
  ms: number
  received: Buffer
}

const SOON_MS = 300

/** One connection after the other to a server on loopback; kept open while what was sent leaves it usable. */
export class Wire {
  readonly #port: number
  #socket: Socket | null = null

  constructor(port: number) {
    this.#port = port
  }

  /** @param patience_ms from the last byte written to the last answer */
  async send(shot: Shot, patience_ms: number): Promise<Outcome> {
    const socket = await this.#connected(shot.isBroken === true)
    const began = performance.now()
    const listening = new Listening(socket, shot.methods)
    try {
      for (const { bytes, pause_ms = 0 } of shot.pieces) {
        if (listening.isOver) break
        await written(socket, bytes)
        if (pause_ms > 0) await Promise.race([wait(pause_ms), listening.over])
      }
      const ended = await this.#end(shot, listening, patience_ms)
      const keeps = ended === 'answered' && !shot.isBroken && listening.isReusable
      if (!keeps) this.close(socket)
      return { answers: listening.answers, ended, ms: performance.now() - began, received: listening.received }
    } finally {
      listening.stop()
    }
  }

  async #end({ leaves }: Shot, listening: Listening, patience_ms: number): Promise<Outcome['ended']> {
    if (leaves === 'at once') return 'left'
    const ended = await listening.end(leaves === 'soon' ? SOON_MS : patience_ms)
    return ended === 'timeout' && leaves === 'soon' ? 'left' : ended
  }

  close(socket = this.#socket): void {
    socket?.destroy()
    if (socket === this.#socket) this.#socket = null
  }

  async #connected(alone: boolean): Promise<Socket> {
    if (!alone && this.#socket !== null && this.#socket.readyState === 'open') return this.#socket
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => undefined)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    if (!alone) this.#socket = socket
    return socket
  }
}

/** Reads answers off a socket while a shot lasts. */
class Listening {
  readonly over: Promise<void>
  readonly answers: Answer[] = []
  isOver = false
  isReusable = true
  #finish!: () => void
  #bytes: Buffer = Buffer.alloc(0)
  #all: Buffer[] = []
  #kept = 0
  readonly #methods: string[]
  readonly #socket: Socket

  constructor(socket: Socket, methods: readonly string[]) {
    this.#socket = socket
    this.#methods = [...methods]
    this.over = new Promise(resolve => (this.#finish = resolve))
    socket.on('data', this.#take).once('close', this.#close)
  }

  get received(): Buffer {
    return Buffer.concat(this.#all)
  }

  stop(): void {
    this.#socket.off('data', this.#take).off('close', this.#close)
  }

  async end(patience_ms: number): Promise<Outcome['ended']> {
    const late = new AbortController()
    const timeout = wait(patience_ms, 'timeout' as const, { signal: late.signal }).catch(() => 'timeout' as const)
    const first = await Promise.race([this.over.then(() => 'over' as const), timeout])
    late.abort()
    if (first === 'timeout') return 'timeout'
    return this.#methods.length === 0 ? 'answered' : 'closed'
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#kept < 65_536) this.#all.push(chunk)
    this.#kept += chunk.length
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    for (;;) {
      const read = answerIn(this.#bytes, this.#methods[0])
      if (read === null) return
      this.#bytes = this.#bytes.subarray(read.length)
      if (read.answer.status === 100) continue
      this.answers.push(read.answer)
      this.#methods.shift()
      if (read.answer.headers.get('connection') === 'close') this.isReusable = false
      if (this.#methods.length === 0) this.#end()
    }
  }

  readonly #close = (): void => {
    this.isReusable = false
    this.#end()
  }

  #end(): void {
    this.isOver = true
    this.#finish()
  }
}

/** The first whole answer in the bytes; null if there is none yet. */
function answerIn(bytes: Buffer, method: string | undefined): { answer: Answer; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  const headers = new Map(lines.map(line => split(line)))
  const start = end + 4
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200)
    return { answer: { status, headers, body: Buffer.alloc(0) }, length: start }
  if (headers.get('transfer-encoding') === 'chunked') return chunkedIn(bytes, start, status, headers)
  const length = Number(headers.get('content-length') ?? 0)
  if (bytes.length < start + length) return null
  return { answer: { status, headers, body: bytes.subarray(start, start + length) }, length: start + length }
}

function chunkedIn(bytes: Buffer, start: number, status: number, headers: Map<string, string>) {
  const chunks: Buffer[] = []
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return null
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (bytes.length < line + 2 + size + 2) return null
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
    if (size === 0) return { answer: { status, headers, body: Buffer.concat(chunks) }, length: at }
  }
}

const split = (line: string): [string, string] => {
  const at = line.indexOf(':')
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
}

/** Resolves also when the other side has gone: what it answered before is read. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed || !socket.writable) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      socket.off('close', done)
      resolve()
    }
    socket.once('close', done)
    socket.write(bytes, done)
  })
}

/** The bytes of a request whose length is as its body is. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: Buffer,
): Buffer {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map(each => `${name}: ${each}`))
  if (body !== undefined && !lines.some(line => /^(content-length|transfer-encoding):/i.test(line)))
    lines.push(`content-length: ${body.length}`)
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return body === undefined ? head : Buffer.concat([head, body])
}
