import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../schemas/audit.ts'
import { ACTORS, MACHINES, STUDENTS, theWholeServer, type Whole } from './every-route.ts'

/**
 * What is answered: a status; `live`: 200 with live figures, or the audit itself, which the audit was told of before; `403`: refused, which the
 * audit was told of too; `back`: 303.
 */
type Answers = string

// nobody · analyst · principal of Lincoln · adviser there · researcher · operator · principal of a closed school · sender · reader
const PAGES: Record<string, Record<string, Answers>> = {
  'GET /': { '/': '401 back back back back back back 401 401' },
  'GET /district': { '/district': '401 200 200 200 200 403 200 401 401' },
  'GET /schools/:id': {
    '/schools/lincoln': '401 200 live live 200 403 403 401 401',
    '/schools/monroe': '401 200 403 403 200 403 403 401 401',
    '/schools/nowhere': '401 404 403 403 404 403 403 401 401',
    '/schools/shut': '401 404 403 403 404 403 403 401 401',
    '/schools/..%2Fmonroe': '401 404 403 403 404 403 403 401 401',
    '/schools/%00': '401 404 403 403 404 403 403 401 401',
  },
  'GET /explore': {
    '/explore': '401 200 200 200 200 403 200 401 401',
    '/explore?unit=school:lincoln&unit=school:monroe': '401 200 200 200 200 403 403 401 401',
    '/explore?unit=school:monroe': '401 200 403 403 200 403 403 401 401',
    '/explore?unit=school:nowhere': '401 400 403 403 400 403 403 401 401',
    '/explore?unit=student:aaaa': '401 400 400 400 400 400 400 401 401',
  },
  ...Object.fromEntries(
    ['csv', 'parquet', 'arrow', 'svg', 'txt'].map(ending => [
      `GET /api/explore.${ending}`,
      {
        [`/api/explore.${ending}?indicator=active_days`]: '401 200 200 200 200 403 200 401 401',
        [`/api/explore.${ending}?indicator=active_days&unit=school:lincoln&unit=school:monroe`]:
          '401 200 403 403 200 403 403 401 401',
        [`/api/explore.${ending}?indicator=active_days&unit=school:nowhere`]: '401 400 403 403 400 403 403 401 401',
      },
    ]),
  ),
  'GET /district/climate': {
    '/district/climate': '401 200 200 200 200 403 200 401 401',
    '/district/climate?window=nowhere': '401 400 400 400 400 403 400 401 401',
  },
  'GET /schools/:id/climate': {
    '/schools/lincoln/climate': '401 200 live 200 200 403 403 401 401',
    '/schools/monroe/climate': '401 200 403 403 200 403 403 401 401',
    '/schools/nowhere/climate': '401 404 403 403 404 403 403 401 401',
    '/schools/shut/climate': '401 404 403 403 404 403 403 401 401',
  },
  'GET /schools/:id/report': {
    '/schools/lincoln/report': '401 200 live 200 200 403 403 401 401',
    '/schools/lincoln/report?lang=es': '401 200 live 200 200 403 403 401 401',
    '/schools/lincoln/report?lang=xx': '401 400 400 400 400 403 403 401 401',
    '/schools/monroe/report': '401 200 403 403 200 403 403 401 401',
    '/schools/nowhere/report': '401 404 403 403 404 403 403 401 401',
    '/schools/shut/report': '401 404 403 403 404 403 403 401 401',
  },
  'GET /classes/:id': {
    '/classes/hr-1': '401 403 live live 403 403 403 401 401',
    '/classes/hr-9': '401 403 403 403 403 403 403 401 401',
    '/classes/c-1': '401 403 live live 403 403 403 401 401',
    '/classes/c-9': '401 403 403 403 403 403 403 401 401',
    '/classes/c-7': '401 403 403 403 403 403 403 401 401',
    '/classes/nowhere': '401 403 403 403 403 403 403 401 401',
  },
  'GET /students/:id': {
    [`/students/${STUDENTS.own}`]: '401 403 403 live 403 403 403 401 401',
    [`/students/${STUDENTS.other}`]: '401 403 403 403 403 403 403 401 401',
    '/students/nobody': '401 403 403 403 403 403 403 401 401',
  },
  'GET /students/:id/brief': {
    [`/students/${STUDENTS.own}/brief`]: '401 403 403 live 403 403 403 401 401',
    [`/students/${STUDENTS.other}/brief`]: '401 403 403 403 403 403 403 401 401',
    '/students/nobody/brief': '401 403 403 403 403 403 403 401 401',
  },
  'GET /students/:id/conversation': {
    [`/students/${STUDENTS.own}/conversation`]: '401 403 403 live 403 403 403 401 401',
    [`/students/${STUDENTS.other}/conversation`]: '401 403 403 403 403 403 403 401 401',
  },
  'GET /advisories/:id/briefs': {
    '/advisories/hr-1/briefs': '401 403 403 live 403 403 403 401 401',
    '/advisories/hr-9/briefs': '401 403 403 403 403 403 403 401 401',
    // A class is no advisory, also to its teacher.
    '/advisories/c-1/briefs': '401 403 403 403 403 403 403 401 401',
    '/advisories/nowhere/briefs': '401 403 403 403 403 403 403 401 401',
  },
  'GET /advisories/:id/map': {
    '/advisories/hr-1/map': '401 403 403 live 403 403 403 401 401',
    '/advisories/hr-9/map': '401 403 403 403 403 403 403 401 401',
    '/advisories/c-1/map': '401 403 403 403 403 403 403 401 401',
  },
  'GET /district/annotations': { '/district/annotations': '401 200 200 200 200 403 200 401 401' },
  'GET /schools/:id/annotations': {
    '/schools/lincoln/annotations': '401 200 200 200 200 403 403 401 401',
    '/schools/monroe/annotations': '401 200 403 403 200 403 403 401 401',
    '/schools/nowhere/annotations': '401 404 403 403 404 403 403 401 401',
    '/schools/shut/annotations': '401 404 403 403 404 403 403 401 401',
  },
  'GET /views': { '/views': '401 200 200 200 200 200 200 401 401' },
  'GET /subscriptions': { '/subscriptions': '401 200 200 200 200 200 200 401 401' },
  'GET /home': { '/home': '401 403 403 live 403 403 403 401 401' },
  'GET /inbox': { '/inbox': '401 403 403 200 403 403 403 401 401' },
  'GET /research': { '/research': '401 200 403 403 200 403 403 401 401' },
  'GET /api/research/codebook.json': { '/api/research/codebook.json': '401 200 403 403 200 403 403 401 401' },
  'GET /api/research/codebook.csv': { '/api/research/codebook.csv': '401 200 403 403 200 403 403 401 401' },
  'GET /api/research/sql/:indicator': {
    '/api/research/sql/active_days': '401 200 403 403 200 403 403 401 401',
    '/api/research/sql/..%2F..%2Fpackage.json': '401 404 403 403 404 403 403 401 401',
  },
  'GET /catalogue': { '/catalogue': '401 200 200 200 200 200 200 401 401' },
  'GET /status': { '/status': '401 200 403 403 403 200 403 401 401' },
  'GET /audit': {
    '/audit': '401 403 403 403 403 live 403 401 401',
    '/audit?unit=school:lincoln': '401 403 403 403 403 live 403 401 401',
  },
  'GET /api/indicators': {
    'district d1': '401 200 200 200 200 403 200 401 401',
    'school lincoln': '401 200 live 200 200 403 403 401 401',
    'school monroe': '401 200 403 403 200 403 403 401 401',
    'school shut': '401 200 403 403 200 403 403 401 401',
    'advisory hr-1': '401 200 live live 200 403 403 401 401',
    'advisory hr-9': '401 200 403 403 200 403 403 401 401',
    'advisory hr-7': '401 200 403 403 200 403 403 401 401',
    'class c-1': '401 200 live live 200 403 403 401 401',
    'class c-9': '401 200 403 403 200 403 403 401 401',
    'class c-7': '401 200 403 403 200 403 403 401 401',
    'class nowhere': '401 200 403 403 200 403 403 401 401',
    // No figures of single students, to nobody.
    'student aaaa': '401 400 400 400 400 400 400 401 401',
  },
}

/** The same to everybody: nothing about a person, a school or what arrived from whom. */
const OPEN: Record<string, string> = {
  'GET /healthz': '/healthz',
  'GET /readyz': '/readyz',
  'GET /metrics': '/metrics',
  'GET /api/openapi.json': '/api/openapi.json',
  'GET /xapi/about': '/xapi/about',
  'GET /style.css': '/style.css',
  'GET /explore/:file': '/explore/explorer.js',
  'GET /sign-in': '/sign-in',
  'GET /sign-in/:token': `/sign-in/${'A'.repeat(43)}`,
}

/** What machines send to and read from: sender · reader. A person's session opens none of them. */
const DOORS: Record<string, Answers> = {
  'POST /xapi/statements': '400 403',
  'PUT /xapi/statements': '400 403',
  'GET /xapi/statements': '200 200',
  'GET /xapi/more/*': '400 400',
  'GET /xapi/activities': '400 400',
  'GET /xapi/agents': '400 400',
  'GET /xapi/activities/state': '400 400',
  'PUT /xapi/activities/state': '400 403',
  'POST /xapi/activities/state': '400 403',
  'DELETE /xapi/activities/state': '400 403',
  'GET /xapi/activities/profile': '400 400',
  'PUT /xapi/activities/profile': '400 403',
  'POST /xapi/activities/profile': '400 403',
  'DELETE /xapi/activities/profile': '400 403',
  'GET /xapi/agents/profile': '400 400',
  'PUT /xapi/agents/profile': '400 403',
  'POST /xapi/agents/profile': '400 403',
  'DELETE /xapi/agents/profile': '400 403',
  'POST /caliper/events': '400 403',
  'GET /caliper/events': '200 403',
  'POST /interactions': '400 403',
  'POST /canvas/events': '200 403',
}

/** Who holds a link is asked; what it opens has nothing to do with who is signed in. Without one there is nothing, for anybody. */
const LINKS = [
  'GET /survey/:token',
  'POST /survey/:token',
  'GET /mail/confirm/:token',
  'POST /mail/confirm/:token',
  'GET /mail/end/:token',
  'POST /mail/end/:token',
]

/** Without the token of a form of ours they change nothing, whoever asks. */
const FORMS = [
  'POST /sign-in',
  'POST /sign-out',
  'POST /inbox/:alarm',
  'POST /students/:id/conversation',
  'POST /students/:id/conversation/take-back',
  'POST /views',
  'POST /views/delete',
  'POST /subscriptions/address',
  'POST /subscriptions/address/forget',
  'POST /subscriptions/report',
  'POST /subscriptions/threshold',
  'POST /subscriptions/end',
  'POST /district/annotations',
  'POST /district/annotations/take-back',
  'POST /schools/:id/annotations',
  'POST /schools/:id/annotations/take-back',
]

const LISTED = [...Object.keys(PAGES), ...Object.keys(OPEN), ...Object.keys(DOORS), ...LINKS, ...FORMS]
const PERSONS = ACTORS.filter(actor => !(actor in MACHINES))

const ends: (() => Promise<void>)[] = []
let server: Whole

beforeAll(async () => {
  server = await theWholeServer(null, ends)
})
afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

test('every route that answers is listed here, and every one that is listed answers', () => {
  const answering = server.routes.filter(({ refuses }) => !refuses).map(({ route }) => route)
  // A HEAD is its GET without the body.
  expect(answering.filter(route => !route.startsWith('HEAD ')).sort()).toEqual(LISTED.toSorted())
  const heads = answering.filter(route => route.startsWith('HEAD ')).map(route => route.replace('HEAD', 'GET'))
  expect(heads.filter(route => !LISTED.includes(route))).toEqual([])
})

describe('pages and figures', () => {
  for (const [route, cases] of Object.entries(PAGES)) {
    for (const [wished, answers] of Object.entries(cases)) {
      test(`${route}, ${wished}: ${answers}`, async () => {
        const given = []
        for (const actor of ACTORS) given.push(await answered(actor, addressOf(wished)))
        expect(given.join(' ')).toBe(answers)
      })
    }
  }
})

test('a HEAD is allowed to whom its GET is', async () => {
  for (const wished of Object.values(PAGES).flatMap(cases => Object.keys(cases))) {
    for (const actor of ['nobody', 'principal', 'operator']) {
      const [get, head] = [
        await server.ask(actor, { method: 'GET', url: addressOf(wished) }),
        await server.ask(actor, { method: 'HEAD', url: addressOf(wished) }),
      ]
      expect([actor, wished, head.statusCode, head.body]).toEqual([actor, wished, get.statusCode, ''])
    }
  }
})

describe('what is the same to everybody', () => {
  for (const [route, url] of Object.entries(OPEN)) {
    test(`${route} is the same to everybody`, async () => {
      for (const actor of ACTORS)
        expect([actor, (await server.ask(actor, { method: 'GET', url })).statusCode]).toEqual([actor, 200])
    })
  }
})

test('a link that was never made opens nothing, to nobody', async () => {
  for (const route of LINKS) {
    for (const actor of ACTORS) {
      const before = server.told.length
      const { statusCode } = await knock(actor, route, 'application/x-www-form-urlencoded')
      expect([route, actor, statusCode]).toEqual([route, actor, 404])
      expect(server.told.length).toBe(before)
    }
  }
})

describe('doors of machines', () => {
  for (const [route, answers] of Object.entries(DOORS)) {
    test(`${route}: no person; sender, reader: ${answers}`, async () => {
      const statuses = new Map<string, number>()
      for (const actor of ACTORS) statuses.set(actor, (await knock(actor, route)).statusCode)
      expect(PERSONS.map(actor => statuses.get(actor))).toEqual(PERSONS.map(() => 401))
      expect(
        Object.keys(MACHINES)
          .map(actor => statuses.get(actor))
          .join(' '),
      ).toBe(answers)
    })
  }
})

test('what is registered to refuse takes nothing from anybody', async () => {
  const refusing = server.routes.filter(({ refuses }) => refuses)
  expect(refusing.length).toBeGreaterThan(10)
  for (const { route } of refusing) {
    for (const actor of ['nobody', 'operator', 'sender'])
      expect([204, 404, 405], `${actor}, ${route}`).toContain((await knock(actor, route)).statusCode)
  }
})

test('a form without its token changes nothing, and the refusal is told', async () => {
  for (const route of FORMS) {
    for (const actor of ACTORS) {
      const before = server.told.length
      const { statusCode } = await knock(actor, route, 'application/x-www-form-urlencoded')
      expect([route, actor, statusCode]).toEqual([route, actor, 403])
      expect(server.told.length).toBe(before + 1)
    }
  }
  // Signing out was refused to all of them: they are still signed in.
  for (const actor of PERSONS.slice(1)) expect((await server.ask(actor, { url: '/catalogue' })).statusCode).toBe(200)
})

test('what is about somebody is kept by no cache; no page holds a script, an inline style or a handler', async () => {
  for (const wished of Object.values(PAGES).flatMap(cases => Object.keys(cases))) {
    for (const actor of ACTORS) {
      const { headers, body } = await server.ask(actor, { url: addressOf(wished), headers: { accept: 'text/html' } })
      expect([wished, actor, headers['cache-control']]).toEqual([wished, actor, 'no-store'])
      expect(headers['content-security-policy']).not.toContain('unsafe')
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'/)
      // A picture is no page: it is saved, and takes its colours along.
      const styled = headers['content-type']?.includes('image/svg') ? '' : '|<style'
      // The explorer has one script of our own origin; its page says everything without it.
      const own = wished.startsWith('/explore') ? /<script type="module" src="\/explore\/[^"]+"><\/script>/ : /^$/
      expect(body.replace(own, '')).not.toMatch(
        new RegExp(String.raw`<script${styled}|\sstyle=|\son[a-z]+=|javascript:`, 'i'),
      )
    }
  }
})

/** An address, or unit type and id: the figures of that unit. */
function addressOf(wished: string): string {
  if (wished.startsWith('/')) return wished
  const [unit_type, unit_id] = wished.split(' ') as [string, string]
  return `/api/indicators?${new URLSearchParams({ indicator: 'active_days', unit_type, unit_id })}`
}

/** In one word; of what the audit was told it says so only if that fits the answer. */
async function answered(actor: string, url: string): Promise<string> {
  const before = server.told.length
  const { statusCode, body } = await server.ask(actor, { url, headers: { accept: 'text/html' } })
  const told = server.told.slice(before)
  if (statusCode === 303) return 'back'
  if (told.length === 0) return statusCode === 403 ? 'refused, and nobody was told' : String(statusCode)
  const [{ action, account, code, units }] = told as [AuditEntry]
  if (told.length > 1 || account !== actor) return `told ${told.length} times, of ${account}`
  if (statusCode === 403) {
    // Which of two things that a reader may not see exists must not be told by the answer.
    const isQuiet = action === 'refused' && code === 'SCOPE_DENIED' && !body.includes('active_days')
    return isQuiet ? '403' : `403 that says ${body}`
  }
  const id = new URL(url, 'http://x').searchParams.get('unit_id')
  const fits = units.length > 0 && (id === null || units.join(' ').endsWith(`:${id}`))
  return action === 'saw' && statusCode === 200 && fits ? 'live' : `${statusCode}, ${action} ${units.join(' ')}`
}

/** A bare request to a route, as one makes who tries what it answers. */
async function knock(actor: string, route: string, type = 'application/json') {
  const [method, path] = route.split(' ') as [string, string]
  const sends = method === 'POST' || method === 'PUT'
  return await server.ask(actor, {
    method: method as 'GET',
    url: path.replace(/:\w+|\*/g, 'x'),
    headers: { 'x-experience-api-version': '1.0.3', ...(sends && { 'content-type': type }) },
    ...(sends && { payload: type === 'application/json' ? '{"x":1}' : 'x=1' }),
  })
}
