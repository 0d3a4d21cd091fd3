import Fastify from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { Accounts, createAccount } from '../../infra/accounts.ts'
import { signInByLink } from '../../infra/commands/sign-in-by-link.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish } from '../../processors/publish/publish.ts'
import { ZONE } from '../helpers/records.ts'
import { quantile, round } from './measure.ts'

const SCHOOLS = 40
const WEEKS = 40
const VISITS = 60
const HOST = '127.0.0.1:8080'

type PageRow = { page: string; visits: number; p50_ms: number; p95_ms: number; max_ms: number }

/** Server time of pages on a district of 40 schools and 40 weeks, first visits of each page and week included. */
export async function benchPages(): Promise<PageRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const warehouse = await openWarehouse({ data, district: 'bench', clickhouse: null })
  try {
    await migrate(warehouse)
    await fill(warehouse)
    await publish(warehouse)
    const { account } = await createAccount(warehouse, { id: 'analyst', kind: 'person', role: 'analyst' })
    const accounts = new Accounts(warehouse)
    await accounts.refresh()
    const log = await openLog({ data, district: 'bench', kafka: null })
    await log.createTopics()
    const app = Fastify()
    await app.register(async scope =>
      dashboardRoutes(scope, {
        warehouse,
        log,
        config: { timeZone: ZONE, district: 'bench' },
        accounts,
        secrets: { masterSecret: Buffer.alloc(32) },
      }),
    )
    const cookie = await signInByLink(app, await createSignInLink(warehouse, account), HOST)
    const rows: PageRow[] = []
    for (const [page, address] of Object.entries(ADDRESSES)) rows.push(await visit(app, cookie, page, address))
    await app.close()
    await log.close()
    return rows
  } finally {
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

const weekOf = (i: number): string => `2026-W${String(1 + (i % WEEKS)).padStart(2, '0')}`

const ADDRESSES: Record<string, (i: number) => string> = {
  'district, a week not asked for before': i => `/district?week=${weekOf(i)}`,
  'district, again': () => '/district',
  'school, another each time': i => `/schools/S${i % SCHOOLS}?week=${weekOf(i)}`,
  catalogue: () => '/catalogue',
}

async function visit(
  app: ReturnType<typeof Fastify>,
  cookie: string,
  page: string,
  address: (i: number) => string,
): Promise<PageRow> {
  const times: number[] = []
  for (let i = 0; i < VISITS; i++) {
    const from = performance.now()
    const { statusCode } = await app.inject({
      url: address(i),
      headers: { cookie, host: HOST },
      remoteAddress: `127.0.0.${1 + (i % 200)}`,
    })
    times.push(performance.now() - from)
    if (statusCode !== 200) throw new Error(`${address(i)} answered ${statusCode}`)
  }
  return {
    page,
    visits: VISITS,
    p50_ms: round(quantile(times, 0.5)),
    p95_ms: round(quantile(times, 0.95)),
    max_ms: round(Math.max(...times)),
  }
}

/** Aggregates of 40 schools with ten advisories each, 40 weeks. */
async function fill(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `insert into schools (school_id, name, ver) select concat('S', toString(number)), concat('School ', toString(number)), 1 from numbers(${SCHOOLS})`,
  )
  await warehouse.command(
    `insert into classes (class_id, school_id, label, class_type, ver)
     select concat('A', toString(number)), concat('S', toString(number % ${SCHOOLS})), concat('A', toString(number)), 'homeroom', 1 from numbers(${SCHOOLS * 10})`,
  )
  await warehouse.command(
    `insert into indicators
     with units as (
       select 'school' as unit_type, concat('S', toString(number)) as unit_id, 300 as n from numbers(${SCHOOLS})
       union all select 'advisory', concat('A', toString(number)), 18 from numbers(${SCHOOLS * 10})
       union all select 'district', 'bench', 12000),
     values as (
       select arrayJoin([('active_days', 0.6), ('effort_minutes', 110.), ('weekend_days', 0.2), ('contact_minutes', 9.)]) as i, *,
         i.2 * (0.9 + 0.2 * (sipHash64(unit_id, monday) % 1000) / 1000) as v
       from units cross join (select toDate('2025-12-29') + 7 * number as monday from numbers(${WEEKS})) as w)
     select i.1, 1, unit_type, unit_id, '', formatDateTime(monday, '%G-W%V'), monday, now64(3),
       v, v / sqrt(n), v - 2 * v / sqrt(n), v + 2 * v / sqrt(n), n, n, 'ok', '', n, 1, 0, 0 from values`,
  )
}
