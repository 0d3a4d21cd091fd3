import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../infra/accounts.ts'
import type { Config } from '../infra/config.ts'
import { HomeroomError } from '../infra/errors.ts'
import type { EventLog } from '../infra/log/event-log.ts'
import type { NotifySettings } from '../infra/notify/notify-settings.ts'
import type { Secrets } from '../infra/secrets.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Day } from '../schemas/record.ts'
import { mayEnter, tierOf, type Seen, type SignedIn } from './access.ts'
import { annotationRoutes } from './annotations/annotation-routes.ts'
import { Annotations } from './annotations/annotations.ts'
import { indicatorRows } from './figures/api.ts'
import { surveyRoutes } from './ask/routes.ts'
import { Audit } from './audit.ts'
import { Entry } from './sign-in/entry.ts'
import { explorerRoutes } from './explorer/routes.ts'
import { failure } from './failure.ts'
import { Figures } from './figures/figures.ts'
import { fromHere, guards, identify } from './guards.ts'
import { homePage, homePath } from './pages/home.ts'
import { inboxRoutes } from './relationships/inbox-routes.ts'
import { layout, schoolPath } from './layout.ts'
import { Names } from './people/names.ts'
import { auditPage } from './pages/audit.ts'
import { cataloguePage } from './pages/catalogue.ts'
import { classPage } from './pages/class.ts'
import { climateOfDistrictPage, climateOfSchoolPage } from './pages/climate.ts'
import { districtPage } from './pages/district.ts'
import { schoolPage } from './pages/school.ts'
import { statusPage } from './pages/status.ts'
import { studentPage } from './pages/student.ts'
import type { Content, Visit } from './pages/parts/visit.ts'
import { reportPage } from './report/report.ts'
import { researchRoutes } from './research/routes.ts'
import { relationshipRoutes } from './relationships/relationship-routes.ts'
import { Sessions } from './sign-in/sessions.ts'
import type { Roster } from './sign-in/sign-in-claims.ts'
import { providerRoutes } from './sign-in/sign-in-provider-routes.ts'
import { Provider } from './sign-in/sign-in-provider.ts'
import { linkRoutes, signOutRoute } from './sign-in/sign-in-routes.ts'
import type { SignInSettings } from './sign-in/sign-in-settings.ts'
import { stylesheet } from './stylesheet.ts'
import { mailLinkRoutes } from './subscriptions/link-routes.ts'
import { subscriptionRoutes } from './subscriptions/subscription-routes.ts'
import { saveViewForm } from './views/save-view.ts'
import { viewRoutes } from './views/view-routes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null for nobody. Set in the scope of the dashboards only. */
    reader: SignedIn | null
  }
  interface FastifyContextConfig {
    /** The same for everybody, whoever asks: no session is looked at. */
    anonymous?: boolean
  }
}

export type DashboardDeps = {
  warehouse: Warehouse
  log: Pick<EventLog, 'append'>
  config: Pick<Config, 'timeZone' | 'district'>
  accounts: Pick<Accounts, 'find' | 'refresh'>
  /** Opens what is sealed under a person's key. */
  secrets: Pick<Secrets, 'masterSecret'>
  /** The sign-in provider; null or not given: single-use links. */
  signIn?: { settings: SignInSettings; pseudonym: Roster['pseudonym'] } | null
  /** How mail is sent; null or not given: it is not. */
  notify?: NotifySettings | null
  /** Hears of what is ours to mend; default: the app's own. */
  logger?: Pick<FastifyBaseLogger, 'error'>
  /** A clock, for tests. */
  now?: () => Date
}

/**
 * Everything that people look at, as a fastify plugin: sign-in, pages, stylesheet, JSON, error pages. Its headers,
 * hooks, limits and error pages stay in its own scope; register it once per app, beside ingest or alone.
 */
export async function dashboardRoutes(app: FastifyInstance, deps: DashboardDeps): Promise<void> {
  const { warehouse, log, config, accounts, secrets, signIn = null, logger = app.log, now = () => new Date() } = deps
  const figures = new Figures(warehouse)
  const audit = new Audit(log, now)
  const provider = signIn && new Provider(signIn.settings)
  const entry = new Entry(provider, { sessions: new Sessions(warehouse, now), accounts, audit })
  const fail = failure({ audit, provider, logger })
  app.setErrorHandler(fail)
  app.setNotFoundHandler((request, reply) =>
    fail(new HomeroomError('NOT_FOUND', `Nothing is at ${request.url}`), request, reply),
  )
  await guards(app, provider)
  identify(app, { entry, figures, audit })
  // After that, so that a refusal says to whom.
  app.addHook('onRequest', async request => fromHere(request, provider))
  app.get('/style.css', { config: { anonymous: true } }, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/css; charset=utf-8')
      .send(stylesheet),
  )
  const signing = { warehouse, entry, audit, provider, now }
  signOutRoute(app, signing)
  if (provider) providerRoutes(app, { ...signing, provider, roster: rosterOf(deps) })
  else linkRoutes(app, signing)
  const today = todayOf(deps)
  const names = new Names(warehouse, today)
  await app.register(async scope => surveyRoutes(scope, { warehouse, log, secrets, today, now, logger }))
  mailLinkRoutes(app, { warehouse, now })
  const { timeZone, district } = config
  const annotations = new Annotations(warehouse)
  const { notify = null } = deps
  const reading = { figures, annotations, names, warehouse, secrets, timeZone }
  pageRoutes(app, { ...reading, audit, log, logger, notify, now, today, district })
  app.get('/api/indicators', async (request, reply) => {
    const reader = signedIn(request)
    const { answer, seen } = await indicatorRows(
      { warehouse, figures, reader, district: config.district },
      request.query,
    )
    await audit.saw(request, reader, seen)
    return reply.send(answer)
  })
}

function rosterOf(deps: DashboardDeps): () => Roster {
  const today = todayOf(deps)
  return () => ({ warehouse: deps.warehouse, pseudonym: deps.signIn!.pseudonym, today: today() })
}

/** The local day in the district. */
function todayOf({ config, now = () => new Date() }: Pick<DashboardDeps, 'config' | 'now'>): () => Day {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: config.timeZone })
  return () => day.format(now())
}

type Pages = Pick<Visit, 'figures' | 'annotations' | 'names' | 'warehouse' | 'secrets' | 'timeZone'> & {
  audit: Audit
  log: DashboardDeps['log']
  logger: Pick<FastifyBaseLogger, 'error'>
  notify: NotifySettings | null
  now: () => Date
  today: () => Day
  district: string
}

function pageRoutes(app: FastifyInstance, { audit, log, logger, notify, now, today, district, ...from }: Pages): void {
  const { figures, warehouse } = from
  const page =
    (make: (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Content | Promise<Content | null>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const reader = signedIn(request)
      const schools = await figures.schools()
      const query = request.query as Record<string, unknown>
      const told: Promise<void>[] = []
      const sees = (units: readonly Seen[]): void => {
        const line = audit.saw(request, reader, units)
        // Its failure is that of the page, which waits for it below; one that fails by itself before shows nothing.
        line.catch(() => undefined)
        told.push(line)
      }
      let token: string | undefined
      // Two tokens of one answer would belong to two secrets, where the browser has none yet.
      const csrf = () => (token ??= reply.generateCsrf())
      const visit = { ...from, reader, schools, today: today(), query, address: request.url, csrf, sees }
      const content = await make(visit, request, reply)
      if (content === null) return reply
      sees(content.seen)
      // Told first, shown second: nobody sees what no line tells of.
      await Promise.all(told)
      return send(reply, content, { reader, schools, csrf: csrf(), path: request.url.split('?')[0]! })
    }
  app.get('/', (request, reply) => reply.redirect(firstPage(signedIn(request)), 303))
  app.get('/district', page(districtPage))
  explorerRoutes(app, page, {
    figures,
    annotations: from.annotations,
    warehouse,
    district,
    today,
    signedIn,
    beside: BESIDE,
  })
  app.get('/district/climate', page(climateOfDistrictPage))
  for (const [path, make] of OF_UNITS) {
    app.get(
      path,
      page((visit, request) => make(visit, idOf(request))),
    )
  }
  app.get(homePath, page(homePage))
  inboxRoutes(app, page, { log, now })
  annotationRoutes(app, page, { log, audit, now })
  viewRoutes(app, page, { now })
  subscriptionRoutes(app, page, { notify, secrets: from.secrets, now, logger })
  relationshipRoutes(app, page, { log, now, secrets: from.secrets, timeZone: from.timeZone })
  researchRoutes(app, page, { figures, warehouse, district, signedIn })
  app.get('/catalogue', page(cataloguePage))
  app.get('/status', page(statusPage))
  app.get(
    '/audit',
    page(visit => auditPage(visit, warehouse)),
  )
}

/** Pages of one unit, by its id. */
const OF_UNITS = [
  ['/schools/:id', schoolPage],
  ['/schools/:id/report', reportPage],
  ['/schools/:id/climate', climateOfSchoolPage],
  ['/classes/:id', classPage],
  ['/students/:id', studentPage],
] as const

/** What stands below the pictures of the explorer. */
const BESIDE = [async (visit: Visit) => saveViewForm(visit)]

const idOf = ({ params }: FastifyRequest): string => (params as { id: string }).id

/** @throws HomeroomError CREDENTIALS_MISSING, which a browser sees as a page with the way to sign in */
function signedIn({ reader }: FastifyRequest): SignedIn {
  if (reader) return reader
  throw new HomeroomError('CREDENTIALS_MISSING', 'no session; sign in first')
}

/** Where a reader begins; a school that was closed says so itself. */
function firstPage(reader: SignedIn): string {
  const { advisories, classes = [] } = reader.scope
  if (mayEnter(reader, 'inbox') && advisories.length + classes.length > 0) return homePath
  const school = reader.scope.schools.find(id => tierOf(reader, { type: 'school', id }) !== 'none') ?? reader.closed[0]
  if (school !== undefined && ['principal', 'adviser'].includes(reader.role)) return schoolPath(school)
  return tierOf(reader, { type: 'district', id: '' }) === 'none' ? '/status' : '/district'
}

type Frame = { reader: SignedIn; schools: Visit['schools']; csrf: string; path: string }

function send(
  reply: FastifyReply,
  { title, body, status = 200, language = 'en', script }: Content,
  frame: Frame,
): FastifyReply {
  if (status === 503) reply.header('retry-after', '5')
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(layout({ title, body, language, ...(script !== undefined && { script }), ...frame }))
}
