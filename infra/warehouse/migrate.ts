import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { HomeroomError } from '../errors.ts'
import { statementsOf, tokens } from './sql-text.ts'
import { sql } from './sql.ts'
import type { Warehouse } from './warehouse.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/

type Migration = { name: string; text: string; checksum: string }

/**
 * Brings the district's tables up to date: runs the files of `migrations/` that were not run yet, in the order of their
 * numbers. Every statement in them is idempotent, so that a run that was cut short, or two at once, do no harm.
 *
 * @returns names of the files that this call ran
 * @throws HomeroomError MIGRATION_FAILED naming file and statement; also if a file that was run has changed, or is missing
 */
export async function migrate(warehouse: Warehouse, folder: URL = FOLDER): Promise<{ applied: string[] }> {
  await warehouse.command(`
    CREATE TABLE IF NOT EXISTS migrations
    (
        name       String                COMMENT 'file of infra/warehouse/migrations',
        checksum   String                COMMENT 'SHA-256 of its statements, comments and white space aside',
        applied_at DateTime64(3, 'UTC')  COMMENT 'when it was run'
    )
    ENGINE = ReplacingMergeTree ORDER BY name`)
  const pending = await pendingMigrations(warehouse, folder)
  for (const name of pending) await apply(warehouse, read(folder, name))
  return { applied: pending }
}

/**
 * Files that were not run yet; all of them where nothing was ever migrated.
 * @throws HomeroomError MIGRATION_FAILED if a file that was run has changed, or is missing
 */
export async function pendingMigrations(warehouse: Warehouse, folder: URL = FOLDER): Promise<string[]> {
  const { waiting, newer } = await migrationState(warehouse, folder)
  if (newer.length === 0) return waiting
  throw failed(
    `${newer[0]} was run on database ${warehouse.database}, but this Homeroom does not have it; it is older than the database. Nothing was run`,
  )
}

/**
 * `waiting`: files that were not run yet; `newer`: files of a later Homeroom that were run, as while processes are replaced
 * one after the other.
 * @throws HomeroomError MIGRATION_FAILED if a file that was run has changed
 */
export async function migrationState(
  warehouse: Warehouse,
  folder: URL = FOLDER,
): Promise<{ waiting: string[]; newer: string[] }> {
  const known = await warehouse.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'",
  )
  const done = known.length
    ? await warehouse.query<{ name: string; checksum: string }>(
        'SELECT name, checksum FROM migrations FINAL ORDER BY name',
      )
    : []
  const names = readdirSync(folder)
    .filter(name => FILE_NAME.test(name))
    .sort()
  for (const { name, checksum } of done) {
    if (names.includes(name) && read(folder, name).checksum !== checksum) {
      throw failed(
        `${name} was run on database ${warehouse.database} and has changed since. Nothing was run; undo the change and write a new file instead`,
      )
    }
  }
  return {
    waiting: names.filter(name => done.every(row => row.name !== name)),
    newer: done.map(({ name }) => name).filter(name => !names.includes(name)),
  }
}

async function apply(warehouse: Warehouse, { name, text, checksum }: Migration): Promise<void> {
  for (const [index, statement] of statementsOf(text).entries()) {
    try {
      await warehouse.command(statement)
    } catch (cause) {
      throw failed(
        `${name}, statement ${index + 1}: ${(cause as Error).message}. The statements before it were run; running it again is safe`,
        cause,
      )
    }
  }
  await warehouse.insert('migrations', [{ name, checksum, applied_at: new Date().toISOString() }])
}

function read(folder: URL, name: string): Migration {
  const text = sql(new URL(name, folder))
  const significant = [...tokens(text)].map(token => text.slice(token.start, token.end)).join('\n')
  return { name, text, checksum: createHash('sha256').update(significant).digest('hex') }
}

function failed(message: string, cause?: unknown): HomeroomError {
  return new HomeroomError('MIGRATION_FAILED', message, { cause })
}
