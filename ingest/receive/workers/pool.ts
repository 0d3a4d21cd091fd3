import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { HomeroomError } from '../../../infra/errors.ts'
import type { Entry } from '../../../infra/log/event-log.ts'
import { giveSpace, isSpace } from '../../../infra/spaces.ts'
import type { Job, Prepared } from '../prepare.ts'
import { bufferOf, handedOver, type Handed } from './bytes.ts'
import type { Reply, Setup, ToWorker } from './messages.ts'

/** One is being prepared and the next is there already. */
const AT_ONCE = 2
/** A quarter of the default, no slower, and a hundred megabytes less. */
const YOUNG_MB = 48
/** A thread that ends before it has done anything is not started again at once. */
const RESTART_MS = 1000

/** What a job has become, and its body; `done` is called when nobody will look at either again. */
export type Done = { prepared: Prepared; body: Buffer; done: () => void }

type Waiting = { job: () => Job; resolve: (done: Done) => void; reject: (error: unknown) => void }

type Thread = { worker: Worker; jobs: Map<number, Waiting>; done: number }

/** Told of agents and salts that a thread has handed out; `forget` makes the thread hand them out anew. */
export type OnFresh = (fresh: Entry[], forget: () => void) => void

/** Threads that serve one process: one could not feed the main thread, and more than two it could not serve. */
export function threadsByCores(): number {
  return availableParallelism() < 2 ? 0 : 2
}

/** Threads that prepare requests. Requests wait here, in their order, for the first thread that has room. */
export class Pool {
  readonly #setup: Setup
  readonly #onFresh: OnFresh
  readonly #onDeath: (error: unknown) => void
  readonly #threads = new Set<Thread>()
  #waiting: Waiting[] = []
  #seq = 0
  #isClosed = false

  /** @param onDeath hears of a thread that has ended; it is replaced */
  constructor(setup: Setup, threads: number, onFresh: OnFresh, onDeath: (error: unknown) => void) {
    this.#setup = setup
    this.#onFresh = onFresh
    this.#onDeath = onDeath
    for (let i = 0; i < threads; i++) this.#startThread()
  }

  /** There is somebody to do it. */
  get isAlive(): boolean {
    return this.#threads.size > 0
  }

  /**
   * @param job called when its turn has come; its body belongs to the thread from then on
   * @throws HomeroomError INTERRUPTED if the thread has ended meanwhile; what `prepare` throws
   */
  run(job: () => Job): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  /** Have every thread hand out its agents and salts anew: somebody was erased. */
  forgetAll(): void {
    for (const { worker } of this.#threads) worker.postMessage({ forget: true } satisfies ToWorker)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()))
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const [idlest] = [...this.#threads].sort((a, b) => a.jobs.size - b.jobs.size)
      if (idlest === undefined || idlest.jobs.size >= AT_ONCE) return
      this.#give(idlest, this.#waiting.shift()!)
    }
  }

  #give(thread: Thread, waiting: Waiting): void {
    const seq = ++this.#seq
    const handed: Handed = { buffers: [] }
    const job = waiting.job()
    const message: ToWorker = { seq, job: { ...job, body: handedOver(job.body, handed) } }
    thread.jobs.set(seq, waiting)
    thread.worker.postMessage(message, handed.buffers)
  }

  #startThread(): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#setup,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    const thread: Thread = { worker, jobs: new Map(), done: 0 }
    this.#threads.add(thread)
    let cause: unknown
    worker.unref()
    worker.on('message', (reply: Reply) => this.#take(thread, reply))
    worker.on('error', error => (cause = error))
    worker.on('exit', () => this.#ended(thread, cause))
  }

  #take(thread: Thread, { seq, outcome, fresh, body }: Reply): void {
    const { resolve, reject } = thread.jobs.get(seq)!
    thread.jobs.delete(seq)
    thread.done++
    this.#onFresh(fresh, () => thread.worker.postMessage({ forget: true } satisfies ToWorker))
    if (outcome.kind === 'failed') reject(new HomeroomError(outcome.code, outcome.message, { cause: outcome.cause }))
    else resolve(this.#done(thread, withBuffers(outcome), bufferOf(body)))
    this.#next()
  }

  /** Memory goes back to where it came from: bodies are read here, messages are written there. */
  #done({ worker }: Thread, prepared: Prepared, body: Buffer): Done {
    const done = (): void => {
      giveSpace(body)
      const spaces = prepared.kind === 'ready' ? prepared.messages.map(({ buffer }) => buffer).filter(isSpace) : []
      const buffers = spaces.map(({ buffer }) => buffer as ArrayBuffer)
      worker.postMessage({ spaces } satisfies ToWorker, buffers)
    }
    return { prepared, body, done }
  }

  #ended(thread: Thread, cause: unknown): void {
    this.#threads.delete(thread)
    const error = new HomeroomError('INTERRUPTED', 'the thread that read this request has ended; nothing was stored', {
      cause,
    })
    const lost = [...thread.jobs.values()]
    // Without any thread nobody would come for those that wait.
    if (this.#threads.size === 0) lost.push(...this.#waiting.splice(0))
    for (const { reject } of lost) reject(error)
    if (this.#isClosed) return
    this.#onDeath(error)
    if (thread.done > 0) this.#startThread()
    else setTimeout(() => this.#isClosed || this.#startThread(), RESTART_MS).unref()
  }
}

function withBuffers(prepared: Prepared): Prepared {
  if (prepared.kind === 'refused') return prepared
  for (const message of prepared.messages) message.buffer = bufferOf(message.buffer)
  for (const attachment of prepared.attachments) attachment.body = bufferOf(attachment.body)
  return prepared
}
