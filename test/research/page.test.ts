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
/** Of the study. */
let own: Browser
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
  await warehouse.command(
    `create table ${study}.manifest (position UInt16, item String, value String) engine = MergeTree order by position`,
  )
  await warehouse.insert(`${study}.manifest`, [{ position: 0, item: 'citation', value: 'Mentoring, version 3' }])
  const { app } = await anApp(warehouse)
  own = await signedIn(app, warehouse, { id: 'olga', role: 'researcher', scope: { study: 'mentoring' } })
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

test('a researcher is told of what is for all and of the own study; an analyst of every study', async () => {
  const told = async (who: Browser): Promise<string[]> =>
    (JSON.parse((await who.get('/api/research/codebook.json')).body) as Codebook).tables.map(
      ({ database, table }) => `${database}.${table}`,
    )
  const common = await told(researcher)
  expect(common.filter(name => name.includes('_mentoring'))).toEqual([])
  expect(common.length).toBeGreaterThan(4)
  const all = [...common, `${study}.manifest`, `${study}.weeks`]
  expect(await told(own)).toEqual(all)
  expect(await told(analyst)).toEqual(all)
})

test('the page cites the newest snapshot, and the extract of the own study', async () => {
  const cited = async (who: Browser) =>
    [...(await open(who, '/research')).document.querySelectorAll('.citation')].map(({ textContent }) => textContent)
  expect(await cited(researcher)).toEqual([expect.stringContaining('Snapshot 7')])
  expect(await cited(own)).toEqual([expect.stringContaining('Snapshot 7'), 'Mentoring, version 3'])
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
