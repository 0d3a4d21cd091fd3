import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { Case, Make, Run } from './fuzz/cases.ts'
import { caliperCase, csvCase, anyBodyCase, neighbours, rowsCase, statementsCase } from './fuzz/doors.ts'
import { brokenCase, credentialsCase, pipelinedCase, piecesCase, stalled } from './fuzz/framing.ts'
import { wrongWith } from './fuzz/judge.ts'
import { LARGE, largeCase, type Large } from './fuzz/large.ts'
import { multipartCase } from './fuzz/multipart.ts'
import { alternateCase, documentCase, questionCase } from './fuzz/questions.ts'
import { readBack, type Sent } from './fuzz/stored.ts'
import { Wire, type Outcome } from './fuzz/wire.ts'

/** A Homeroom that runs: receiver, log, processors and engine. */
export type Target = {
  port: number
  /** Of a source that may send through every door. */
  authorization: string
  /** Of a source that may read everything. */
  reader: string
  /** Ids of all records in the log, as often as they are in it. */
  recordIds: () => Promise<string[]>
  /** Entries that the processors could not read, and what else they complained of. */
  troubles: () => Promise<string[]>
  /** An answer that takes longer is a hang. */
  hang_ms: number
  /** No request may stay unfinished for longer. */
  cutOff_ms: number
}

export type FuzzOptions = { cases: number; seed: number; large?: readonly Large[]; onProgress?: (done: number) => void }

export type Fuzzed = {
  cases: number
  seed: number
  seconds: number
  /** Requests beside the cases, all of which were right. */
  neighbours: number
  /** Answers by class of status, and connections that ended without one. */
  answers: Record<string, number>
  byFamily: Record<string, Record<string, number>>
  slowest: { what: string; ms: number }[]
  stored: { records: number; statements: number }
  failures: Failure[]
}

/** The first of its kind, with how often it came. */
export type Failure = { what: string; wrong: string; times: number; seed: string; bytes: string }

const STREAMS = 6
const IDLE_MS = 50
/** Bytes of an answer to one of the large bodies: it must not be larger still. */
const MAX_ANSWER = 1_000_000
const SHOWN_BYTES = 3000
const SLOWEST = 5

const CASE: fc.Arbitrary<Make> = fc.oneof(
  { weight: 30, arbitrary: statementsCase },
  { weight: 12, arbitrary: caliperCase },
  { weight: 10, arbitrary: rowsCase },
  { weight: 5, arbitrary: csvCase },
  { weight: 8, arbitrary: anyBodyCase },
  { weight: 12, arbitrary: questionCase },
  { weight: 10, arbitrary: documentCase },
  { weight: 6, arbitrary: alternateCase },
  { weight: 6, arbitrary: multipartCase },
  { weight: 4, arbitrary: brokenCase },
  { weight: 3, arbitrary: piecesCase },
  { weight: 2, arbitrary: pipelinedCase },
  { weight: 3, arbitrary: credentialsCase },
)

/**
 * Fire cases at a Homeroom over sockets, good requests always beside them, and look afterwards: whatever was answered 2xx is
 * in the log once, was stored by the processors, and is given back as it was sent.
 *
 * Cases come of fast-check: stream k of the six has the seed `seed + k`, so that a failure's seed and path make its bytes
 * again. The ids in them are counted through a run.
 */
export async function fuzz(target: Target, { cases, seed, large = LARGE, onProgress }: FuzzOptions): Promise<Fuzzed> {
  const began = performance.now()
  const tally = new Tally(target, seed, onProgress)
  const waiting = stalled(tally.run).map(({ name, bytes, drip }) => tally.stall(name, bytes, drip))
  let pause_ms: number | null = 0
  const beside = neighbours.map((_, i) => tally.neighbour(i, () => pause_ms))
  const share = Math.ceil(cases / STREAMS)
  try {
    for (const each of large) await tally.large(each)
    await Promise.all(Array.from({ length: STREAMS }, (_, k) => tally.stream(seed + k, share)))
    // What is left are senders that stall: those beside them need not hurry.
    pause_ms = IDLE_MS
    await Promise.all(waiting)
  } finally {
    pause_ms = null
    await Promise.all(beside)
  }
  await tally.settle()
  return { ...tally.result, seconds: Math.round((performance.now() - began) / 100) / 10 }
}

/** What a run sends, and what came of it. */
class Tally {
  readonly run: Run
  readonly result: Omit<Fuzzed, 'seconds'>
  readonly #target: Target
  readonly #onProgress: ((done: number) => void) | undefined
  readonly #records = new Set<string>()
  readonly #statements = new Map<string, Sent>()
  readonly #failures = new Map<string, Failure>()
  #ids = 0

  constructor(target: Target, seed: number, onProgress: FuzzOptions['onProgress']) {
    this.#target = target
    this.#onProgress = onProgress
    const prefix = (seed >>> 0).toString(16).padStart(8, '0')
    this.run = {
      authorization: target.authorization,
      reader: target.reader,
      id: () => `${prefix}-0000-4000-8000-${(++this.#ids).toString(16).padStart(12, '0')}`,
    }
    const stored = { records: 0, statements: 0 }
    this.result = { cases: 0, seed, neighbours: 0, answers: {}, byFamily: {}, slowest: [], stored, failures: [] }
  }

  /** One case after the other; also after a failure, so that a run shows them all. */
  async stream(seed: number, cases: number): Promise<void> {
    const wire = new Wire(this.#target.port)
    let done = 0
    const property = fc.asyncProperty(CASE, async make => {
      const given = make(this.run)
      const path = `${seed}:${done++}`
      const outcome = await wire.send(given, this.#target.hang_ms)
      this.#count(given.what, outcome)
      const wrong = wrongWith(given, outcome)
      if (wrong !== null) this.#fail(given.what, wrong, path, bytesOf(given))
      this.#expect(given, outcome)
    })
    const { failed, errorInstance } = await fc.check(property, { seed, numRuns: cases, endOnFailure: true })
    wire.close()
    if (failed) throw errorInstance
  }

  /** One of the large bodies, alone. */
  async large(large: Large): Promise<void> {
    const wire = new Wire(this.#target.port)
    const given = largeCase(large, this.run)
    const outcome = await wire.send(given, this.#target.hang_ms)
    wire.close()
    this.#count(given.what, outcome)
    const bytes = outcome.answers[0]?.body.length ?? 0
    const wrong = wrongWith(given, outcome) ?? (bytes > MAX_ANSWER ? `the answer has ${bytes} bytes` : null)
    if (wrong !== null) this.#fail(`large: ${large.name}`, wrong, 'large', bytesOf(given))
  }

  /** Good requests, one at a time, each answered 2xx. @param pause between two of them, milliseconds; null: it is over */
  async neighbour(which: number, pause: () => number | null): Promise<void> {
    const wire = new Wire(this.#target.port)
    for (let pause_ms = pause(); pause_ms !== null; pause_ms = pause()) {
      if (pause_ms > 0) await wait(pause_ms)
      const { records, ...given } = neighbours[which]!(this.run)
      const outcome = await wire.send(given, this.#target.hang_ms)
      this.result.neighbours++
      const status = outcome.answers[0]?.status ?? outcome.ended
      if (status === 200) for (const id of records) this.#records.add(id)
      else this.#fail(given.what, `a good request beside the cases: ${status}`, 'beside', bytesOf(given))
      this.#slow(given.what, outcome.ms)
    }
    wire.close()
  }

  /** One that stops, or sends a byte a second: it is cut off in time. */
  async stall(name: string, bytes: Buffer, drip: boolean): Promise<void> {
    const wire = new Wire(this.#target.port)
    const { cutOff_ms } = this.#target
    const parts = drip ? [...bytes].slice(0, 300).map(byte => Buffer.of(byte)) : [bytes]
    const rest = drip ? Array.from({ length: 300 }, () => Buffer.from(' ')) : []
    const pieces = [...parts, ...rest].map(part => ({ bytes: part, pause_ms: drip ? cutOff_ms / 100 : 0 }))
    const given: Case = { what: 'stalled', methods: ['POST'], pieces, isBroken: true }
    const outcome = await wire.send(given, cutOff_ms)
    wire.close()
    this.#count('stalled', outcome)
    const wrong = outcome.ms > cutOff_ms ? `not cut off after ${Math.round(outcome.ms)} ms` : wrongWith(given, outcome)
    if (wrong !== null) this.#fail(`stalled: ${name}`, wrong, 'stalled', bytes)
  }

  /** Afterwards: what was answered 2xx is in the log once, is stored, and comes back. */
  async settle(): Promise<void> {
    const times = new Map<string, number>()
    for (const id of await this.#target.recordIds()) times.set(id, (times.get(id) ?? 0) + 1)
    const wrong = [...this.#records, ...this.#statements.keys()].flatMap(id =>
      times.get(id) === 1 ? [] : [`${id} was answered 2xx and is in the log ${times.get(id) ?? 0} times`],
    )
    wrong.push(...(await readBack(`http://127.0.0.1:${this.#target.port}`, this.run.reader, this.#statements)))
    wrong.push(...(await this.#target.troubles()))
    for (const each of wrong.slice(0, 20)) this.#fail('afterwards', each, 'all', Buffer.alloc(0))
    this.result.stored = { records: times.size, statements: this.#statements.size }
    this.result.failures = [...this.#failures.values()]
  }

  #expect({ records = [], statements }: Case, { answers }: Outcome): void {
    const [answer] = answers.filter(({ status }) => status < 300)
    if (answer === undefined) return
    for (const id of records) this.#records.add(id)
    if (statements === undefined) return
    const ids = answer.status === 204 ? [] : (JSON.parse(answer.body.toString()) as string[])
    statements.sent.forEach((statement, i) => {
      const id = ids[i] ?? (statement.id as string)
      this.#statements.set(id.toLowerCase(), { ...statements, statement })
    })
  }

  #count(what: string, { answers, ended, ms }: Outcome): void {
    this.result.cases++
    const kinds = answers.length > 0 ? answers.map(({ status }) => `${Math.floor(status / 100)}xx`) : [ended]
    for (const kind of kinds) {
      this.result.answers[kind] = (this.result.answers[kind] ?? 0) + 1
      const family = (this.result.byFamily[what] ??= {})
      family[kind] = (family[kind] ?? 0) + 1
    }
    if (what !== 'stalled' && what !== 'pieces') this.#slow(what, ms)
    this.#onProgress?.(this.result.cases)
  }

  #slow(what: string, ms: number): void {
    const { slowest } = this.result
    if (slowest.length === SLOWEST && ms <= slowest.at(-1)!.ms) return
    slowest.push({ what, ms: Math.round(ms) })
    slowest.sort((a, b) => b.ms - a.ms)
    slowest.splice(SLOWEST)
  }

  /** Each kind of failure once: what differs in numbers only is the same. */
  #fail(what: string, wrong: string, seed: string, bytes: Buffer): void {
    const kind = `${what} ${wrong.replace(/[\da-f-]*\d[\da-f-]*/g, '#').slice(0, 120)}`
    const known = this.#failures.get(kind)
    if (known) known.times++
    else this.#failures.set(kind, { what, wrong: wrong.slice(0, SHOWN_BYTES), times: 1, seed, bytes: shown(bytes) })
  }
}

const bytesOf = ({ pieces }: Case): Buffer => Buffer.concat(pieces.map(({ bytes }) => bytes))

function shown(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1', 0, SHOWN_BYTES))
  return bytes.length > SHOWN_BYTES ? `${text} … ${bytes.length} bytes` : text
}
