import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { withinRoster } from '../../dashboards/access.ts'
import { Annotations } from '../../dashboards/annotations/annotations.ts'
import { Figures } from '../../dashboards/figures/figures.ts'
import { layout } from '../../dashboards/layout.ts'
import { Names } from '../../dashboards/people/names.ts'
import { cataloguePage } from '../../dashboards/pages/catalogue.ts'
import { schoolPage } from '../../dashboards/pages/school.ts'
import type { Content, Visit } from '../../dashboards/pages/parts/visit.ts'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { Accounts, createAccount, type Account } from '../../infra/accounts.ts'
import { signInByLink } from '../../infra/commands/sign-in-by-link.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish } from '../../processors/publish/publish.ts'
import { addLive, addSchools, districtFigures } from '../dashboards/a-district.ts'
import { logWith } from '../helpers/log-with.ts'
import { ZONE } from '../helpers/records.ts'
import { quantile, round } from './measure.ts'

const VISITS = 500
const WARM_UP = 40
const HOST = '127.0.0.1:8080'
const SCHOOLS = Array.from({ length: 40 }, (_, i) => ({ id: `s${i}`, name: `School ${i}`, students: 200 + i }))

/**
 * `before`: from the first byte to the page's own code. `line`: the audit's line until it is on the disk, beside which the page
 * is made. `added`: what p50 and p95 of the whole are above those of the same page bare, in the same run; what the
 * database does meanwhile is in both, and in their difference by chance.
 */
type AccessRow = {
  page: string
  visits: number
  before_p50_ms: number
  before_p95_ms: number
  line_p50_ms: number
  line_p95_ms: number
  bare_p50_ms: number
  bare_p95_ms: number
  added_p50_ms: number
  added_p95_ms: number
}

/**
 * What knowing who asks, deciding what they may see and telling the audit add to a page: the same pages drawn with all of
 * it and bare, one after the other. The audit's line is on the disk before a live page is sent.
 */
export async function benchAccess(): Promise<AccessRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const warehouse = await openWarehouse({ data, district: 'bench', clickhouse: null })
  const log = await openLog({ data, district: 'bench', kafka: null })
  try {
    await migrate(warehouse)
    await log.createTopics()
    await addSchools(warehouse, SCHOOLS)
    await addLive(warehouse, districtFigures(SCHOOLS, 30))
    await publish(warehouse)
    const rows: AccessRow[] = []
    for (const [page, url] of Object.entries(PAGES)) {
      // One reader a page: nobody opens more than 600 in a minute.
      const person = { id: page, kind: 'person' as const, role: 'principal', scope: { schools: ['s1'] } }
      const { account } = await createAccount(warehouse, person)
      const whole = await wholeApp(warehouse, log)
      const cookie = await signInByLink(whole.app, await createSignInLink(warehouse, account), HOST)
      const bare = bareApp(warehouse, account)
      rows.push(await compare(page, url, { ...whole, cookie, bare }))
      await whole.app.close()
      await bare.close()
    }
    return rows
  } finally {
    await log.close()
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

const PAGES = {
  'a redirect: sign-in and scope alone': '/',
  'the indicators: sign-in and scope': '/catalogue',
  'own school, live: sign-in, scope and audit': '/schools/s1?week=2026-W10',
}

type Timed = { app: FastifyInstance; before: number[]; line: number[] }

async function wholeApp(warehouse: Warehouse, log: EventLog): Promise<Timed> {
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const app = Fastify()
  const before: number[] = []
  const line: number[] = []
  let began = 0
  const timed = logWith(log, {
    append: async (topic, entries) => {
      const from = performance.now()
      await log.append(topic, entries)
      line.push(performance.now() - from)
    },
  })
  app.addHook('onRequest', async () => {
    began = performance.now()
  })
  app.addHook('preHandler', async () => {
    before.push(performance.now() - began)
  })
  await app.register(async scope =>
    dashboardRoutes(scope, {
      warehouse,
      log: timed,
      accounts,
      secrets: { masterSecret: Buffer.alloc(32) },
      config: { timeZone: ZONE, district: 'bench' },
    }),
  )
  return { app, before, line }
}

/** The same pages, to whoever asks. */
function bareApp(warehouse: Warehouse, account: Account): FastifyInstance {
  const app = Fastify()
  const figures = new Figures(warehouse)
  const reader = withinRoster(account, new Set(SCHOOLS.map(({ id }) => id)))
  const today = new Date().toISOString().slice(0, 10)
  const names = new Names(warehouse, () => today)
  const common = {
    reader,
    figures,
    annotations: new Annotations(warehouse),
    csrf: () => '',
    names,
    warehouse,
    secrets: { masterSecret: Buffer.alloc(32) },
    today,
    timeZone: ZONE,
  }
  const page =
    (make: (visit: Visit) => Content | Promise<Content>) => async (request: { url: string; query: unknown }) => {
      const schools = await figures.schools()
      const query = request.query as Record<string, unknown>
      const content = await make({ ...common, schools, query, address: request.url, sees: () => undefined })
      return layout({ ...content, reader, schools, path: request.url.split('?')[0]! })
    }
  app.get('/', (_request, reply) => reply.redirect('/schools/s1', 303))
  app.get('/catalogue', page(cataloguePage))
  app.get(
    '/schools/s1',
    page(visit => schoolPage(visit, 's1')),
  )
  return app
}

type Apps = Timed & { bare: FastifyInstance; cookie: string }

async function compare(page: string, url: string, { app, before, line, bare, cookie }: Apps): Promise<AccessRow> {
  const times = { whole: [] as number[], bare: [] as number[] }
  before.length = 0
  line.length = 0
  const visit = async (which: 'whole' | 'bare'): Promise<void> => {
    const from = performance.now()
    const { statusCode } = await (which === 'whole' ? app : bare).inject({ url, headers: { cookie, host: HOST } })
    times[which].push(performance.now() - from)
    if (statusCode !== 200 && statusCode !== 303) throw new Error(`${url} answered ${statusCode}`)
  }
  for (let i = 0; i < VISITS + WARM_UP; i++) {
    // In turns, so that what else the machine does falls on both alike.
    for (const which of i % 2 === 0 ? (['whole', 'bare'] as const) : (['bare', 'whole'] as const)) await visit(which)
  }
  const of = (which: 'whole' | 'bare', q: number): number => quantile(times[which].slice(WARM_UP), q)
  return {
    page,
    visits: VISITS,
    before_p50_ms: round(quantile(before.slice(WARM_UP), 0.5)),
    before_p95_ms: round(quantile(before.slice(WARM_UP), 0.95)),
    line_p50_ms: line.length === 0 ? 0 : round(quantile(line.slice(WARM_UP), 0.5)),
    line_p95_ms: line.length === 0 ? 0 : round(quantile(line.slice(WARM_UP), 0.95)),
    bare_p50_ms: round(of('bare', 0.5)),
    bare_p95_ms: round(of('bare', 0.95)),
    added_p50_ms: round(of('whole', 0.5) - of('bare', 0.5)),
    added_p95_ms: round(of('whole', 0.95) - of('bare', 0.95)),
  }
}
