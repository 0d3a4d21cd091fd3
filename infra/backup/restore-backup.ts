import { existsSync } from 'node:fs'
import { appendFile, chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FileHandle } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { HomeroomError, sentenceOf } from '../errors.ts'
import { openCurrent } from '../log/lmdb-moves.ts'
import { syncFolder } from '../log/lmdb-store.ts'
import { readArchive, type ArchivedFile, type ArchiveReader, type Facts, type Part, type Sums } from './archive.ts'
import type { BackupSecret } from './backup-key.ts'
import { keyFiles } from './take-backup.ts'

export type RestoreOptions = {
  from: string
  secret: BackupSecret
  /** A newer `erasures.jsonl`: who was erased since the backup was made. */
  erasures: string | null
  tell: (what: string) => void
}

export type Restored = { facts: Facts; parts: Sums; erasuresAdded: number }

/** Where the parts come to lie in the data folder; `keys` go where the settings say. */
const PLACES: Record<Exclude<Part, 'keys' | 'settings'>, string> = {
  log: 'log',
  warehouse: join('engine', 'store'),
  documents: 'xapi',
}

/**
 * Put a backup into an empty data folder. Nothing is in force before all of it was read and every hash was right.
 *
 * Keys that are there already stay, if they are those of the backup: the secrets file outlives the data.
 *
 * @throws HomeroomError DATA_PRESENT, BACKUP_INVALID, BACKUP_KEY_WRONG, CONFIG_INVALID if it is another district's or another
 *   machine's secrets, BACKUP_FAILED
 */
export async function restoreBackup(config: Config, options: RestoreOptions): Promise<Restored> {
  await refuseData(config)
  const staging = join(config.data, 'restoring')
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { recursive: true, mode: 0o700 })
    options.tell('Reading and checking')
    const { reader, found, close } = into(config, staging)
    let parts: Sums
    try {
      parts = await readArchive(resolve(options.from), options.secret, reader)
    } finally {
      await close()
    }
    const facts = found()
    options.tell('Putting it in place')
    await refuseOtherSecrets(config, join(staging, 'keys', 'secrets.json'))
    await moveParts(config, staging)
    const erasuresAdded = await putKeys(config, staging, options.erasures)
    if (facts.log === 'embedded') await setOffsets(config, facts)
    return { facts, parts, erasuresAdded }
  } catch (cause) {
    if (cause instanceof HomeroomError) throw cause
    const message = `${options.from} was not restored: ${sentenceOf(cause)}. Empty ${config.data} before you try again`
    throw new HomeroomError('BACKUP_FAILED', message, { cause })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function refuseData(config: Config): Promise<void> {
  const { data } = config
  const allowed = new Set([...Object.values(keyFiles(config)), join(data, 'restoring'), join(data, 'lost+found')])
  const present = existsSync(data) ? (await readdir(data)).filter(name => !allowed.has(join(data, name))) : []
  if (present.length === 0) return
  throw new HomeroomError(
    'DATA_PRESENT',
    `${data} holds ${present.slice(0, 5).join(', ')}${present.length > 5 ? ` and ${present.length - 5} more` : ''}, expected an empty folder, or one with the secrets file alone. Nothing was restored or overwritten`,
  )
}

type Receiver = { reader: ArchiveReader; found: () => Facts; close: () => Promise<void> }

/** Writes what is read into the staging folder, by part. */
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
      made.add(dirname(target))
      if (link !== null) return symlink(link, target)
      handle = await open(target, 'wx', 0o600)
      await handle.chmod(mode)
    },
    async data(bytes) {
      await handle!.writeFile(bytes)
    },
    fileEnd: () => close(),
  }
  async function close(): Promise<void> {
    await handle?.close()
    handle = null
  }
  return { reader, found: () => facts!, close }
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

async function moveParts({ data }: Config, staging: string): Promise<void> {
  for (const [part, place] of Object.entries(PLACES)) {
    const from = join(staging, part)
    if (!existsSync(from)) continue
    await mkdir(dirname(join(data, place)), { recursive: true, mode: 0o700 })
    await rename(from, join(data, place))
  }
  const settings = join(staging, 'settings')
  for (const name of existsSync(settings) ? await readdir(settings) : [])
    await rename(join(settings, name), join(data, name))
  syncFolder(data)
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
  if (added.length > 0) {
    await mkdir(dirname(erasures), { recursive: true })
    await appendFile(erasures, added.map(line => `${line}\n`).join(''), { mode: 0o600, flush: true })
  }
  for (const [name, path] of Object.entries(files)) {
    const from = join(staging, 'keys', name)
    if (path === erasures || existsSync(path) || !existsSync(from)) continue
    await mkdir(dirname(path), { recursive: true })
    // Copied, not moved: it may lie on another disk.
    await copyFile(from, path)
    await chmod(path, 0o600)
  }
  return added.length
}

async function linesOf(path: string, isNamed = false): Promise<string[]> {
  if (!existsSync(path) && !isNamed) return []
  return (await readFile(path, 'utf8')).split('\n').filter(line => line !== '')
}

/** The processors begin where they were before the rest was copied, and nobody delivers yet. */
async function setOffsets({ data }: Config, { offsets }: Facts): Promise<void> {
  const store = openCurrent(join(data, 'log'))
  await store.root.transaction(() => {
    for (const { key } of store.groups.getRange()) void store.groups.remove(key)
    for (const { key } of store.owners.getRange()) void store.owners.remove(key)
    for (const [name, group, partition, offset] of offsets) void store.groups.put([name, group, partition], offset)
  })
  await store.root.flushed
  await store.root.close()
}
