import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import xapi from '@xapi/xapi'
import { expect } from 'vitest'
import type { Homeroom } from './a-homeroom.ts'
import { until } from './until.ts'

/**
 * A district's first week with Homeroom, as an operator, three of its tools and an analyst live it. Read from top to
 * bottom it is a tutorial; `journey.test.ts` and `journey-kafka.test.ts` run it on the embedded log and on Kafka.
 *
 * Twenty students of one school, the week of Monday, 2 March 2026, five school days:
 * - ten work on Monday and Tuesday, ten from Monday to Thursday, each day once for 20 minutes;
 * - one of those traces comes by Caliper, the other 59 are xAPI statements;
 * - on Wednesday one student meets the adviser for 30 minutes, which an interaction log tells.
 */
export async function journey(homeroom: Homeroom): Promise<void> {
  // `homeroom all` receives, processes and serves. Everything else is a second command on the same data.
  await homeroom.start()

  // The roster: a OneRoster 1.1 folder as student information systems write it.
  await writeRoster(join(homeroom.config.data, 'roster'))
  const loaded = JSON.parse(await homeroom.command('load', join(homeroom.config.data, 'roster'), '--json')) as object
  expect(loaded).toMatchObject({ read: 46, stored: 46, dead: 0 })

  // Credentials for the learning tools. The secret is shown this once; the running server takes it within seconds.
  const made = await homeroom.command('user', 'source', 'lms')
  const credentials = xapi.default.toBasicAuth('lms', /^password: (\S+)$/m.exec(made)![1]!)
  await until(async () => (await post('/interactions', [])).status !== 401, 'the credentials are known', 120_000, 200)

  // Statements, by a client library that we did not write.
  const client = new xapi.default({ endpoint: `${homeroom.url}/xapi/`, auth: credentials, version: '1.0.3' })
  const sent = await client.sendStatements({ statements: statements() as never[] })
  expect(sent.data).toEqual(statements().map(({ id }) => id))
  // Networks fail and tools send again: what comes twice counts once.
  await client.sendStatements({ statements: statements().slice(0, 30) as never[] })

  // One Caliper event and one row of an interaction log.
  expect(await accepted(await post('/caliper/events', caliperEnvelope()))).toBe(1)
  expect(await accepted(await post('/interactions', [meeting()]))).toBe(1)
  // A tool that is wrong is told where.
  const refused = await post('/interactions', [{ ...meeting(), minutes: -30 }])
  expect(await refused.text()).toContain('minutes')

  // `publish` waits until everything received is in the figures, and freezes them. Where one student of twenty has met an
  // adult, shares of contact say "at most 20 %" instead: the sixteen cells of contact for the school and the district.
  expect(JSON.parse(await homeroom.command('publish', '--json'))).toMatchObject({ suppressed: 16 })

  // An analyst signs in by a link that works once, and opens the school's page.
  const link = (await homeroom.command('user', 'person', 'ana', '--role', 'analyst')).trim()
  const page = await readPage(link, `${homeroom.url}/schools/lincoln?week=2026-W10`)

  // Active days: (10 × 2/5 + 10 × 4/5) / 20 = 60 %. Every student is .2 from that mean, so the standard error is
  // .2 / √19 = .0459, and with Student's t of 19 degrees of freedom, 2.093, the interval is 60 % ± 9.6.
  expect(rowOf(page, 'Active days')).toEqual(['2 Mar', '20', '50 to 70% 60%'])
  expect(pictureOf(page, 'Active days')).toContain('between 60% and 60% of school days enrolled')
  // Time on task: a day's only session is its 20 minutes and one minute for its end; (10 × 42 + 10 × 84) / 20 = 63,
  // ± 2.093 × 21 / √19 = 10.08.
  expect(rowOf(page, 'Time on task')).toEqual(['2 Mar', '20', '53 to 73 63'])
  // Nobody worked at the weekend. One student had 30 minutes of contact: 30 / 20 = 1.5 on average, its error as large.
  expect(furtherOf(page, 'Weekend activity')).toBe('0.00 0.00')
  expect(rowOf(page, 'Contact minutes')).toEqual(['2 Mar', '20', '0 to 5 2'])

  // An orderly end: nothing is left running.
  expect(await homeroom.stop()).toMatchObject({ code: 0, left: [] })

  function post(path: string, body: unknown): Promise<Response> {
    const headers = { authorization: credentials, 'content-type': 'application/json' }
    return fetch(homeroom.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  }
}

const accepted = async (answer: Response): Promise<number> => ((await answer.json()) as { accepted: number }).accepted

const STUDENTS = Array.from({ length: 20 }, (_, i) => `s${String(i + 1).padStart(2, '0')}`)

async function writeRoster(folder: string): Promise<void> {
  await mkdir(folder)
  const write = (name: string, head: string, rows: readonly string[]) =>
    writeFile(join(folder, name), [head, ...rows, ''].join('\n'))
  await write('orgs.csv', 'sourcedId,name,type', ['lincoln,Lincoln High School,school'])
  await write('academicSessions.csv', 'sourcedId,title,type,startDate,endDate,schoolYear', [
    'term,Spring,term,2026-01-05,2026-06-13,2026',
  ])
  await write('courses.csv', 'sourcedId,title', ['home,Homeroom'])
  await write('classes.csv', 'sourcedId,title,classType,courseSourcedId,schoolSourcedId,termSourcedIds', [
    'adv-1,Advisory 1,homeroom,home,lincoln,term',
  ])
  await write('users.csv', 'sourcedId,role,username,userIds,givenName,familyName,email,grades', [
    't1,teacher,kim,,Kim,Adviser,kim@example.org,',
    ...STUDENTS.map(
      id => `${id},student,${id},{caliper:https://reader.example.org/people/${id}},,,${id}@example.org,09`,
    ),
  ])
  await write('enrollments.csv', 'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role', [
    'e-t1,adv-1,lincoln,t1,teacher',
    ...STUDENTS.map(id => `e-${id},adv-1,lincoln,${id},student`),
  ])
}

/** Student and day of March: ten students on two days, ten on four. */
const traces = STUDENTS.flatMap((student, i) => (i < 10 ? [2, 3] : [2, 3, 4, 5]).map(day => ({ student, day })))

/** All traces but the last: lessons completed in 20 minutes, at ten o'clock in New York. */
function statements() {
  return traces.slice(0, -1).map(({ student, day }, i) => ({
    id: `6b7f0d3a-58c1-4c4e-9a55-${String(i).padStart(12, '0')}`,
    actor: { objectType: 'Agent', mbox: `mailto:${student}@example.org` },
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { 'en-US': 'completed' } },
    object: { objectType: 'Activity', id: `https://lms.example.org/lessons/${day}` },
    result: { completion: true, duration: 'PT20M' },
    timestamp: `2026-03-0${day}T10:00:00-05:00`,
  }))
}

/** The last trace: a question answered in 20 minutes, as a reading tool tells it. */
function caliperEnvelope(): object {
  const { student, day } = traces.at(-1)!
  const context = 'http://purl.imsglobal.org/ctx/caliper/v1p2'
  const at = `2026-03-0${day}T15:00:00.000Z`
  const item = 'https://reader.example.org/items/1'
  const event = {
    '@context': context,
    id: 'urn:uuid:6b7f0d3a-58c1-4c4e-9a55-0000000000c1',
    type: 'AssessmentItemEvent',
    profile: 'AssessmentProfile',
    actor: { id: `https://reader.example.org/people/${student}`, type: 'Person' },
    action: 'Completed',
    object: { id: item, type: 'AssessmentItem' },
    generated: { id: `${item}/responses/1`, type: 'Response', duration: 'PT20M' },
    eventTime: at,
  }
  return { sensor: 'https://reader.example.org/sensor', sendTime: at, dataVersion: context, data: [event] }
}

function meeting() {
  return {
    id: '6b7f0d3a-58c1-4c4e-9a55-0000000000a1',
    at: '2026-03-04T12:30:00-05:00',
    kind: 'met',
    mode: 'adult',
    minutes: 30,
    participants: [
      { id: 't1', idType: 'sourcedId', role: 'adviser' },
      { id: 's01', idType: 'sourcedId', role: 'student' },
    ],
  }
}

/** Follow a sign-in link as a browser does: open it, press its button, keep the cookies, open the page. */
async function readPage(link: string, address: string): Promise<string> {
  const cookies = new Map<string, string>()
  const visit = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { cookie, accept: 'text/html' } })
    for (const header of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)!
      cookies.set(name!, value!)
    }
    return answer
  }
  const form = await (await visit(link)).text()
  const fields = new URLSearchParams(
    [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [name!, value!]),
  )
  expect((await visit(new URL('/sign-in', link).href, { method: 'POST', body: fields })).status).toBe(303)
  const again = await visit(new URL('/sign-in', link).href, { method: 'POST', body: fields })
  expect(again.status).toBe(403)
  const page = await visit(address)
  expect(page.status).toBe(200)
  return await page.text()
}

/** The figure of an indicator: caption, picture and table. */
function figureOf(page: string, name: string): string {
  const figures = [...page.matchAll(/<figure class="measure"[\s\S]*?<\/figure>/g)].map(([text]) => text)
  return figures.find(text => text.includes(`>${name}</h3>`))!
}

/** What the table of an indicator says of its one week, cell by cell. */
function rowOf(page: string, name: string): string[] {
  const [, body] = /<tbody>([\s\S]*?)<\/tbody>/.exec(figureOf(page, name))!
  const cells = [...body!.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)]
  return cells.map(([, cell]) => wordsOf(cell!))
}

/** What the table of further figures says of an indicator in the chosen week. */
function furtherOf(page: string, name: string): string {
  const row = page.split('<th scope="row">').find(text => text.startsWith(name))!
  return wordsOf(/<td[^>]*>([\s\S]*?)<\/td>/.exec(row)![1]!)
}

const wordsOf = (markup: string): string => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim() // prettier-ignore

/** What the picture of an indicator says to those who cannot see it. */
function pictureOf(page: string, name: string): string {
  return /<svg[^>]*aria-label="([^"]*)"/.exec(figureOf(page, name))![1]!
}
