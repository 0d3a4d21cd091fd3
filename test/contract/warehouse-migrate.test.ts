import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate, pendingMigrations } from '../../infra/warehouse/migrate.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

let folder: string
let url: URL
let warehouse: Warehouse

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-migrations-'))
  url = pathToFileURL(`${folder}/`)
  warehouse = await freshWarehouse({ migrated: false })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const table = (name: string) =>
  `CREATE TABLE IF NOT EXISTS ${name} (a String COMMENT 'x; y') ENGINE = MergeTree ORDER BY a;`
const tables = async () => (await warehouse.query<{ name: string }>('SHOW TABLES')).map(row => row.name)

test('files are run in the order of their numbers, once, and recorded', async () => {
  await write('0002-b.sql', `-- needs a;\n${table('b')}\nALTER TABLE a ADD COLUMN IF NOT EXISTS c UInt8;`)
  await write('0001-a.sql', table('a'))
  await write('notes.txt', 'no SQL')
  expect(await pendingMigrations(warehouse, url)).toEqual(['0001-a.sql', '0002-b.sql'])
  expect(await migrate(warehouse, url)).toEqual({ applied: ['0001-a.sql', '0002-b.sql'] })
  expect(await migrate(warehouse, url)).toEqual({ applied: [] })
  expect(await pendingMigrations(warehouse, url)).toEqual([])
  expect(await tables()).toEqual(['a', 'b', 'migrations'])
  await write('0003-c.sql', table('c'))
  expect(await migrate(warehouse, url)).toEqual({ applied: ['0003-c.sql'] })
})

test('a file that was run and has changed is refused, unless only its comments changed', async () => {
  await write('0001-a.sql', table('a'))
  await migrate(warehouse, url)
  await write('0001-a.sql', `-- said better\n\n${table('a').replaceAll(' ', '\n')}`.replace("'x;\ny'", "'x; y'"))
  expect(await migrate(warehouse, url)).toEqual({ applied: [] })
  await write('0001-a.sql', table('a').replace('String', 'UInt8'))
  await write('0002-b.sql', table('b'))
  await expect(migrate(warehouse, url)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringMatching(/^0001-a\.sql .*changed/),
  })
  await expect(pendingMigrations(warehouse, url)).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
  expect(await tables()).not.toContain('b')
})

test('a database that knows more files than this Homeroom is refused', async () => {
  await write('0001-a.sql', table('a'))
  await migrate(warehouse, url)
  await rm(join(folder, '0001-a.sql'))
  await expect(migrate(warehouse, url)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringContaining('older than the database'),
  })
})

test('a file that fails says which statement, is not recorded, and goes on when mended', async () => {
  await write('0001-a.sql', `${table('a')} SELECT nope; ${table('b')}`)
  await expect(migrate(warehouse, url)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringMatching(/^0001-a\.sql, statement 2: /),
  })
  expect(await pendingMigrations(warehouse, url)).toEqual(['0001-a.sql'])
  await write('0001-a.sql', `${table('a')} ${table('b')}`)
  expect(await migrate(warehouse, url)).toEqual({ applied: ['0001-a.sql'] })
})

test('the files of Homeroom run twice at once, and leave nothing pending', async () => {
  await Promise.all([migrate(warehouse), migrate(warehouse), migrate(warehouse)])
  expect(await pendingMigrations(warehouse)).toEqual([])
  expect(await tables()).toEqual(
    expect.arrayContaining(['events', 'record_index', 'touched', 'student_week', 'indicators', 'published']),
  )
  expect(
    await warehouse.query("SELECT name FROM system.tables WHERE database = {identity:String} AND name = 'people'"),
  ).toHaveLength(1)
})

test('every statement of the files of Homeroom may be run again', async () => {
  await migrate(warehouse)
  await warehouse.command('TRUNCATE TABLE migrations')
  const { applied } = await migrate(warehouse)
  expect(applied.length).toBeGreaterThanOrEqual(4)
})

test('every column of every table is described', async () => {
  await migrate(warehouse)
  // A view's columns are those of its tables; ClickHouse keeps no words for them.
  const bare = `SELECT table, name FROM system.columns WHERE database IN (currentDatabase(), {identity:String}) AND comment = ''
    AND (database, table) NOT IN (SELECT database, name FROM system.tables WHERE engine = 'View')`
  expect(await warehouse.query(bare)).toEqual([])
})
