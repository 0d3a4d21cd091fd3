import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeBackupKey, type BackupSecret } from '../infra/backup/backup-key.ts'
import { restoreBackup } from '../infra/backup/restore-backup.ts'
import { takeBackup, type Backup } from '../infra/backup/take-backup.ts'
import { openRuntime } from '../infra/commands/runtime.ts'
import { readConfig, type Config } from '../infra/config.ts'
import { openLog } from '../infra/log/open-log.ts'
import { until } from './helpers/until.ts'

/** What a backup does with the data folder itself: of these Homerooms the warehouse is a server's, which is not in it. */
const CLICKHOUSE = 'http://127.0.0.1:9'

let folder: string
let secret: BackupSecret
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-backup-folder-'))
  secret = makeBackupKey(join(folder, 'backup.key'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const configOf = (name: string): Config =>
  readConfig(
    {},
    {
      data: join(folder, name),
      secretsFile: join(folder, name, 'secrets.json'),
      district: 'folder',
      clickhouse: CLICKHOUSE,
    },
  )

async function put(config: Config, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(config.data, name)), { recursive: true })
    await writeFile(join(config.data, name), text)
  }
}

async function appended(config: Config, key: string): Promise<void> {
  const log = await openLog(config)
  await log.createTopics()
  await log.append('records', [{ key, value: key }])
  await log.close()
}

/** @param meanwhile is called with what is being done, before it is done */
const taken = (config: Config, meanwhile: (what: string) => void = () => undefined): Promise<Backup> =>
  takeBackup(config, null, { to: join(folder, 'one.backup'), secret, version: '1', now: new Date(0), tell: meanwhile })

const restored = (config: Config): Promise<unknown> =>
  restoreBackup(config, { from: join(folder, 'one.backup'), secret, erasures: null, tell: () => undefined })

test('how far a pull is was copied before the log: what came since is pulled again', async () => {
  const config = configOf('source')
  await put(config, { 'pull/sis.json': '1', 'load/places/a': '1', 'lost+found/x': 'of the disk', 'pull.pid': '7' })
  await appended(config, 'a')
  const moved: Promise<void>[] = []
  // A pull goes on all the time: its place is always ahead of what was copied before.
  await taken(config, what => void moved.push(put(config, { 'pull/sis.json': `2, after ${what}` })))
  await Promise.all(moved)
  expect(moved.length).toBeGreaterThan(2)
  const other = configOf('other')
  await put(other, { 'lost+found/y': 'of its disk' })
  await restored(other)
  expect(await readFile(join(other.data, 'pull/sis.json'), 'utf8')).toBe('1')
  expect((await readdir(other.data)).sort()).toEqual(['load', 'log', 'lost+found', 'pull'])
  expect(await readdir(join(other.data, 'lost+found'))).toEqual(['y'])
})

test('a link that leads out of the data folder is left out, and said to be', async () => {
  const config = configOf('source')
  await put(config, { 'reports/a.html': 'a' })
  await symlink('a.html', join(config.data, 'reports', 'newest'))
  await symlink('/etc/hostname', join(config.data, 'reports', 'absolute'))
  await symlink('../../elsewhere', join(config.data, 'reports', 'outside'))
  await appended(config, 'a')
  const { leftOut } = await taken(config)
  expect(leftOut).toEqual(['reports/absolute', 'reports/outside'])
  const other = configOf('other')
  await restored(other)
  expect((await readdir(join(other.data, 'reports'))).sort()).toEqual(['a.html', 'newest'])
  expect(await readFile(join(other.data, 'reports', 'newest'), 'utf8')).toBe('a')
})

const RESTORE = new URL('../infra/backup/restore-backup.ts', import.meta.url).href
const KEY = new URL('../infra/backup/backup-key.ts', import.meta.url).href

/** A restore in a process of its own, killed as it begins something. @returns the signal by which it ended */
async function killedRestore(config: Config, at: string): Promise<string> {
  const child = `
    import { restoreBackup } from '${RESTORE}'
    import { readBackupSecret } from '${KEY}'
    const [config, from, key, at] = process.argv.slice(1)
    const tell = what => what === at && process.kill(process.pid, 'SIGKILL')
    await restoreBackup(JSON.parse(config), { from, secret: readBackupSecret(key), erasures: null, tell })`
  const given = [JSON.stringify(config), join(folder, 'one.backup'), join(folder, 'backup.key'), at]
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', child, ...given])
  return ended.then(
    () => 'none',
    (error: { signal: string }) => error.signal,
  )
}

test('nothing starts on a restore that was killed, and run again it brings everything', async () => {
  const config = configOf('source')
  await put(config, { 'pull/sis.json': '1', 'secrets.json': '{}', 'sources.json': '[]' })
  await appended(config, 'a')
  await handled(config, ['a'])
  await taken(config)
  for (const at of ['Reading and checking', 'Putting in place: settings', 'Putting in place: log']) {
    const other = configOf(`killed at ${at}`)
    expect(await killedRestore(other, at)).toBe('SIGKILL')
    // The log comes last: without it nothing passes for whole.
    expect(await readdir(other.data)).not.toContain('log')
    await expect(openRuntime(other)).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('run homeroom restore again') as string,
    })
    await restored(other)
    expect((await readdir(other.data)).sort()).toEqual(['log', 'pull', 'secrets.json', 'sources.json'])
    expect((await stat(other.secretsFile)).mode & 0o777).toBe(0o600)
    await appended(other, 'b')
    await handled(other, ['b'])
  }
})

/** What a group that has handled everything before is given. */
async function handled(config: Config, expected: string[]): Promise<void> {
  const log = await openLog(config)
  const found: string[] = []
  const handle = async (batch: { key: string }[]): Promise<void> => void found.push(...batch.map(({ key }) => key))
  const consumption = await log.consume({ topic: 'records', group: 'some', handle })
  await until(() => found.length >= expected.length, 'everything is delivered')
  await consumption.stop()
  await log.close()
  expect(found).toEqual(expected)
}

test('a restore that fails leaves nothing of it in place', async () => {
  const config = configOf('source')
  await put(config, { 'pull/sis.json': '1' })
  await appended(config, 'a')
  await taken(config)
  const other = configOf('other')
  const obstacle = (what: string): void => {
    if (what === 'Putting in place: log') rmSync(join(other.data, 'restoring', 'log'), { recursive: true })
  }
  const options = { from: join(folder, 'one.backup'), secret, erasures: null, tell: obstacle }
  await expect(restoreBackup(other, options)).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
  expect(await readdir(other.data)).toEqual([])
})
