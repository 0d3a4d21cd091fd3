import { existsSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { open } from 'lmdb'
import type { Config } from '../config.ts'
import { erasuresFileOf } from '../erasures-file.ts'
import { HomeroomError, sentenceOf } from '../errors.ts'
import { openCurrent } from '../log/lmdb-moves.ts'
import { syncFolder } from '../log/lmdb-store.ts'
import { FROZEN } from '../warehouse/engine/freeze.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { archiveWriter, readArchive, type ArchiveWriter, type Facts, type Part, type Sums } from './archive.ts'
import type { BackupSecret } from './backup-key.ts'
import { copySettings } from './copy-settings.ts'

export type BackupOptions = {
  /** File that is made, or folder in which one is made. */
  to: string
  secret: BackupSecret
  /** Version of this Homeroom. */
  version: string
  now: Date
  /** Hears what is being done. */
  tell: (what: string) => void
}

export type Backup = {
  path: string
  bytes: number
  parts: Sums
  facts: Facts
  standstill_ms: number
  /** Symbolic links that lead out of the data folder: they are not in it. */
  leftOut: string[]
}

/**
 * One sealed file with everything that this Homeroom keeps, made while it runs.
 *
 * The order is what makes it whole: first how far pulls and loads are, then how far the processors are, then the warehouse at one
 * moment, then the log. Whatever the warehouse has stands in the log, whatever came after the offsets is handled again, and whatever
 * came after the places of a pull is pulled again: nothing is lost, and repeats replace themselves.
 *
 * @throws HomeroomError BACKUP_FAILED; ARGUMENT_INVALID if the file exists or lies in the data folder
 */
export async function takeBackup(
  config: Config,
  warehouse: Pick<Warehouse, 'url'> | null,
  options: BackupOptions,
): Promise<Backup> {
  const path = targetOf(config, options)
  const partial = `${path}.partial`
  const staging = join(config.data, 'backup')
  const frozenName = `backup_${process.pid}_${options.now.getTime()}`
  const frozen = join(config.data, FROZEN, frozenName)
  try {
    await Promise.all([rm(partial, { force: true }), rm(staging, { recursive: true, force: true }), removeOld(config)])
    await mkdir(staging, { recursive: true, mode: 0o700 })
    const { facts, standstill_ms, leftOut } = await copyAll(config, warehouse, { ...options, staging, frozenName })
    options.tell('Sealing')
    const out = await archiveWriter(partial, options.secret, facts)
    const { sums, bytes } = await addAll(out, config, { staging, frozen }).catch(async error => {
      await out.abandon()
      throw error
    })
    options.tell('Reading it back')
    await verified(partial, options.secret, sums)
    await rename(partial, path)
    syncFolder(dirname(path))
    return { path, bytes, parts: sums, facts, standstill_ms, leftOut }
  } catch (cause) {
    await rm(partial, { force: true })
    if (cause instanceof HomeroomError) throw cause
    throw failed(`no backup was made at ${path}: ${sentenceOf(cause)}`, cause)
  } finally {
    await Promise.all([staging, frozen].map(folder => rm(folder, { recursive: true, force: true })))
  }
}

/** Read a backup to its end without using it. @throws HomeroomError BACKUP_INVALID, BACKUP_KEY_WRONG */
export async function checkBackup(path: string, secret: BackupSecret): Promise<{ facts: Facts; parts: Sums }> {
  let facts: Facts | null = null
  const nothing = async (): Promise<void> => undefined
  const parts = await readArchive(path, secret, {
    facts: async found => {
      facts = found
    },
    file: nothing,
    data: nothing,
    fileEnd: nothing,
  })
  if (facts === null) throw new HomeroomError('BACKUP_INVALID', `${path} does not say what it is. Nothing was read`)
  return { facts, parts }
}

type Copies = { staging: string; frozenName: string }

async function copyAll(
  config: Config,
  warehouse: Pick<Warehouse, 'url'> | null,
  { staging, frozenName, version, now, tell }: BackupOptions & Copies,
): Promise<Pick<Backup, 'facts' | 'standstill_ms' | 'leftOut'>> {
  const leftOut = await copySettings(config.data, join(staging, 'settings'), Object.values(keyFiles(config)))
  const log = config.kafka === null ? openCurrent(join(config.data, 'log')) : null
  try {
    const offsets = log === null ? [] : offsetsIn(log)
    tell('The warehouse, at one moment')
    const began = performance.now()
    if (warehouse !== null) await freezeAll(warehouse, frozenName)
    const standstill_ms = Math.round(performance.now() - began)
    tell('The log')
    if (log !== null) await copyInto(staging, 'log', log.root)
    // After the log: the attachments of its statements were stored before they were.
    await copyDocuments(config, staging)
    const facts: Facts = {
      homeroom: version,
      district: config.district,
      timeZone: config.timeZone,
      madeAt: now.toISOString(),
      log: log === null ? 'kafka' : 'embedded',
      warehouse: warehouse === null ? 'server' : 'embedded',
      offsets,
    }
    return { facts, standstill_ms, leftOut }
  } finally {
    await log?.root.close()
  }
}

function offsetsIn(store: ReturnType<typeof openCurrent>): Facts['offsets'] {
  store.root.resetReadTxn()
  return [...store.groups.getRange()].map(({ key: [name, group, partition], value }) => [name, group, partition, value])
}

async function freezeAll({ url }: Pick<Warehouse, 'url'>, name: string): Promise<void> {
  const { username, password, origin } = new URL(url)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const answer = await fetch(`${origin}/freeze?name=${name}`, { method: 'POST', headers: { authorization } })
  if (!answer.ok)
    throw failed(`the warehouse did not come to a standstill: ${(await answer.text()).trim()}. No backup was made`)
}

type Environment = { backup(path: string, compact: boolean): Promise<void> }

async function copyInto(staging: string, name: string, root: Environment): Promise<void> {
  const folder = join(staging, name)
  await mkdir(folder)
  await root.backup(folder, true)
}

async function copyDocuments({ data }: Config, staging: string): Promise<void> {
  const path = join(data, 'xapi')
  if (!existsSync(join(path, 'data.mdb'))) return
  const root = open({ path, noSubdir: false, readOnly: true })
  try {
    await copyInto(staging, 'xapi', root)
  } finally {
    await root.close()
  }
}

async function addAll(
  out: ArchiveWriter,
  config: Config,
  { staging, frozen }: { staging: string; frozen: string },
): Promise<{ sums: Sums; bytes: number }> {
  const keys = keyFiles(config)
  for (const [name, path] of Object.entries(keys)) if (existsSync(path)) await out.add('keys', name, path)
  await addFolder(out, 'log', join(staging, 'log'))
  await addFolder(out, 'warehouse', frozen)
  await addFolder(out, 'documents', join(staging, 'xapi'))
  await addFolder(out, 'settings', join(staging, 'settings'))
  const { sums, bytes } = await out.end()
  return { sums, bytes }
}

/** Where the files of the part `keys` lie. */
export function keyFiles(config: Pick<Config, 'secretsFile' | 'sourcesFile'>): Record<string, string> {
  return {
    'secrets.json': config.secretsFile,
    'erasures.jsonl': erasuresFileOf(config),
    'sources.json': config.sourcesFile,
  }
}

async function addFolder(out: ArchiveWriter, part: Part, folder: string): Promise<void> {
  const add = async (path: string): Promise<void> => {
    for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) await add(inner)
      else if (entry.isFile() || entry.isSymbolicLink())
        await out.add(part, relative(folder, inner).split(sep).join('/'), inner)
    }
  }
  if (existsSync(folder)) await add(folder)
}

async function verified(path: string, secret: BackupSecret, written: Sums): Promise<void> {
  const { parts } = await checkBackup(path, secret)
  if (JSON.stringify(parts) !== JSON.stringify(written))
    throw failed(`what was read back of ${path} is not what was written: the disk is faulty. It was removed`)
}

/** What a backup left behind that was killed: its frozen files would keep the space of parts that are gone. */
async function removeOld({ data }: Config): Promise<void> {
  const folder = join(data, FROZEN)
  const names = existsSync(folder) ? await readdir(folder) : []
  for (const name of names.filter(name => name.startsWith('backup_')))
    await rm(join(folder, name), { recursive: true, force: true })
}

function targetOf({ data, district }: Config, { to, now }: BackupOptions): string {
  const given = resolve(to)
  const time = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '')
  const path = isFolder(given) ? join(given, `homeroom-${district}-${time}.backup`) : given
  if (`${path}${sep}`.startsWith(`${resolve(data)}${sep}`))
    throw refused(`--to ${to} lies in the data folder ${data}, which it is a backup of`)
  if (existsSync(path)) throw refused(`--to ${path} exists already (${basename(path)})`)
  if (!existsSync(dirname(path))) throw refused(`--to ${to}: there is no folder ${dirname(path)}`)
  return path
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

const refused = (message: string): HomeroomError =>
  new HomeroomError('ARGUMENT_INVALID', `${message}; expected a new file, or a folder for it. No backup was made`)

const failed = (message: string, cause?: unknown): HomeroomError =>
  new HomeroomError('BACKUP_FAILED', message, { cause })
