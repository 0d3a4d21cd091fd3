import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commentOf, researchDatabase, writeCodebook, wordsOf } from '../../processors/research/codebook.ts'
import { createTable, EXTRACT_TABLES } from '../../processors/research/extract-tables.ts'
import { codebookOf } from '../../infra/warehouse/codebook.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { undescribed, type CodebookLine } from '../../schemas/codebook.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const empty = emptiedWarehouse()
const ROOT = new URL('../../', import.meta.url)

test('every column of the published tables, and every indicator, is described', async () => {
  const warehouse = await empty()
  const lines = await codebookOf(warehouse, [warehouse.database])
  expect(undescribed(lines)).toEqual([])
  const [{ columns } = { columns: 0 }] = await warehouse.query<{ columns: number }>(
    `select toFloat64(count()) as columns from system.columns
     where database = currentDatabase() and table in ('published', 'snapshots')`,
  )
  expect(lines.filter(({ part }) => part === 'column')).toHaveLength(columns)
  expect(lines.filter(({ part }) => part === 'table').map(({ table }) => table)).toEqual(['published', 'snapshots'])
  expect(lines.filter(({ part }) => part === 'indicator').map(({ name }) => name)).toEqual(
    catalogue.map(({ id }) => id),
  )
})

test('every table and column for research is described: what is for all, and the tables of an extract', async () => {
  const warehouse = await empty()
  const common = researchDatabase(warehouse)
  const study = `${common}_described`
  await warehouse.command(`create database ${study}`)
  for (const table of EXTRACT_TABLES) {
    await warehouse.command(createTable(table).replace('create table ', `create table ${study}.`))
  }
  await writeCodebook(warehouse, study)
  const lines = await codebookOf(warehouse, [common, study])
  expect(undescribed(lines)).toEqual([])
  const [{ columns } = { columns: 0 }] = await warehouse.query<{ columns: number }>(
    'select toFloat64(count()) as columns from system.columns where database in {of:Array(String)}',
    { of: [common, study] },
  )
  expect(lines.filter(({ part }) => part === 'column')).toHaveLength(columns)
  expect(columns).toBeGreaterThan(100)
})

test('a codebook says what the COMMENTs say, itself included', async () => {
  const warehouse = await empty()
  const database = `${warehouse.database}_research_words`
  await warehouse.command(`create database ${database}`)
  const minutes = { meaning: 'minutes | of a week', unit: 'minutes', range: '0..10080', missing: 'null: not known' }
  await warehouse.command(`create table ${database}.weeks (
      person String comment 'pseudonym within the study', minutes Nullable(Float64) comment '${commentOf(minutes)}'
    ) engine = MergeTree order by person comment '${commentOf({ meaning: 'weeks of students', source: 'B2' })}'`)
  const count = await writeCodebook(warehouse, database)
  const stored = await warehouse.query<CodebookLine>(
    `select * except position from ${database}.codebook order by position`,
  )
  expect(stored).toHaveLength(count)
  expect(undescribed(stored)).toEqual([])
  expect(stored).toContainEqual({
    part: 'column', database, table: 'weeks', name: 'minutes', type: 'Nullable(Float64)', meaning: 'minutes / of a week',
    unit: 'minutes', range: '0..10080', missing: 'null: not known', source: 'B2',
  }) // prettier-ignore
  expect(stored.filter(({ part, table }) => part === 'column' && table === 'codebook')).toHaveLength(11)
  // Written again, it is the same.
  expect(await writeCodebook(warehouse, database)).toBe(count)
})

test('a column that nothing is said of leaves a database without a codebook', async () => {
  const warehouse = await empty()
  const database = `${warehouse.database}_research_silent`
  await warehouse.command(`create database ${database}`)
  await warehouse.command(`create table ${database}.weeks (person String comment 'pseudonym', minutes Nullable(Float64) comment 'as in student_week', n UInt8)
    engine = MergeTree order by person comment '${commentOf({ meaning: 'weeks of students', source: 'B2' })}'`)
  await expect(writeCodebook(warehouse, database)).rejects.toThrow(
    /column .*weeks\.minutes: nothing is said of its meaning, unit, range, missing; column .*weeks\.n: nothing is said of its meaning, unit, range/,
  )
  expect(await warehouse.query(`select 1 from ${database}.codebook`)).toEqual([])
})

test('a COMMENT is read as it was written', () => {
  const words = {
    meaning: 'what: it says',
    unit: 'minutes',
    range: '0..1',
    missing: 'null',
    source: 'B2; differs: none',
  }
  expect(wordsOf(commentOf(words))).toEqual(words)
  expect(wordsOf('only a meaning')).toEqual({ meaning: 'only a meaning' })
})

test('every indicator names files that exist, and SQL among them that writes it', () => {
  for (const { id, files } of catalogue) {
    expect(files.length, id).toBeGreaterThan(0)
    for (const file of files) expect(existsSync(new URL(file, ROOT)), `${id}: ${file}`).toBe(true)
    const texts = files.map(file => readFileSync(new URL(file, ROOT), 'utf8'))
    expect(
      texts.some(text => text.includes(`'${id}'`)),
      `${id} in ${files.join(', ')}`,
    ).toBe(true)
  }
})
