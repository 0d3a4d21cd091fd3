import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'

/** The route that everything is compared with: it parses a body and counts what is in it. */
export type BareServer = { port: number; close: () => void }

/** Start it in a process of its own: what it leaves to collect is not counted as the doors'. */
export function startBareServer(): Promise<BareServer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: [] })
    child.once('message', port => resolve({ port: Number(port), close: () => void child.kill() }))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the bare server ended with code ${code} before it listened`)))
  })
}

if (process.send && process.argv[2] === 'serve') {
  const bare = Fastify({ bodyLimit: 8 * 1024 * 1024 })
  bare.post('/xapi/statements', request => ({ count: (request.body as unknown[]).length }))
  await bare.listen({ host: '127.0.0.1', port: 0 })
  process.once('disconnect', () => process.exit())
  process.send((bare.server.address() as AddressInfo).port)
}
