import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exception } from './exception.ts'
import type { Standstill } from './standstill.ts'
import type { Store } from './store.ts'

/** Where the frozen files lie, in the data directory, until somebody removes them. */
export const FROZEN = join('engine', 'store', 'shadow')

/** ClickHouse writes any other character of a folder's name in another way. */
const NAME = /^[a-z0-9_]{1,60}$/

/**
 * Every database as it is at one moment, as files that nobody changes: hard links to the parts of all tables, copies of their
 * definitions. In this moment no statement that writes is under way, so that what is frozen is what a kill of every other
 * process would have left, and what holds after a crash holds after a restore.
 *
 * @param directory of the store, relative to the working directory
 * @param name folder in `shadow`; the files in it lie as they do in the store
 * @throws Exception 36 if the name is none or taken, 159 if a mutation or a write does not end
 */
export async function freeze(store: Store, still: Standstill, directory: string, name: string): Promise<void> {
  if (!NAME.test(name)) throw exception(36, 'BAD_ARGUMENTS', `the name of a freeze is ${JSON.stringify(name)}`)
  const shadow = join(directory, 'shadow', name)
  await mkdir(join(directory, 'shadow'), { recursive: true })
  await mkdir(shadow).catch(() => {
    throw exception(36, 'BAD_ARGUMENTS', `there is a freeze ${name} already`)
  })
  try {
    await still.hold(async () => {
      await refuseMutations(store)
      const tables = await lines(
        store,
        "SELECT concat('`', database, '`.`', name, '`') FROM system.tables WHERE engine LIKE '%MergeTree' FORMAT TSVRaw",
      )
      await Promise.all(tables.map(table => run(store, `ALTER TABLE ${table} FREEZE WITH NAME '${name}'`)))
      await copyDefinitions(directory, shadow)
    })
  } catch (error) {
    await rm(shadow, { recursive: true, force: true })
    throw error
  }
}

/** Parts that a mutation has not reached yet would bring back what it takes away. */
async function refuseMutations(store: Store): Promise<void> {
  const running = await lines(
    store,
    "SELECT concat(database, '.', table, ': ', substring(command, 1, 80)) FROM system.mutations WHERE NOT is_done FORMAT TSVRaw",
  )
  if (running.length > 0)
    throw exception(
      159,
      'TIMEOUT_EXCEEDED',
      `${running.length} mutations have not ended, the first is of ${running[0]}`,
    )
}

async function copyDefinitions(directory: string, shadow: string): Promise<void> {
  const copy = { recursive: true, verbatimSymlinks: true, force: false }
  await cp(join(directory, 'metadata'), join(shadow, 'metadata'), copy)
  const inner = join(directory, 'store')
  for (const prefix of await readdir(inner))
    for (const id of await readdir(join(inner, prefix)))
      for (const file of await readdir(join(inner, prefix, id)))
        if (file.endsWith('.sql') || file === 'format_version.txt')
          await cp(join(inner, prefix, id, file), join(shadow, 'store', prefix, id, file), copy)
}

async function lines(store: Store, sql: string): Promise<string[]> {
  return (await run(store, sql)).toString('utf8').split('\n').slice(0, -1)
}

async function run(store: Store, sql: string): Promise<Buffer> {
  const statement = { sql, format: 'TSVRaw', database: null, settings: [], params: [], readonly: false }
  return (await store.run(statement, new AbortController().signal)).bytes
}
