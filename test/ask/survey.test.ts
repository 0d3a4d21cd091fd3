import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../dashboards/sign-in/sign-in.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { filesWith } from '../helpers/in-files.ts'
import { aSchool, enrol, person } from '../helpers/records.ts'
import { aLink, answerAll, asking, FIRST, read, SECOND, type Asking } from './asking.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
let pages: Asking

beforeEach(async () => {
  warehouse = await emptied()
  pages = await asking(warehouse)
})

type Counted = { who: string; answered: number; complete: boolean; language: string; day: string }

const counted = (): Promise<Counted[]> =>
  warehouse.query<Counted>(
    `select lower(hex(person)) as who, toFloat64(answered) as answered, toBool(complete) as complete, language, toString(local_day) as day
     from survey_responses_counted where counts order by who`,
  )
const answers = async (): Promise<string[]> =>
  (
    await warehouse.query<{ said: string }>(
      "select concat(item_id, ' ', state, ' ', ifNull(toString(value), '')) as said from survey_answers final order by item_id",
    )
  ).map(({ said }) => said.trim())

describe('answering', () => {
  test('page by page, each kept when it is sent; after the last the thank-you page', async () => {
    const path = await aLink(warehouse)
    const opened = await pages.get(path)
    expect([opened.statusCode, read(opened).title]).toEqual([200, 'How school feels'])
    expect(read(opened).texts('legend')).toEqual([1, 2, 3, 4, 5].map(n => `Question Q${n}`))
    const next = await pages.post(path, { page: '0', ...FIRST })
    expect([next.statusCode, next.headers.location]).toEqual([303, `${path}?lang=en&page=2`])
    await pages.store()
    expect(await counted()).toEqual([
      { who: person('ada'), answered: 4, complete: false, language: 'en', day: '2026-03-05' },
    ])
    const last = await pages.post(path, { page: '1', ...SECOND })
    expect([last.statusCode, last.headers.location]).toEqual([303, `${path}?lang=en`])
    const thanks = read(await pages.get(path))
    expect(thanks.title).toBe('Thank you')
    expect(thanks.texts('.lead').at(-1)).toContain('tell an adult whom you trust')
    await pages.store()
    // Q5 was left out: one question short of complete.
    expect(await counted()).toMatchObject([{ answered: 8, complete: false }])
    expect(await answers()).toEqual([
      'F1 answered',
      'Q1 answered 4',
      'Q2 answered 1',
      'Q3 declined',
      'Q4 answered 2',
      'Q5 missing',
      'Q6 answered 3',
      'Q7 answered 3',
      'Q8 answered 4',
      'Q9 answered 0',
    ])
  })

  test('the link opens where it was left, and what was sent can be seen and changed until all is sent', async () => {
    const path = await aLink(warehouse)
    await pages.post(path, { page: '0', ...FIRST })
    const later = await pages.get(path)
    expect(read(later).texts('.progress label')).toEqual(['Page 2 of 2'])
    const back = await pages.get(`${path}?page=1`)
    expect(read(back).chosen).toEqual(['a.Q1=4', 'a.Q2=1', 'a.Q3=declined0', 'a.Q4=2'])
    await pages.post(path, { page: '0', ...FIRST, 'a.Q1': '1', 'a.Q5': '3' })
    await pages.post(path, { page: '1', ...SECOND })
    await pages.store()
    expect(await counted()).toMatchObject([{ answered: 9, complete: true }])
    expect(await answers()).toContain('Q1 answered 1')
  })

  test('a page that was not reached yet is not shown', async () => {
    const path = await aLink(warehouse)
    expect(read(await pages.get(`${path}?page=2`)).texts('.progress label')).toEqual(['Page 1 of 2'])
  })

  test('a comment that was written stays when its page is sent again without it, and is nowhere in the clear', async () => {
    const path = await aLink(warehouse)
    await pages.post(path, { page: '1', ...SECOND })
    const again = await pages.get(`${path}?page=2`)
    expect(again.body).not.toContain('More trees')
    await pages.post(path, { page: '1', ...SECOND, 'a.F1': '' })
    await pages.post(path, { page: '0', ...FIRST })
    await pages.store()
    expect(await answers()).toContain('F1 answered')
    expect(JSON.stringify(pages.entries)).not.toContain('More trees')
    const [kept] = await warehouse.query<{ given: string }>(
      'select given from {identity:Identifier}.survey_states final',
    )
    expect(kept!.given).toBe('{}')
  })
})

describe('one answer each', () => {
  test('what is sent twice, or after the end, adds and changes nothing', async () => {
    const path = await aLink(warehouse)
    const twice = await Promise.all([
      pages.post(path, { page: '0', ...FIRST }),
      pages.post(path, { page: '0', ...FIRST }),
    ])
    expect(twice.map(({ statusCode }) => statusCode)).toEqual([303, 303])
    await Promise.all([pages.post(path, { page: '1', ...SECOND }), pages.post(path, { page: '1', ...SECOND })])
    const known = pages.entries.length
    const late = await pages.post(path, { page: '0', ...FIRST, 'a.Q1': '1' })
    expect(late.statusCode).toBe(303)
    expect(pages.entries.length).toBe(known)
    await pages.store()
    await pages.store()
    expect(await counted()).toHaveLength(1)
    expect(await answers()).toContain('Q1 answered 4')
  })

  test('a second link of the same person goes on with the same response', async () => {
    const [one, other] = [await aLink(warehouse), await aLink(warehouse)]
    await pages.post(one, { page: '0', ...FIRST })
    expect(read(await pages.get(other)).texts('.progress label')).toEqual(['Page 2 of 2'])
    await pages.post(other, { page: '1', ...SECOND })
    expect(read(await pages.get(one)).title).toBe('Thank you')
    expect(new Set(pages.entries.map(({ id }) => id)).size).toBe(1)
  })

  test('two people have two', async () => {
    await answerAll(pages, await aLink(warehouse))
    await answerAll(pages, await aLink(warehouse, { who: 'ben' }))
    await pages.store()
    expect((await counted()).map(({ who }) => who)).toEqual([person('ada'), person('ben')].sort())
  })
})

describe('anonymous links', () => {
  const anonymous = { respondent: null, school: 'lincoln', grade: '05' }

  test('hold no person, language or time of day; each is one response', async () => {
    const [one, other] = [await aLink(warehouse, anonymous), await aLink(warehouse, anonymous)]
    expect(await answerAll(pages, `${one}`)).toEqual([303, 303])
    await answerAll(pages, other)
    await answerAll(pages, one)
    await pages.store()
    expect(await counted()).toHaveLength(2)
    for (const entry of pages.entries) {
      expect(entry).toMatchObject({ respondent: null, student: null, language: '', groups: {}, answeredAt: null })
      expect(entry).toMatchObject({ school: 'lincoln', grade: '05', day: '2026-03-05' })
      // The day, and which change it is.
      expect(entry.storedAt).toMatch(/^2026-03-05T00:00:00\.00[12]Z$/)
    }
    const states = await warehouse.query<{ person: string }>(
      'select lower(hex(person_id)) as person from {identity:Identifier}.survey_states',
    )
    expect(new Set(states.map(({ person }) => person))).toEqual(new Set(['0'.repeat(64)]))
  })

  test('no file of the log holds a person, the link or its hash; of who is asked by name it holds the pseudonym', async () => {
    const data = await mkdtemp(join(tmpdir(), 'homeroom-anonymous-'))
    const log = await openLog({ data, district: 'd1', kafka: null })
    await log.createTopics()
    await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': ['ada', 'ben'] }))
    const mine = await asking(warehouse, log)
    const path = await aLink(warehouse, anonymous)
    expect(await answerAll(mine, path)).toEqual([303, 303])
    const token = path.slice('/survey/'.length)
    expect(await filesWith(data, [person('ada'), person('ben'), token, hashOf(token), 'More trees'])).toEqual([])
    // What is looked for is found where it is.
    await answerAll(mine, await aLink(warehouse))
    expect(await filesWith(data, [person('ada')])).not.toEqual([])
    await mine.app.close()
    await log.close()
    await rm(data, { recursive: true, force: true })
  })

  test('a later page wins over an earlier one, though no time is kept', async () => {
    const path = await aLink(warehouse, anonymous)
    await pages.post(path, { page: '0', ...FIRST })
    await pages.post(path, { page: '0', ...FIRST, 'a.Q1': '2' })
    await pages.store()
    expect(await answers()).toContain('Q1 answered 2')
  })
})

describe('when', () => {
  test('before its window the page says when it opens; after it, that it is closed, and takes nothing', async () => {
    const path = await aLink(warehouse)
    pages.set('2026-03-01T20:00:00Z')
    const early = await pages.get(path)
    expect([early.statusCode, read(early).title]).toEqual([403, 'This survey is not open yet'])
    expect(early.body).toContain('March 2, 2026')
    expect((await pages.post(path, { page: '0', ...FIRST })).statusCode).toBe(403)
    // The last day in the district, and the next.
    pages.set('2026-03-14T03:59:00Z')
    expect((await pages.post(path, { page: '0', ...FIRST })).statusCode).toBe(303)
    pages.set('2026-03-14T04:01:00Z')
    const late = await pages.post(path, { page: '1', ...SECOND })
    expect([late.statusCode, read(late).title]).toEqual([410, 'This survey is closed'])
    expect(pages.entries).toHaveLength(1)
  })
})

describe('languages', () => {
  test('the page is in the one that is chosen, else the browser’s, and is marked so', async () => {
    const path = await aLink(warehouse)
    const spanish = await pages.get(path, { 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' })
    expect(read(spanish)).toMatchObject({ language: 'es', title: 'Cómo es la escuela' })
    const chosen = await pages.get(`${path}?lang=en`, { 'accept-language': 'es-MX' })
    expect(read(chosen)).toMatchObject({ language: 'en', title: 'How school feels' })
    expect(read(await pages.get(`${path}?lang=fr`)).language).toBe('en')
    expect(read(spanish).texts('.languages a')).toEqual(['English', 'español'])
  })

  test('what is answered in another language goes on in it, and the response says so', async () => {
    const path = await aLink(warehouse)
    const next = await pages.post(`${path}?lang=es`, { page: '0', ...FIRST })
    expect(next.headers.location).toBe(`${path}?lang=es&page=2`)
    expect(pages.entries[0]).toMatchObject({ language: 'es' })
    expect(read(await pages.get(`${path}?lang=es`)).texts('legend')[0]).toBe('Pregunta Q6')
  })
})

describe('what cannot be taken', () => {
  test('a link that is none', async () => {
    for (const token of ['x', 'A'.repeat(43), '%00', '..%2Fsign-in', `${'A'.repeat(43)}?lang=es`]) {
      for (const answer of [await pages.get(`/survey/${token}`), await pages.post(`/survey/${token}`, { page: '0' })])
        expect([token, answer.statusCode]).toEqual([token, 404])
    }
    expect(read(await pages.get(`/survey/x?lang=es`)).title).toBe('Este enlace no abre ninguna encuesta')
  })

  test('a value that the scale does not have: the page again, with what was right, and nothing is kept', async () => {
    const path = await aLink(warehouse)
    for (const wrong of ['5', '0', '-1', 'x', 'declined1', 'declined', '1e0', '01.0', '4 ; drop']) {
      const answer = await pages.post(path, { page: '0', ...FIRST, 'a.Q2': wrong })
      expect([wrong, answer.statusCode]).toEqual([wrong, 400])
      const page = read(answer)
      expect(page.texts('[role=alert] li')).toEqual([
        'Question Q2: This answer is not one of those below. Please choose again.',
      ])
      expect(page.chosen).toEqual(['a.Q1=4', 'a.Q3=declined0', 'a.Q4=2'])
    }
    const twice = await pages.app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'page=0&a.Q1=1&a.Q1=2',
    })
    expect(twice.statusCode).toBe(400)
    expect(pages.entries).toEqual([])
  })

  test('a page that the survey does not have, and a form that is none', async () => {
    const path = await aLink(warehouse)
    for (const form of [{}, { page: '2' }, { page: '-1' }, { page: 'x' }, { do: 'erase' }])
      expect([form, (await pages.post(path, form as Record<string, string>)).statusCode]).toEqual([form, 400])
    expect(pages.entries).toEqual([])
  })

  test('too much of it: one comment is refused in words, a body of a megabyte by its size', async () => {
    const path = await aLink(warehouse)
    const long = await pages.post(path, { page: '1', ...SECOND, 'a.F1': 'é'.repeat(4001) })
    expect(long.statusCode).toBe(400)
    expect(read(long).document.querySelector('textarea')?.textContent).toContain('é'.repeat(4001))
    const large = await pages.post(path, { page: '1', 'a.F1': 'x'.repeat(1_000_000) })
    expect([large.statusCode, read(large).title]).toEqual([413, 'This page was too large to send'])
    expect((await pages.post(path, { page: '1', ...SECOND, 'a.F1': 'é'.repeat(4000) })).statusCode).toBe(303)
  })

  test('a flood by one link is held up; other links go on', async () => {
    const [path, other] = [await aLink(warehouse), await aLink(warehouse, { who: 'ben' })]
    const statuses: number[] = []
    for (let i = 0; i < 62; i++) statuses.push((await pages.get(path)).statusCode)
    expect([statuses.indexOf(429), statuses.at(-1)]).toEqual([60, 429])
    const held = await pages.get(`${path}?lang=es`)
    expect([read(held).title, Number(held.headers['retry-after']) > 0]).toEqual(['Espera un momento, por favor', true])
    expect((await pages.get(other)).statusCode).toBe(200)
  })

  test('a page from another site', async () => {
    const path = await aLink(warehouse)
    const foreign = await pages.post(path, { page: '0', ...FIRST }, { 'sec-fetch-site': 'cross-site' })
    expect([foreign.statusCode, read(foreign).title]).toEqual([403, 'This page could not be sent'])
    expect(pages.entries).toEqual([])
  })

  test('while the log cannot keep it, it is not said to be kept; the same page again is', async () => {
    const path = await aLink(warehouse)
    pages.refuse(1)
    const failed = await pages.post(path, { page: '0', ...FIRST })
    expect([failed.statusCode, read(failed).title]).toEqual([503, 'This did not work'])
    expect((await pages.post(path, { page: '0', ...FIRST })).statusCode).toBe(303)
    expect(pages.entries).toHaveLength(1)
  })
})

test('no survey page sets a cookie, runs a script, names another site, or may be kept by a cache', async () => {
  const path = await aLink(warehouse)
  for (const answer of [
    await pages.get(path),
    await pages.post(path, { page: '0', ...FIRST }),
    await pages.get('/survey/x'),
  ]) {
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'/)
    expect(answer.body).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|https?:/i)
  }
})
