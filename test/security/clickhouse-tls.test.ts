import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import { freshConfig, freshWarehouse } from '../helpers/warehouse.ts'
import { certificates, type Certificates } from './certificates.ts'

let folder: string
let pem: Certificates
let server: Server
/** Of a ClickHouse that speaks TLS: the engine of this run behind a listener of its own. */
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-clickhouse-tls-'))
  pem = await certificates(folder)
  const { url: plain } = await freshWarehouse({ migrated: false })
  const { hostname, port, username, password } = new URL(plain)
  server = createServer({ cert: await readFile(pem.cert), key: await readFile(pem.key) }, socket => {
    const engine = connect(Number(port), hostname)
    engine.on('error', () => socket.destroy())
    socket.on('error', () => engine.destroy())
    socket.pipe(engine).pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `https://${username}:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

const opened = (clickhouseTls: object | null) =>
  openWarehouse(
    { ...freshConfig(), clickhouse: url, clickhouseTls: clickhouseTls && JSON.stringify(clickhouseTls) },
    { patience_ms: 500 },
  )

test('a server whose authority is named is asked, and answers', async () => {
  const warehouse = await opened({ ca: pem.ca })
  expect(await warehouse.query('select 1 as one')).toEqual([{ one: 1 }])
  for (const database of [warehouse.identity, warehouse.database])
    await warehouse.command('DROP DATABASE {database:Identifier} SYNC', { database })
  await warehouse.close()
})

test.each([
  ['an authority that did not sign it', () => ({ ca: pem.other })],
  ['the authorities of this machine', () => null],
])('with %s nothing is asked of it', async (_what, tls) => {
  await expect(opened(tls())).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' })
})
