import { parse } from 'csv-parse/sync'
import { beforeAll, expect, test } from 'vitest'
import { codebookCsv } from '../../dashboards/research/codebook-files.ts'
import { commentOf } from '../../processors/research/codebook.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { undescribed, type CodebookLine } from '../../schemas/codebook.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aFigure, addSchools, publish } from '../dashboards/a-district.ts'
import { anApp, open, signedIn, type Browser } from '../dashboards/an-app.ts'

let researcher: Browser
let analyst: Browser
let common: string
let study: string

beforeAll(async () => {
  const warehouse = await freshWarehouse()
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln' }])
  await publish(warehouse, 7, [aFigure({ unit_id: 'd1' })])
  common = `${warehouse.database}_research`
  study = `${common}_mentoring`
  for (const database of [common, study]) {
    await warehouse.command(`create database if not exists ${database}`)
    await warehouse.command(`create table ${database}.weeks (week UInt16 comment '${commentOf({ meaning: 'ordinal week', unit: 'weeks', range: 'from 1' })}')
      engine = MergeTree order by week comment '${commentOf({ meaning: 'weeks of students', source: '<b>B2</b>' })}'`)
  }
  const { app } = await anApp(warehouse)
  researcher = await signedIn(app, warehouse, { id: 'rita', role: 'researcher' })
  analyst = await signedIn(app, warehouse, { id: 'ana', role: 'analyst' })
})

type Codebook = Record<'tables' | 'columns' | 'indicators', CodebookLine[]> & { citation: string }

test('the page, JSON and CSV say the same of every column, and all of it', async () => {
  const page = await open(researcher, '/research')
  const json = JSON.parse((await researcher.get('/api/research/codebook.json')).body) as Codebook
  const lines = [...json.tables, ...json.columns, ...json.indicators]
  expect(undescribed(lines)).toEqual([])
  expect(json.indicators.map(({ name }) => name)).toEqual(catalogue.map(({ id }) => id))
  const { body, headers } = await researcher.get('/api/research/codebook.csv')
  expect(headers['content-disposition']).toContain('homeroom-codebook.csv')
  const rows = parse(body, { columns: true }) as CodebookLine[]
  expect(new Set(rows.map(row => JSON.stringify(row)))).toEqual(new Set(lines.map(line => JSON.stringify({
    part: line.part, database: line.database, table: line.table, name: line.name, type: line.type, meaning: line.meaning,
    unit: line.unit, range: line.range, missing: line.missing, source: line.source,
  })))) // prettier-ignore
  for (const { name, meaning } of json.columns) {
    expect(page.text('main')).toContain(name)
    expect(page.text('main')).toContain(meaning.replaceAll(/\s+/g, ' '))
  }
  expect(page.text('.citation')).toContain('Snapshot 7')
  expect(json.citation).toContain('Snapshot 7')
})

test('what a COMMENT says is text on the page, not markup', async () => {
  const page = await open(researcher, '/research')
  expect(page.document.querySelectorAll('main b').length).toBe(0)
  expect(page.text('main')).toContain('<b>B2</b>')
})

test('a researcher is told of the tables that are for all; an analyst of every study', async () => {
  const told = async (who: Browser): Promise<string[]> =>
    (JSON.parse((await who.get('/api/research/codebook.json')).body) as Codebook).tables.map(
      ({ database, table }) => `${database}.${table}`,
    )
  const [own, all] = [await told(researcher), await told(analyst)]
  expect(own).toContain(`${common}.weeks`)
  expect(own.filter(name => name.startsWith(study))).toEqual([])
  expect(all).toEqual([...own, `${study}.weeks`])
})

test('a field that a spreadsheet would run as a formula has an apostrophe before it', () => {
  const line = { part: 'column', database: '', table: '@t', name: '=cmd()', type: '+1', meaning: '-1,2', unit: '\tx', range: 'a"b', missing: '\rx', source: 'as it is' } as const // prettier-ignore
  const [, row] = parse(codebookCsv([line])) as string[][]
  expect(row).toEqual(['column', '', `'@t`, `'=cmd()`, `'+1`, `'-1,2`, `'\tx`, 'a"b', `'\rx`, 'as it is'])
})

test('what computes an indicator is shown as it runs: nothing is left to include', async () => {
  for (const { id } of catalogue) {
    const { body, statusCode } = await researcher.get(`/api/research/sql/${id}`)
    expect([id, statusCode]).toEqual([id, 200])
    expect(body).not.toMatch(/^ *-- include /m)
    expect(body).toContain(`'${id}'`)
  }
})
