import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Session } from 'chdb'
import { parse } from 'csv-parse/sync'
import { tableFromIPC } from 'apache-arrow'
import type { FastifyInstance } from 'fastify'
import { COLUMNS } from '../../dashboards/explorer/codebook.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { anApp, open, signedIn, type Browser } from '../dashboards/an-app.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aPublishedDistrict } from './a-published-district.ts'

let warehouse: Warehouse
let app: FastifyInstance
let analyst: Browser
let principal: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await aPublishedDistrict(warehouse)
  app = (await anApp(warehouse)).app
  analyst = await signedIn(app, warehouse, { id: 'analyst', role: 'analyst' })
  principal = await signedIn(app, warehouse, { id: 'principal', role: 'principal', scope: { schools: ['lincoln'] } })
  return () => app.close()
})

const FOUR =
  'indicator=active_days&unit=district&unit=school:lincoln&unit=school:adams&unit=school:monroe&group=&group=grade:09&group=grade:10&group='
const headings = (page: Awaited<ReturnType<typeof open>>): string[] =>
  [...page.document.querySelectorAll('figure h3')].map(node => node.textContent ?? '')

describe('the page', () => {
  test('without choices it shows the district’s newest week of the latest complete snapshot', async () => {
    const page = await open(analyst, '/explore')
    expect(headings(page)).toEqual(['District'])
    expect(page.text('.lead')).toBe('Week of 29 December 2025: District: 51 to 55% (of school days enrolled).')
    expect(page.text('.marks')).toContain('snapshot 7')
  })

  test('four lines stand in the order of the address, with ranges, on one scale, beside the first', async () => {
    const page = await open(analyst, `/explore?${FOUR}`)
    expect(headings(page)).toEqual([
      'District',
      'Lincoln School, grade 9',
      'Adams School, grade 10',
      '=Monroe "North" School',
    ])
    expect(page.text('figure[data-line="3"] .reading')).toContain('fewer than 10')
    const axes = [...page.document.querySelectorAll('.explored svg')].map(svg =>
      [...svg.querySelectorAll('g[text-anchor="end"] text')].map(tick => tick.textContent).join(' '),
    )
    expect(new Set(axes).size).toBe(1)
  })

  test('a school year is shown whole; all years are as well', async () => {
    const rows = (page: Awaited<ReturnType<typeof open>>): number => page.rows('.explored-table').length - 1
    expect(rows(await open(analyst, '/explore?indicator=active_days&year=2025'))).toBe(22)
    expect(rows(await open(analyst, '/explore?indicator=active_days&year=2024'))).toBe(48)
    expect(rows(await open(analyst, '/explore?indicator=active_days&year=all'))).toBe(70)
  })

  test('what a figure is measured by can be chosen; the first is shown where nothing is published by what was asked', async () => {
    const address = '/explore?indicator=growth_percentile&unit=school:lincoln'
    expect((await open(analyst, address)).text('.lead')).toContain('2025-spring')
    const math = await open(analyst, `${address}&measure=subject:math,test:state`)
    expect(math.text('.behind')).toContain('best estimate 52')
    const other = await open(analyst, `${address}&measure=subject:art,test:none`)
    expect(other.text('.noted')).toBe('Not published by art · none; shown by ela · state.')
  })

  test('voices are chosen one at a time, and behind their figures stand answers', async () => {
    const page = await open(analyst, '/explore?indicator=climate_score&unit=school:lincoln')
    expect([...page.document.querySelectorAll('#measure option')].map(option => option.textContent)).toEqual([
      'Families · climate-family · Belonging',
      'Students · climate-student · Belonging',
    ])
    expect(page.text('.lead')).toMatch(/^2025-fall: Lincoln School: 3\.0+ to 3\.40?/)
    expect(page.text('.behind')).toMatch(/^41 answers; best estimate 3\.10?$/)
  })

  test('where a school year has none, the page leads to all years', async () => {
    const page = await open(analyst, '/explore?indicator=growth_percentile&unit=school:lincoln&year=2022')
    expect(page.text('.noted')).toBe('There is none in this school year. Show all years')
    const all = await open(analyst, page.document.querySelector('.noted a')!.getAttribute('href')!)
    expect(all.rows('.explored-table').length).toBe(3)
  })

  test('a form that leaves lines open leads to the short address', async () => {
    const answer = await analyst.get(
      '/explore?indicator=active_days&year=2025&unit=district&group=&unit=school%3Aadams&group=&unit=&group=&unit=&group=',
    )
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/explore?indicator=active_days&unit=district&unit=school:adams&year=2025')
  })

  test('what is not in the list of choices is refused by name', async () => {
    for (const [wrong, words] of [
      ['indicator=nothing', 'indicator: expected the id of an indicator'],
      ['unit=classroom', 'unit.0: expected district, or school: and its id'],
      ['unit=school:nowhere', 'no school of the roster has the id'],
      ['unit=district&group=grade:09&group=', 'expected one for each unit'],
      ['unit=district&group=gender:f', 'expected grade, band, fifth'],
      [FOUR.slice(FOUR.indexOf('unit')) + '&unit=district', 'unit: expected at most 4'],
      ['year=soon', 'year: expected the year'],
      ['year=0000', 'year: expected the year'],
      ['week=2026-W99', 'week: expected an ISO week'],
      ['snapshot=8', 'no complete snapshot has that number'],
      ['sort=value', 'sort'],
    ] as const) {
      const answer = await analyst.get(`/explore?${wrong}`, { accept: 'text/html' })
      expect([wrong, answer.statusCode]).toEqual([wrong, 400])
      expect(answer.body.replace(/&#39;/g, '’')).toContain(words)
    }
  })

  test('an address that pins a snapshot shows that one', async () => {
    expect((await open(analyst, '/explore?snapshot=6')).text('.marks')).toContain('snapshot 6')
  })

  test('schools stand in alphabetical order, and each leads on with the group kept', async () => {
    const page = await open(analyst, '/explore?indicator=active_days&unit=district&group=grade:09')
    const links = [...page.document.querySelectorAll('section[aria-labelledby=schools] tbody th a:first-child')]
    expect(links.map(link => link.textContent)).toEqual(['=Monroe "North" School', 'Adams School', 'Lincoln School'])
    expect(links[2]!.getAttribute('href')).toBe(
      '/explore?indicator=active_days&unit=district&group=grade:09&unit=school:lincoln&group=grade:09&year=2025',
    )
    const school = await open(analyst, links[2]!.getAttribute('href')!)
    expect(school.text('.way')).toBe('District › Lincoln School › grade 9')
    expect(school.rows('section[aria-labelledby=groups]').map(([name]) => name)).toEqual([
      'Group',
      'lowest quarter of earlier scores',
      'grade 9',
      'grade 10',
    ])
  })
})

describe('who sees what', () => {
  test('a principal sees the district and the own school, and classes only there', async () => {
    const page = await open(principal, '/explore')
    expect(headings(page)).toEqual(['District', 'Lincoln School'])
    expect(page.body).not.toContain('Adams')
    expect(page.text('section[aria-labelledby=classes] li')).toBe('ALGEBRA')
    expect((await open(analyst, '/explore?unit=school:lincoln')).text('section[aria-labelledby=classes]')).toBe('')
  })

  test('of somebody else’s address the lines that are not one’s own are left out, and the page says so', async () => {
    const page = await open(principal, `/explore?${FOUR}`)
    expect(headings(page)).toEqual(['District', 'Lincoln School, grade 9'])
    expect(page.text('.noted')).toBe('2 lines of this address are not shown: outside what your account may see.')
    expect(page.body).not.toContain('Adams')
  })

  test('a school of somebody else alone is refused, in the same words as one that is not there', async () => {
    const words = async (id: string): Promise<string> => {
      const answer = await principal.get(`/explore?unit=school:${id}`, { accept: 'application/json' })
      return `${answer.statusCode} ${answer.body}`
    }
    expect(await words('adams')).toMatch(/^403/)
    expect(await words('adams')).toBe(await words('nowhere'))
  })

  test('a file is whole or refused: never without lines that its address names', async () => {
    expect((await principal.get(`/api/explore.csv?${FOUR}`)).statusCode).toBe(403)
    expect((await principal.get('/api/explore.csv?indicator=active_days&unit=school:lincoln')).statusCode).toBe(200)
  })
})

describe('files', () => {
  test('CSV, Parquet and Arrow hold the figures of the page, and the same ones', async () => {
    const page = await open(analyst, `/explore?${FOUR}`)
    const href = (ending: string): string =>
      page.document.querySelector(`.downloads a[href*="explore.${ending}"]`)!.getAttribute('href')!
    const csv = await analyst.get(href('csv'))
    expect(csv.headers['content-disposition']).toBe('attachment; filename="homeroom-active_days-snapshot-7.csv"')
    expect(csv.body.split('\r\n').length).toBe(22 * 4 + 2)
    expect(csv.body).not.toMatch(/[^\r]\n/)
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[]
    expect(Object.keys(rows[0]!)).toEqual(COLUMNS.map(([name]) => name))
    const arrow = tableFromIPC((await analyst.get(href('arrow'))).rawPayload)
    expect(arrow.schema.fields.map(({ name }) => name)).toEqual(COLUMNS.map(([name]) => name))
    expect(arrow.numRows).toBe(rows.length)
    expect(String(arrow.schema.fields.find(({ name }) => name === 'week')!.type)).toBe('Date32<DAY>')
    rows.forEach((row, i) => {
      const value = arrow.getChild('value')!.get(i) as number | null
      expect(row.value).toBe(value === null ? '' : String(value))
      expect(row.unit_id).toBe(arrow.getChild('unit_id')!.get(i))
    })
    const parquet = (await analyst.get(href('parquet'))).rawPayload
    expect([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
    const shown = page.rows('.explored-table').slice(1)
    const of = (line: string): string[] => rows.filter(row => row.line === line).map(row => row.status!)
    expect(of('3')).toEqual(shown.map(() => 'suppressed'))
    expect(rows.filter(row => row.line === '1').map(row => `${Math.round(Number(row.value) * 100)}%`)).toEqual(
      shown.map(cells => cells[1]!.split(' ').at(-1)),
    )
  })

  test('what is suppressed has no number in any file', async () => {
    const { body } = await analyst.get('/api/explore.csv?indicator=active_days&unit=school:adams&group=grade:10')
    for (const row of parse(body, { columns: true }) as Record<string, string>[])
      expect([row.value, row.lo95, row.hi95, row.n, row.status]).toEqual(['', '', '', '', 'suppressed'])
  })

  test('a name that a spreadsheet would run as a formula has an apostrophe before it, in CSV only', async () => {
    const address = 'indicator=active_days&unit=school:monroe'
    const { body } = await analyst.get(`/api/explore.csv?${address}`)
    expect((parse(body, { columns: true }) as Record<string, string>[])[0]!.name).toBe(`'=Monroe "North" School`)
    const arrow = tableFromIPC((await analyst.get(`/api/explore.arrow?${address}`)).rawPayload)
    expect(arrow.getChild('name')!.get(0)).toBe('=Monroe "North" School')
  })

  test('the query that is shown runs as it stands, in another ClickHouse, and gives the rows of the file', async () => {
    const page = await open(analyst, `/explore?${FOUR}`)
    const shown = page.document.querySelector('.query code')!.textContent!
    const folder = await mkdtemp(join(tmpdir(), 'homeroom-shown-'))
    const session = new Session(folder)
    try {
      const [table] = await warehouse.query<{ statement: string }>('show create table published')
      session.query('create database study')
      session.query(table!.statement.replace(/^CREATE TABLE \S+/, 'CREATE TABLE study.published'))
      const rows = await warehouse.query<object>('select * from published')
      session.query(`insert into study.published format JSONEachRow ${rows.map(row => JSON.stringify(row)).join('\n')}`)
      session.query('use study')
      const found = session.query(shown, 'JSONEachRow').trim().split('\n')
      const href = page.document.querySelector('.downloads a[href*="explore.csv"]')!.getAttribute('href')!
      const file = parse((await analyst.get(href)).body, { columns: true }) as Record<string, string>[]
      expect(found.map(row => JSON.parse(row) as { name: string; week: string; value: number | null })).toMatchObject(
        file.map(row => ({
          name: row.name!.replace(/^'=/, '='),
          week: row.week,
          value: row.value === '' ? null : Number(row.value),
        })),
      )
      expect(found.length).toBe(22 * 4)
    } finally {
      session.cleanup()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a picture stands alone: names, ranges, unit and citation, nothing from elsewhere', async () => {
    const { body, headers } = await analyst.get(`/api/explore.svg?${FOUR}`)
    expect(headers['content-type']).toContain('image/svg+xml')
    for (const words of [
      'Active days',
      'Lincoln School, grade 9',
      'fewer than 10',
      'Snapshot 7',
      'share of school days',
    ])
      expect(body).toContain(words)
    expect(body.match(/<svg /g)).toHaveLength(5)
    expect(body).not.toMatch(/href=|url\(|<script|<image/)
  })

  test('the codebook says what stands in the file, with the citation', async () => {
    const { body } = await analyst.get(`/api/explore.txt?${FOUR}&snapshot=7`)
    expect(body).toContain('Homeroom, district d1: Active days. Snapshot 7')
    expect(body).toContain('minimum n: 10')
    expect(body).toContain('2: Lincoln School, grade 9')
    for (const [name] of COLUMNS) expect(body).toContain(`  ${name}: `)
  })
})
