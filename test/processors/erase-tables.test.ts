import { expect, test } from 'vitest'
import { NOT_PEOPLE, PERSON_COLUMNS } from '../../processors/erase-tables.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

type Column = { name: string; type: string; comment: string }

/** Columns that can hold a pseudonym: its 32 bytes, alone or in an array, or its digits. */
async function pseudonymColumns(): Promise<Column[]> {
  const warehouse = await freshWarehouse()
  return warehouse.query<Column>(
    `select concat(if(c.database = {identity:String}, 'identity.', ''), c.table, '.', c.name) as name, c.type as type, c.comment as comment
     from system.columns as c
     inner join system.tables as t on t.database = c.database and t.name = c.table
     where c.database in (currentDatabase(), {identity:String}) and t.engine like '%MergeTree%'
       and (c.type like '%FixedString(32)%' or (c.comment ilike '%pseudonym%' and c.type like '%String%'))
     order by name`,
    { identity: warehouse.identity },
  )
}

const named = PERSON_COLUMNS.map(({ table, column, identity }) => `${identity ? 'identity.' : ''}${table}.${column}`)

test('every column of every table that can name a person is in the list of what an erasure reaches, or said to name nobody', async () => {
  const columns = await pseudonymColumns()
  expect(columns.length).toBeGreaterThan(20)
  const unknown = columns.filter(({ name }) => !named.includes(name) && !(name in NOT_PEOPLE))
  expect(unknown).toEqual([])
})

test('the list names columns that there are, each once', async () => {
  const warehouse = await freshWarehouse()
  const found = await warehouse.query<{ name: string }>(
    `select concat(if(database = {identity:String}, 'identity.', ''), table, '.', name) as name from system.columns
     where database in (currentDatabase(), {identity:String})`,
    { identity: warehouse.identity },
  )
  const present = new Set(found.map(({ name }) => name))
  expect([...named, ...Object.keys(NOT_PEOPLE)].filter(name => !present.has(name))).toEqual([])
  expect(new Set(named).size).toBe(named.length)
})
