import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeBackupKey, type BackupSecret } from '../infra/backup/backup-key.ts'
import { restoreBackup } from '../infra/backup/restore-backup.ts'
import { takeBackup, type Backup } from '../infra/backup/take-backup.ts'
import { readConfig, type Config } from '../infra/config.ts'
import { openLog } from '../infra/log/open-log.ts'

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
