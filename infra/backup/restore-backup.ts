import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { FileHandle } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { HomeroomError, sentenceOf } from '../errors.ts'
import { openCurrent } from '../log/lmdb-moves.ts'
import { syncFolder } from '../log/lmdb-store.ts'
import { readArchive, type ArchivedFile, type ArchiveReader, type Facts, type Part, type Sums } from './archive.ts'
import type { BackupSecret } from './backup-key.ts'
import { restoringIn } from './half-restored.ts'
import { keyFiles } from './take-backup.ts'

export type RestoreOptions = {
  from: string
  secret: BackupSecret
  /** A newer `erasures.jsonl`: who was erased since the backup was made. */
  erasures: string | null
  tell: (what: string) => void
}

export type Restored = { facts: Facts; parts: Sums; erasuresAdded: number }

/**
 * Where the parts come to lie in the data folder; `keys` go where the settings say. In this order: without the log nothing is
 * mistaken for all of it.
 */
const PLACES: readonly (readonly [part: Part, place: string])[] = [
  ['documents', 'xapi'],
  ['warehouse', join('engine', 'store')],
  ['settings', ''],
  ['log', 'log'],
]

/** In the folder where a restore works, once it begins to put something in its place: the names in the data folder. */
const PLACING = 'placing.json'

/**
 * Put a backup into an empty data folder. Nothing is in force before all of it was read and every hash was right, and nothing starts
 * before all of it is in its place (`half-restored.ts`): a restore that was killed is run again.
 *
 * Keys that are there already stay, if they are those of the backup: the secrets file outlives the data.
 *
 * @throws HomeroomError DATA_PRESENT, BACKUP_INVALID, BACKUP_KEY_WRONG, CONFIG_INVALID if it is another district's or another
 *   machine's secrets, BACKUP_FAILED
 */
export async function restoreBackup(config: Config, options: RestoreOptions): Promise<Restored> {
  const staging = restoringIn(config.data)
  await clearPlaced(config.data)
  await refuseData(config)
  await rm(staging, { recursive: true, force: true })
  try {
    await mkdir(staging, { recursive: true, mode: 0o700 })
    syncFolder(config.data)
    options.tell('Reading and checking')
    const { facts, parts } = await readInto(config, staging, options)
    await refuseOtherSecrets(config, join(staging, 'keys', 'secrets.json'))
    if (facts.log === 'embedded') await setOffsets(join(staging, 'log'), facts)
    const erasuresAdded = await putKeys(config, staging, options.erasures)
    // Asked again: what came meanwhile is not ours to clear away.
    await refuseData(config)
    await putParts(config, staging, options.tell)
    return { facts, parts, erasuresAdded }
  } catch (cause) {
    await clearPlaced(config.data)
    await rm(staging, { recursive: true, force: true })
    if (cause instanceof HomeroomError) throw cause
    const message = `${options.from} was not restored: ${sentenceOf(cause)}. Nothing of it is in place`
    throw new HomeroomError('BACKUP_FAILED', message, { cause })
  }
}

/** What a restore that was killed, or failed, has put in place: nothing has used it, and nothing else lay there. */
async function clearPlaced(data: string): Promise<void> {
  const placing = join(restoringIn(data), PLACING)
  if (!existsSync(placing)) return
  for (const name of JSON.parse(await readFile(placing, 'utf8')) as string[])
    await rm(join(data, name), { recursive: true, force: true })
  syncFolder(data)
}

async function refuseData(config: Config): Promise<void> {
  const { data } = config
  const keys = Object.values(keyFiles(config))
  const allowed = new Set([...keys, ...keys.map(newOf), restoringIn(data), join(data, 'lost+found')])
  const present = existsSync(data) ? (await readdir(data)).filter(name => !allowed.has(join(data, name))) : []
  if (present.length === 0) return
  throw new HomeroomError(
    'DATA_PRESENT',
    `${data} holds ${present.slice(0, 5).join(', ')}${present.length > 5 ? ` and ${present.length - 5} more` : ''}, expected an empty folder, or one with the secrets file alone. Nothing was restored or overwritten`,
  )
}

async function readInto(
  config: Config,
  staging: string,
  { from, secret }: RestoreOptions,
): Promise<{ facts: Facts; parts: Sums }> {
  const { reader, found, sync, close } = into(config, staging)
  try {
    const parts = await readArchive(resolve(from), secret, reader)
    sync()
    return { facts: found(), parts }
  } finally {
    await close()
  }
}

type Receiver = { reader: ArchiveReader; found: () => Facts; sync: () => void; close: () => Promise<void> }

/** Writes what is read into the staging folder, by part: files are durable, and after `sync` their names. */
function into(config: Config, staging: string): Receiver {
  let facts: Facts | null = null
  let handle: FileHandle | null = null
  const made = new Set<string>()
  const reader: ArchiveReader = {
    async facts(said) {
      refuseOther(config, said)
      facts = said
    },
    async file({ part, path, mode, link }: ArchivedFile) {
      const target = join(staging, part, path)
      if (!made.has(dirname(target))) await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      for (let at = dirname(target); at !== staging && !made.has(at); at = dirname(at)) made.add(at)
      if (link !== null) return symlink(link, target)
      handle = await open(target, 'wx', 0o600)
      await handle.chmod(mode)
    },
    async data(bytes) {
      await handle!.writeFile(bytes)
    },
    async fileEnd() {
      // A link has none.
      await handle?.sync()
      await close()
    },
  }
  async function close(): Promise<void> {
    await handle?.close()
    handle = null
  }
  return { reader, found: () => facts!, sync: () => [...made, staging].forEach(syncFolder), close }
}

function refuseOther({ district, timeZone, kafka, clickhouse }: Config, facts: Facts): void {
  const differences = [
    ['HOMEROOM_DISTRICT', district, facts.district],
    ['HOMEROOM_TIME_ZONE', timeZone, facts.timeZone],
    ['HOMEROOM_KAFKA', kafka === null ? 'embedded' : 'kafka', facts.log],
    ['HOMEROOM_CLICKHOUSE', clickhouse === null ? 'embedded' : 'server', facts.warehouse],
  ].filter(([, got, expected]) => got !== expected)
  if (differences.length === 0) return
  const said = differences.map(([name, got, expected]) => `${name} is ${got}, and the backup's is ${expected}`)
  throw new HomeroomError('CONFIG_INVALID', `${said.join('; ')}. Nothing was restored`)
}

type SecretsText = { pseudonymKey?: string; masterSecret?: string }

async function refuseOtherSecrets({ secretsFile }: Config, restored: string): Promise<void> {
  if (!existsSync(secretsFile) || !existsSync(restored)) return
  const [mine, theirs] = (await Promise.all([secretsFile, restored].map(path => readFile(path, 'utf8')))).map(
    text => JSON.parse(text) as SecretsText,
  )
  if (mine!.pseudonymKey === theirs!.pseudonymKey && mine!.masterSecret === theirs!.masterSecret) return
  throw new HomeroomError(
    'CONFIG_INVALID',
    `the secrets file ${secretsFile} is not the one that this backup belongs to: under its keys everybody would have another pseudonym and no original would open. Nothing was restored; move it away, or name another by HOMEROOM_SECRETS`,
  )
}

async function putParts({ data }: Config, staging: string, tell: RestoreOptions['tell']): Promise<void> {
  const moves: [part: Part, from: string, to: string][] = []
  for (const [part, place] of PLACES) {
    const from = join(staging, part)
    if (!existsSync(from)) continue
    if (part !== 'settings') moves.push([part, from, join(data, place)])
    else for (const name of await readdir(from)) moves.push([part, join(from, name), join(data, name)])
  }
  const names = moves.map(([, , to]) => relative(data, to).split(sep)[0]!)
  await writeWhole(join(staging, PLACING), JSON.stringify(names))
  let last: Part | null = null
  for (const [part, from, to] of moves) {
    if (part !== last) tell(`Putting in place: ${part}`)
    last = part
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await rename(from, to)
    syncFolder(dirname(to))
  }
  syncFolder(data)
  // At once: were it removed file by file, a kill would leave data that nobody could tell from half of them.
  const done = join(data, 'backup')
  await rename(staging, done)
  syncFolder(data)
  await rm(done, { recursive: true, force: true })
}

/** @returns how many erasures the machine did not know */
async function putKeys(config: Config, staging: string, newer: string | null): Promise<number> {
  const files = keyFiles(config)
  const erasures = files['erasures.jsonl']!
  const before = await linesOf(erasures)
  const more = [
    ...(await linesOf(join(staging, 'keys', 'erasures.jsonl'))),
    ...(newer === null ? [] : await linesOf(newer, true)),
  ]
  const added = [...new Set(more)].filter(line => !before.includes(line))
  if (added.length > 0) await writeWhole(erasures, [...before, ...added].map(line => `${line}\n`).join(''))
  for (const [name, path] of Object.entries(files)) {
    const from = join(staging, 'keys', name)
    if (path === erasures || existsSync(path) || !existsSync(from)) continue
    // Copied, not moved: it may lie on another disk.
    await writeWhole(path, await readFile(from))
  }
  return added.length
}

/** Under its own name only when it is whole. */
async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rm(newOf(path), { force: true })
  await writeFile(newOf(path), content, { mode: 0o600, flag: 'wx', flush: true })
  await rename(newOf(path), path)
  syncFolder(dirname(path))
}

const newOf = (path: string): string => `${path}.new`

async function linesOf(path: string, isNamed = false): Promise<string[]> {
  if (!existsSync(path) && !isNamed) return []
  return (await readFile(path, 'utf8')).split('\n').filter(line => line !== '')
}

/** The processors begin where they were before the rest was copied, and nobody delivers yet. */
async function setOffsets(path: string, { offsets }: Facts): Promise<void> {
  const store = openCurrent(path)
  await store.root.transaction(() => {
    for (const { key } of store.groups.getRange()) void store.groups.remove(key)
    for (const { key } of store.owners.getRange()) void store.owners.remove(key)
    for (const [name, group, partition, offset] of offsets) void store.groups.put([name, group, partition], offset)
  })
  await store.root.flushed
  await store.root.close()
}
