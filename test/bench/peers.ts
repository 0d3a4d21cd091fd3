import { startRalph } from '../helpers/ralph.ts'
import { benchIngest } from './ingest.ts'
import { runLoad } from './load-client.ts'

/** One cell of one learning record store, or why it could not be measured. */
export type PeerRow = {
  store: string
  clients: number
  batch: number
  statements_per_s?: number
  /** Requests that were not answered by 2xx: never throughput. */
  failed?: number
  p50_ms?: number
  /** How many times as many statements Homeroom accepts in the same cell of the same run. */
  homeroom_times?: number
  not_measured?: string
}

/** A learning record store on this machine. */
type Peer = { port: number; path: string; authorization: string; stop: () => Promise<void> }
type Candidate = { store: string; start: () => Promise<Peer> }

const CELLS = [
  [1, 1],
  [1, 100],
  [1, 1000],
  [8, 1],
  [8, 100],
  [8, 1000],
] as const

/**
 * The same statements, sent by the same client, to Homeroom (embedded, everything on) and to every other store that can be
 * started here: cell by cell, so that each is compared with what ran in the same minute. Stores that are started here begin
 * every cell empty.
 *
 * @param options.seconds of each measurement; a warm-up of a quarter of it goes before
 * @param options.peers stores that run on this machine already: `name=http://user:password@127.0.0.1:port/xapi`
 */
export async function benchPeers(options: { seconds: number; peers?: readonly string[] }): Promise<PeerRow[]> {
  const candidates = [...RALPH, ...withPelotech((options.peers ?? []).map(runningPeer))]
  const rows: PeerRow[] = []
  for (const [clients, batch] of CELLS) {
    const [ours] = await benchIngest({ log: 'lmdb', seconds: options.seconds, cells: [[clients, batch]] })
    const { statements_per_s, failed, p50_ms } = ours!
    rows.push({ store: 'Homeroom', clients, batch, statements_per_s, failed, p50_ms })
    for (const candidate of candidates) {
      const theirs = await measured(candidate, clients, batch, options.seconds)
      const times = theirs.statements_per_s ? statements_per_s / theirs.statements_per_s : undefined
      rows.push({ ...theirs, ...(times && { homeroom_times: Number(times.toPrecision(3)) }) })
    }
  }
  return rows
}

const withPelotech = (given: readonly Candidate[]): readonly Candidate[] =>
  given.some(({ store }) => store === PELOTECH.store) ? given : [...given, PELOTECH]

const ralph = (storage: 'files' | 'memory'): Candidate => ({
  store: `Ralph 5.1.0, ${storage}`,
  start: async () => ({ ...(await startRalph(storage)), path: '/xAPI/statements' }),
})
const RALPH = [ralph('files'), ralph('memory')]

/** In no package registry, so that it is measured where someone has started it. */
const PELOTECH: Candidate = {
  store: 'pelotech',
  start: () => {
    const hint = 'start it with PostgreSQL and add --peer pelotech=http://user:password@127.0.0.1:PORT/xapi'
    return Promise.reject(new Error(`pelotech/xapi-lrs comes from no package registry; ${hint}`))
  },
}

function runningPeer(named: string): Candidate {
  const [, store = '', address = ''] = /^([^=]+)=(.+)$/.exec(named) ?? []
  const url = URL.parse(address)
  // A load is sent to nobody else's machine.
  if (url?.hostname !== '127.0.0.1') {
    throw new Error(`--peer ${store || named}: expected NAME=http://user:password@127.0.0.1:PORT/path`)
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const peer: Peer = {
    port: Number(url.port),
    path: `${url.pathname.replace(/\/$/, '')}/statements`,
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    stop: () => Promise.resolve(),
  }
  return { store, start: () => Promise.resolve(peer) }
}

async function measured(
  { store, start }: Candidate,
  clients: number,
  batch: number,
  seconds: number,
): Promise<PeerRow> {
  let peer
  try {
    peer = await start()
    return { store, clients, batch, ...(await cell(peer, clients, batch, seconds)) }
  } catch (error) {
    return { store, clients, batch, not_measured: error instanceof Error ? error.message : String(error) }
  } finally {
    await peer?.stop()
  }
}

async function cell({ port, path, authorization }: Peer, clients: number, batch: number, seconds: number) {
  const load = { port, path, authorization, clients, batch }
  await runLoad({ ...load, seconds: seconds / 4 })
  const run = await runLoad({ ...load, seconds })
  return {
    statements_per_s: Number((run.statements / run.seconds).toPrecision(3)),
    failed: run.failed,
    p50_ms: Number(run.p50.toFixed(1)),
  }
}
