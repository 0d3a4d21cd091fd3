// The engine process: started by start-engine.ts with an IPC channel, told where its data lies, ends with its parent.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeLock, writeLock, type EngineAddress } from './lock-file.ts'
import { loadNative, type Native } from './native.ts'
import { researchDoor } from './researcher.ts'
import { readResearchers, researchersOf } from './researchers-file.ts'
import { usersXml } from './roles.ts'
import { createEngineServer, STORE } from './serve.ts'
import { openStore, type Store } from './store.ts'

/** `wanted` is the address of the engine that this one follows, so that clients find it where they left it. */
export type Order = { data: string; wanted: EngineAddress | null }
export type Report = { state: 'ready'; address: EngineAddress } | { state: 'unsupported' | 'failed'; reason: string }

/** In the engine's folder. */
const PORT_FILE = 'port'
/** Running statements may end by themselves for this long after the order to stop. */
const GRACE_MS = 10_000
/** Then everything acknowledged is on disk; what has not ended by now is left to the kernel. */
const STUCK_MS = 20_000

// A terminal's Ctrl-C reaches this process too; when to stop is for the parent to say.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
const gone = once(process, 'disconnect')

const [order] = (await once(process, 'message')) as [Order]
const report = await serve(order)
if (process.connected) process.send!(report)
if (report.state !== 'ready') process.disconnect()

async function serve({ data, wanted }: Order): Promise<Report> {
  let native: Native
  try {
    native = loadNative()
  } catch (error) {
    return { state: 'unsupported', reason: (error as Error).message }
  }
  try {
    const home = join(data, 'engine')
    await mkdir(join(home, 'spool'), { recursive: true, mode: 0o700 })
    process.chdir(home)
    const databases = await databasesOfResearchers(data)
    await writeFile('users.xml', usersXml(databases), { mode: 0o600 })
    const store = openStore(native, join(home, STORE), [
      `--config-file=${fileURLToPath(new URL('./engine.xml', import.meta.url))}`,
    ])
    // Only after the store is ours: a rival that loses must not touch the winner's files.
    await rm('spool', { recursive: true })
    await mkdir('spool', { mode: 0o700 })
    const password = wanted?.password ?? randomBytes(24).toString('base64url')
    const research = researchDoor(store, 'spool', new Set(databases))
    const server = createEngineServer({ store, password, spool: 'spool', find: researchersOf(data), research })
    const port = await listen(server, wanted?.port ?? (await portBefore()))
    await writeFile(PORT_FILE, String(port))
    await writeLock(data, { pid: process.pid, port, password })
    stopWhenTold(server, store, data)
    return { state: 'ready', address: { port, password } }
  } catch (error) {
    return { state: 'failed', reason: (error as Error).message }
  }
}

/** Where the engine was served last: researchers have its address in their notebooks. 0 says that any will do. */
async function portBefore(): Promise<number> {
  const text = await readFile(PORT_FILE, 'utf8').catch(() => '')
  return /^[1-9]\d{3,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : 0
}

async function databasesOfResearchers(data: string): Promise<string[]> {
  // A file that cannot be read keeps researchers out, each with the reason; the application works.
  const researchers = await readResearchers(data).catch(() => [])
  return [...new Set(researchers.flatMap(researcher => researcher.databases))]
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  return (server.address() as AddressInfo).port
}

function stopWhenTold(server: Server, store: Store, data: string): void {
  const stop = async () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), STUCK_MS).unref()
    server.close()
    server.closeIdleConnections()
    await store.close(GRACE_MS)
    server.closeAllConnections()
    await removeLock(data, process.pid)
    process.exit(0)
  }
  const told = Promise.race([once(process, 'SIGTERM'), gone])
  told.then(stop).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.kill(process.pid, 'SIGKILL')
  })
}
