import Fastify from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Explorer, partsOf } from '../../dashboards/explorer/explorer.ts'
import { addressOf, MOST_LINES, questionOf, type Line } from '../../dashboards/explorer/question.ts'
import { Figures } from '../../dashboards/figures/figures.ts'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { Accounts, createAccount } from '../../infra/accounts.ts'
import { signInByLink } from '../../infra/commands/sign-in-by-link.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { ZONE } from '../helpers/records.ts'
import { quantile, round } from './measure.ts'

const SCHOOLS = 100
const WEEKS = 3 * 36
/** As many weekly indicators as there are published ones of a district with everything connected. */
const INDICATORS = catalogue.filter(({ period, units }) => period === 'week' && units.includes('school')).slice(0, 25)
const GROUPS = ['', 'grade=09', 'grade=10', 'grade=11', 'grade=12', 'band=1', 'band=2', 'band=3', 'band=4']
const VISITS = 100
const HOST = '127.0.0.1:8080'

type ExplorerRow = { what: string; cells: number; times: number; p50_ms: number; p95_ms: number; max_ms: number }

/**
 * The explorer on a snapshot of 100 schools × 3 years × 25 indicators × 9 groups, which is what is published of 60 million
 * student-weeks: every address is another one, so that nothing was drawn or read before.
 */
export async function benchExplorer(): Promise<ExplorerRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const warehouse = await openWarehouse({ data, district: 'bench', clickhouse: null })
  try {
    await migrate(warehouse)
    const cells = await fill(warehouse)
    const queries = await timed('query of four lines over three years', cells, query(warehouse))
    const choices = await timed(
      'what there is to choose of an indicator',
      cells,
      choosing(warehouse),
      INDICATORS.length,
    )
    const { visit, close } = await server(warehouse, data)
    const pages = [
      await timed('page, a school year, four lines', cells, i => visit(address(i, '2024'))),
      await timed('page, all years, four lines', cells, i => visit(address(i, 'all'))),
      await timed('page, the same again', cells, () => visit(address(0, '2024'))),
      await timed('CSV, all years, four lines', cells, i => visit(address(i, 'all', '/api/explore.csv'))),
    ]
    await close()
    return [queries, choices, ...pages]
  } finally {
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

async function timed(
  what: string,
  cells: number,
  run: (i: number) => Promise<unknown>,
  times = VISITS,
): Promise<ExplorerRow> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    await run(i)
    taken.push(performance.now() - from)
  }
  const [p50, p95] = [quantile(taken, 0.5), quantile(taken, 0.95)]
  return { what, cells, times, p50_ms: round(p50), p95_ms: round(p95), max_ms: round(Math.max(...taken)) }
}

/** The lines of the i-th address: the district, and schools and groups that differ each time. */
const linesOf = (i: number): Line[] => [
  { unit: { type: 'district', id: '' }, group: GROUPS[i % GROUPS.length]! },
  ...Array.from({ length: MOST_LINES - 1 }, (_, k) => ({
    unit: { type: 'school' as const, id: `S${(7 * i + 31 * k) % SCHOOLS}` },
    group: GROUPS[i % GROUPS.length]!,
  })),
]

const entryOf = (i: number) => INDICATORS[i % INDICATORS.length]!

function address(i: number, year: string, path?: string): string {
  return addressOf({ ...questionOf({ indicator: entryOf(i).id, year }), lines: linesOf(i) }, path)
}

function query(warehouse: Warehouse): (i: number) => Promise<unknown> {
  const explorer = new Explorer(warehouse, new Figures(warehouse))
  return async i => {
    const lines = linesOf(i)
    const rows = await explorer.explored({
      snapshot: '1',
      indicator: entryOf(i).id,
      unit_types: lines.map(({ unit }) => unit.type),
      unit_ids: lines.map(({ unit }) => unit.id),
      slices: lines.map(({ group }) => group),
      names: lines.map(({ unit }) => unit.id),
      from: '1970-01-05',
      to: '2149-06-01',
    })
    if (rows.length !== WEEKS * MOST_LINES) throw new Error(`${rows.length} rows; expected ${WEEKS * MOST_LINES}`)
  }
}

function choosing(warehouse: Warehouse): (i: number) => Promise<unknown> {
  const explorer = new Explorer(warehouse, new Figures(warehouse))
  return async i => {
    const [series] = await explorer.choices('1', entryOf(i).id)
    if (series?.groups.length !== GROUPS.filter(group => partsOf(group).group !== '').length)
      throw new Error(`${series?.groups.length} groups`)
  }
}

async function server(
  warehouse: Warehouse,
  data: string,
): Promise<{ visit: (url: string) => Promise<void>; close: () => Promise<void> }> {
  const { account } = await createAccount(warehouse, { id: 'analyst', kind: 'person', role: 'analyst' })
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const log = await openLog({ data, district: 'bench', kafka: null })
  await log.createTopics()
  const app = Fastify()
  const config = { timeZone: ZONE, district: 'bench' }
  const secrets = { masterSecret: Buffer.alloc(32) }
  await app.register(async scope => dashboardRoutes(scope, { warehouse, log, config, accounts, secrets }))
  const cookie = await signInByLink(app, await createSignInLink(warehouse, account), HOST)
  return {
    visit: async url => {
      const { statusCode } = await app.inject({ url, headers: { cookie, host: HOST } })
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
    },
    close: async () => {
      await app.close()
      await log.close()
    },
  }
}

/** @returns how many cells are published */
async function fill(warehouse: Warehouse): Promise<number> {
  await warehouse.command(
    `insert into schools (school_id, name, ver) select concat('S', toString(number)), concat('School ', toString(number)), 1 from numbers(${SCHOOLS})`,
  )
  await warehouse.command(
    `insert into published
     with toDate('2022-09-05') + 7 * (w + 16 * intDiv(w, 36)) as monday,
       u = ${SCHOOLS} as whole, if(whole, 60000, if(slice = '', 600, 150)) as students,
       0.3 + 0.4 * (cityHash64(i, u, slice, w) % 1000) / 1000 as v
     select 1, i, 1, if(whole, 'district', 'school'), if(whole, 'bench', concat('S', toString(u))), slice,
       formatDateTime(monday, '%G-W%V'), monday, now64(3), v, v / sqrt(students), v - 2 * v / sqrt(students),
       v + 2 * v / sqrt(students), students, students, 'ok', '', students
     from (
       select arrayJoin({indicators:Array(String)}) as i, arrayJoin({groups:Array(String)}) as slice,
         intDiv(number, ${WEEKS}) as u, number % ${WEEKS} as w
       from numbers(${(SCHOOLS + 1) * WEEKS}))`,
    { indicators: INDICATORS.map(({ id }) => id), groups: GROUPS },
  )
  const cells = (SCHOOLS + 1) * WEEKS * INDICATORS.length * GROUPS.length
  await warehouse.command(`insert into snapshots select 1, now64(3), now64(3), ${cells}, 0, true`)
  return cells
}
