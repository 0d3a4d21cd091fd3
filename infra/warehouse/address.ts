import { setTimeout as delay } from 'node:timers/promises'
import { HomeroomError } from '../errors.ts'
import type { ClickHouseTls } from './clickhouse-tls.ts'
import { readLock, runningEngine, type EngineAddress } from './engine/lock-file.ts'
import { startEngine, type Engine } from './engine/start-engine.ts'

/** Where the warehouse is, and what can be done when nobody answers there. */
export interface Address {
  /** URL with user and password. */
  readonly url: string
  /** For https, where the authorities that this machine trusts are not the ones. */
  readonly tls?: ClickHouseTls | undefined
  /** Called when nobody answered for `waited_ms`; may change `url`. */
  recover(waited_ms: number): Promise<void>
  /** What is known about the trouble, for the error. */
  trouble(): string
  close(): Promise<void>
}

const FOUND_WITHIN_MS = 30_000
const LOOK_AGAIN_MS = 100
/** Whoever started the engine restarts it within a second or so; after this, any process that needs it starts one. */
const TAKE_OVER_AFTER_MS = 3000

/** A server that somebody else runs. */
export function serverAddress(url: string, tls?: ClickHouseTls): Address {
  const { host } = new URL(url)
  return {
    url,
    tls,
    recover: async () => undefined,
    trouble: () => `Is the ClickHouse server at ${host} up?`,
    close: async () => undefined,
  }
}

/**
 * The engine on this data directory: the one that runs, or else a new one, which then ends with `close()`.
 * @throws HomeroomError ENGINE_UNSUPPORTED, ENGINE_LOCKED, WAREHOUSE_UNAVAILABLE
 */
export async function engineAddress(data: string, onDeath?: (reason: string) => void): Promise<Address> {
  let { at, engine } = await findOrStart(data, onDeath)
  let recovering: Promise<void> | null = null
  let closed = false

  const recover = async (waited_ms: number): Promise<void> => {
    if (closed)
      throw new HomeroomError('WAREHOUSE_UNAVAILABLE', 'the warehouse was closed under a statement that was under way')
    if (engine?.supervised) return
    const running = await runningEngine(data)
    // Nobody else will start it: it was ours and is given up, or its owner has ended it and taken the lock file away.
    const abandoned = engine !== null || waited_ms > TAKE_OVER_AFTER_MS || (await readLock(data)) === null
    if (running) at = running
    else if (abandoned) ({ at, engine } = await findOrStart(data, onDeath, at))
  }
  return {
    get url() {
      const { port, password } = engine?.supervised ? engine.address : at
      return `http://default:${password}@127.0.0.1:${port}`
    },
    recover(waited_ms) {
      recovering ??= recover(waited_ms).finally(() => {
        recovering = null
      })
      return recovering
    },
    trouble: () => engine?.trouble ?? `The engine of ${data} does not answer.`,
    async close() {
      closed = true
      await recovering?.catch(() => undefined)
      await engine?.stop()
    },
  }
}

async function findOrStart(
  data: string,
  onDeath?: (reason: string) => void,
  before: EngineAddress | null = null,
): Promise<{ at: EngineAddress; engine: Engine | null }> {
  const deadline = Date.now() + FOUND_WITHIN_MS
  for (;;) {
    const running = await runningEngine(data)
    if (running) return { at: running, engine: null }
    const engine = await startEngine(data, (await readLock(data)) ?? before, onDeath)
    if (engine) return { at: engine.address, engine }
    if (Date.now() > deadline) {
      throw new HomeroomError(
        'ENGINE_LOCKED',
        `${data} is open in another process that has not answered for ${FOUND_WITHIN_MS / 1000} s; the lock file says ${(await readLock(data))?.pid ?? 'nothing'}. Nothing was changed`,
      )
    }
    await delay(LOOK_AGAIN_MS)
  }
}
