import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSignInLink } from '../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../infra/commands/runtime.ts'
import { pseudonymiser } from '../ingest/pseudonymise.ts'
import { filesWith } from './helpers/in-files.ts'
import { anErasableHomeroom, ZYX, type Erasable } from './helpers/an-erasable-homeroom.ts'
import { until } from './helpers/until.ts'

const MINUTE_MS = 60_000
/** Words that stand in files only where somebody wrote them here. */
const WORDS = ['qzxnote', 'qzxnext', 'qzxgoal']

let erasable: Erasable
let runtime: Runtime
let zyx: string
let ann: string
let visit: (path: string, form?: Record<string, string>) => Promise<{ status: number; url: string; body: string }>

beforeAll(async () => {
  erasable = await anErasableHomeroom()
  await erasable.homeroom.caughtUp(2 * MINUTE_MS)
  runtime = await openRuntime(erasable.homeroom.config)
  await prepare(runtime)
  const pseudonym = pseudonymiser(runtime.secrets.pseudonymKey, runtime.config.district)
  zyx = pseudonym('sourcedId', ZYX.sourcedId)
  ann = pseudonym('sourcedId', 's-ann')
  visit = await signedIn(pseudonym('sourcedId', 't-lee'))
}, 5 * MINUTE_MS)
afterAll(async () => {
  await runtime?.close()
  await erasable?.remove()
}, MINUTE_MS)

/** An adviser's browser: cookies, and the form of a page filled in and sent. */
async function signedIn(person: string): Promise<typeof visit> {
  const scope = { schools: ['oak'], advisories: ['hr-1'], person }
  const { account } = await createAccount(runtime.warehouse, { id: 'lee', kind: 'person', role: 'adviser', scope })
  const cookies = new Map<string, string>()
  const go: typeof visit = async (path, form) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = form && new URLSearchParams(form)
    const answer = await fetch(erasable.homeroom.url + path, {
      method: form ? 'POST' : 'GET',
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
      ...(body && { body }),
    })
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';')[0]!.split('=', 2)
      cookies.set(name, value)
    }
    return { status: answer.status, url: answer.headers.get('location') ?? '', body: await answer.text() }
  }
  const link = await createSignInLink(runtime.warehouse, account)
  const token = link.slice('/sign-in/'.length)
  // The running server knows a new account within seconds.
  await until(async () => {
    const page = await go(link)
    return (await go('/sign-in', { token, _csrf: hidden(page.body, '_csrf') })).status === 303
  }, 'the adviser is signed in')
  return go
}

const hidden = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? ''

async function record(student: string, fields: Record<string, string>): Promise<string> {
  const path = `/students/${student}/conversation`
  const page = await visit(path)
  const own = { _csrf: hidden(page.body, '_csrf'), number: hidden(page.body, 'number') }
  const { status, url } = await visit(path, { ...own, ...fields })
  expect(status).toBe(303)
  return url
}

type Row = Record<string, unknown>
const kept = async (): Promise<Row[]> => {
  const of = (sql: string): Promise<Row[]> => runtime.warehouse.query<Row>(sql)
  return [
    ...(await of(
      'select * except (sealed_text, sealed_note, ver) replace (hex(student_id) as student_id, hex(author_id) as author_id) from conversations final order by conversation_id',
    )),
    ...(await of('select hex(said_of) as s, kind, tag, day from conversation_tags order by all')),
    ...(await of(
      "select hex(student_id) as s, toString(goal_id) as g, status, set_day from current_goals where source = 'homeroom' order by all",
    )),
    ...(await of(
      "select toString(record_id) as r, hex(person_id) as p, week, duration_ms from events final where source = 'homeroom' order by all",
    )),
    ...(await of(
      'select hex(student_id) as s, week, contact_days, contact_ms, contacts from student_week final where contacts > 0 order by s, week',
    )),
  ]
}

test(
  'what an adviser writes stands in the brief, and its words in no file, in whatever letters',
  { timeout: 6 * MINUTE_MS },
  async () => {
    const words = { note: 'qzxnote: sleeps badly', next_words: 'qzxnext on Monday', goal: 'qzxgoal to read aloud' }
    const to = await record(zyx, { topic: 'how-it-goes', more_interest: 'chess', minutes: '20', ...words })
    await record(ann, { topic: 'goals', strength: 'plans ahead', minutes: '10', ...words })
    await erasable.homeroom.caughtUp(3 * MINUTE_MS)
    const brief = (await visit(to)).body
    expect(brief).toContain('The conversation is recorded.')
    for (const word of WORDS) expect([word, brief.includes(word)]).toEqual([word, true])
    expect(await filesWith(erasable.homeroom.config.data, WORDS)).toEqual([])
  },
)

test(
  'erasing the student takes conversation, tags, goal and contact; those of others stay',
  { timeout: 6 * MINUTE_MS },
  async () => {
    const before = await kept()
    expect(before.some(row => Object.values(row).includes(zyx.toUpperCase()))).toBe(true)
    await erasable.homeroom.command('erase', `username:${ZYX.login}`, '--apply', '--json')
    await erasable.homeroom.caughtUp(3 * MINUTE_MS)
    const after = await kept()
    // The adviser's own row of the contact stays, with nobody.
    expect(after).toEqual(before.filter(row => !Object.values(row).includes(zyx.toUpperCase())))
    expect((await visit(`/students/${zyx}/brief`)).status).toBe(403)
    // The note about the other student still opens: its salts are those of others.
    expect((await visit(`/students/${ann}/brief`)).body).toContain('qzxnote')
    expect(await filesWith(erasable.homeroom.config.data, [zyx])).toEqual([])
  },
)

test('a replay from the log gives the same', { timeout: 6 * MINUTE_MS }, async () => {
  const before = await kept()
  expect(before.length).toBeGreaterThan(4)
  await erasable.homeroom.stop()
  await runtime.close()
  await erasable.homeroom.command('replay', '--json')
  runtime = await openRuntime(erasable.homeroom.config)
  expect(await kept()).toEqual(before)
})
