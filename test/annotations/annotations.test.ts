import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { localTime } from '../../processors/local-time.ts'
import { storeActions } from '../../processors/store-actions.ts'
import { ActionEntry } from '../../schemas/action.ts'
import { addLive, addSchools, addStudents, aFigure, publish } from '../dashboards/a-district.ts'
import { anApp, formToken, open, signedIn, type Browser } from '../dashboards/an-app.ts'
import { auditOf, type Told } from '../dashboards/told.ts'
import { logWith } from '../helpers/log-with.ts'
import { ZONE } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const NOW = new Date('2026-03-20T15:00:00Z')
const WEEKS = ['2026-02-09', '2026-02-16', '2026-02-23', '2026-03-02']
const SCHOOL = '/schools/lincoln/annotations'
const DISTRICT = '/district/annotations'

let warehouse: Warehouse
let app: FastifyInstance
let told: Told
let analyst: Browser
let principal: Browser
let adviser: Browser
let now = (): Date => new Date()
const actions: ActionEntry[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  told = await auditOf()
  const log = logWith(told.log, {
    append: async (topic, entries) => {
      await told.log.append(topic, entries)
      if (topic !== 'actions') return
      const said = entries.map(({ value }) => ActionEntry.parse(JSON.parse(value!)))
      actions.push(...said)
      await storeActions(warehouse, said, localTime(ZONE))
    },
  })
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'monroe', name: 'Monroe' },
  ])
  await addStudents(warehouse, [{ id: 'a'.repeat(64), given: 'Ana María', family: 'Núñez-Alder', classes: ['hr-1'] }], { school: 'lincoln' }) // prettier-ignore
  const units = [{ unit_type: 'district', unit_id: 'd1' }, ...['lincoln', 'monroe'].map(unit_id => ({ unit_type: 'school', unit_id }))] // prettier-ignore
  const figures = units.flatMap(unit => WEEKS.map(week => aFigure({ ...unit, week })))
  await publish(warehouse, 1, figures)
  await addLive(warehouse, figures)
  app = (await anApp(warehouse, () => now(), { log })).app
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: { schools: ['lincoln'] } })
  now = () => NOW
})

const hidden = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? ''

async function write(who: Browser, path: string, note: Record<string, string>) {
  const { body } = await who.get(path)
  return who.post(path, { _csrf: formToken(body), number: hidden(body, 'number'), ...note })
}

/** What was written is read a moment later. */
const read = async (who: Browser, path: string, is: (page: Awaited<ReturnType<typeof open>>) => boolean) => {
  for (let tries = 0; ; tries++) {
    const page = await open(who, path)
    if (is(page) || tries === 100) return page
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

describe('a note', () => {
  test('of a principal is numbered on each weekly chart and told in a list under them, to whoever sees the school', async () => {
    const answer = await write(principal, SCHOOL, { text: ' New   timetable ', from: '2026-02-18', to: '' })
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `${SCHOOL}?kept=${actions[0]!.id}`])
    expect(actions[0]).toMatchObject({ type: 'annotation', text: 'New timetable', from: '2026-02-18', to: '2026-02-18', author: { account: 'pr' } }) // prettier-ignore
    for (const who of [analyst, adviser]) {
      const page = await read(who, '/schools/lincoln', ({ text }) => text('.notes li') !== '')
      expect(page.text('.notes li')).toBe('18 February 2026: New timetable')
      expect(page.text('.chart .note.number')).toBe('1')
      expect(page.document.querySelector('.chart')!.getAttribute('aria-label')).toContain('Marked: 1, New timetable.')
    }
    expect((await open(analyst, '/district')).document.querySelectorAll('.chart .note').length).toBe(0)
  })

  test('of the district stands on its schools’ charts too, and says so', async () => {
    expect((await write(analyst, DISTRICT, { text: 'Snow', from: '2026-02-23', to: '2026-03-04' })).statusCode).toBe(
      303,
    )
    const page = await read(principal, '/schools/lincoln', ({ text }) => text('.notes').includes('Snow'))
    expect(page.text('.notes ol')).toBe(
      '18 February 2026: New timetable23 February to 4 March 2026: Snow (the whole district)',
    )
    expect((await open(analyst, '/district')).text('.notes ol')).toBe('23 February to 4 March 2026: Snow')
    expect(page.document.querySelectorAll('.chart .note.span rect').length).toBeGreaterThan(0)
  })

  test('stands on the explorer’s pictures of its place, and on the picture that is taken along', async () => {
    const address = '?unit=district&unit=school:lincoln&unit=school:monroe&indicator=active_days'
    const page = await open(analyst, `/explore${address}`)
    expect(page.text('.explorer .notes ol')).toBe(
      '18 February 2026: New timetable (Lincoln)23 February to 4 March 2026: Snow (the whole district)',
    )
    const labels = [...page.document.querySelectorAll('.explored .chart')].map(one => one.getAttribute('aria-label'))
    expect(labels.map(label => /Marked: .*/.exec(label!)?.[0])).toEqual([
      'Marked: 2, Snow (the whole district).',
      'Marked: 1, New timetable (Lincoln); 2, Snow (the whole district).',
      'Marked: 2, Snow (the whole district).',
    ])
    const { body } = await analyst.get(`/api/explore.svg${address}`)
    expect(body).toContain('>(1) 18 February 2026: New timetable (Lincoln)<')
    expect(body.match(/note number/g)).toHaveLength(3)
  })

  test('stands on the weekly charts of the school’s report, in its language', async () => {
    const report = await open(principal, '/schools/lincoln/report?lang=es')
    expect(report.text('.report-figures .notes')).toBe(
      'Notas en los gráficos semanales 18 de febrero de 2026: New timetable23 de febrero de 2026 – 4 de marzo de 2026: Snow (todo el distrito)',
    )
    expect(report.document.querySelector('#figure-engagement')!.parentElement!.parentElement!.querySelector('.chart')!.getAttribute('aria-label')).toContain('Marcado: 1, New timetable') // prettier-ignore
  })

  test('is told to the audit by its unit, without its text', () => {
    const lines = told.all().filter(({ action }) => action === 'changed')
    expect(lines.map(({ account, units, detail }) => [account, units, detail])).toEqual([
      ['pr', ['school:lincoln'], 'wrote a note on the charts'],
      ['an', ['district:'], 'wrote a note on the charts'],
    ])
  })

  test('written twice by one form is one note', async () => {
    const { body } = await principal.get(SCHOOL)
    const form = { _csrf: formToken(body), number: hidden(body, 'number'), text: 'Twice', from: '2025-11-03', to: '' }
    await principal.post(SCHOOL, form)
    await principal.post(SCHOOL, form)
    const page = await read(principal, SCHOOL, ({ text }) => text('.kept-list').includes('Twice'))
    expect(page.text('.kept-list').match(/Twice/g)).toHaveLength(1)
  })

  test('outside the weeks of a chart is not on it', async () => {
    expect((await open(principal, '/schools/lincoln')).text('.notes')).not.toContain('Twice')
  })
})

describe('refused', () => {
  const good = { text: 'A good note', from: '2026-02-18', to: '' }
  test.each([
    ['an adviser', () => adviser, SCHOOL],
    ['a principal for the district', () => principal, DISTRICT],
    ['a principal for another school', () => principal, '/schools/monroe/annotations'],
  ])('is %s', async (_who, who, path) => {
    const before = actions.length
    const csrf = formToken((await who().get('/catalogue')).body)
    const answer = await who().post(path, { _csrf: csrf, number: '00000000-0000-4000-8000-000000000000', ...good })
    expect([answer.statusCode, actions.length]).toEqual([403, before])
    expect((await who().get(path)).body).not.toContain('name="number"')
  })

  test.each([
    [{ ...good, text: ' ' }, 'say in a few words'],
    [{ ...good, text: 'x'.repeat(201) }, 'at most 200 characters'],
    [{ ...good, from: '2026-02-30' }, 'a day of the last ten years'],
    [{ ...good, to: '2026-02-17' }, 'the same day or a later one'],
    [{ ...good, text: 'We miss ana maría NÚÑEZ ALDER' }, 'full name of a student'],
    [{ ...good, text: 'Núñez-Alder, Ana was ill' }, 'full name of a student'],
  ])('is %j, and the form says why and keeps what was typed', async (note, why) => {
    const before = actions.length
    const answer = await write(principal, SCHOOL, note)
    expect([answer.statusCode, actions.length]).toEqual([400, before])
    expect(answer.body).toContain(why)
  })

  test('is no name that only looks like it', async () => {
    expect((await write(principal, SCHOOL, { ...good, text: 'The Alder house opens, by Ana' })).statusCode).toBe(303)
  })
})

describe('taking back', () => {
  test('is for whoever may write there, and leaves nothing on any page', async () => {
    const id = actions[0]!.id
    const page = await read(analyst, SCHOOL, ({ body }) => body.includes(id))
    const form = { _csrf: formToken(page.body), annotation: id }
    expect((await adviser.post(`${SCHOOL}/take-back`, { ...form, _csrf: formToken((await adviser.get(SCHOOL)).body) })).statusCode).toBe(403) // prettier-ignore
    expect((await analyst.post(`${SCHOOL}/take-back`, form)).statusCode).toBe(303)
    const after = await read(principal, SCHOOL, ({ body }) => !body.includes(id))
    expect(after.text('main')).not.toContain('New timetable')
  })

  test('comes out the same whichever entry is stored first, and however often', async () => {
    const stored = () => warehouse.query('select * except (stored_at) from annotations final order by annotation_id')
    const before = await stored()
    expect(before.length).toBeGreaterThan(2)
    await warehouse.command('truncate table annotations')
    const backwards = actions.toReversed()
    await storeActions(warehouse, backwards.slice(0, 3), localTime(ZONE))
    await storeActions(warehouse, backwards, localTime(ZONE))
    await storeActions(warehouse, actions, localTime(ZONE))
    expect(await stored()).toEqual(before)
  })

  test('of a note that is not there is refused', async () => {
    const form = { _csrf: formToken((await principal.get(SCHOOL)).body), annotation: actions[0]!.id }
    expect((await principal.post(`${SCHOOL}/take-back`, form)).statusCode).toBe(404)
  })
})
