import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { surveyKey } from '../../schemas/survey.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { touchStages } from '../../processors/touched-stages.ts'
import { aLink, FIRST, IN_TIME, instrumentEntry, PULSE, SECOND } from '../ask/asking.ts'
import { aLog, anApp } from '../dashboards/an-app.ts'
import { browserIsThere, startBrowser } from '../helpers/browser.ts'
import { aSchool, enrol, ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const PHONE = { width: 390, height: 844 }
const OTHERS = ['ben', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'joe', 'kim']

let warehouse: Warehouse
let log: EventLog
let app: FastifyInstance
let processor: Processor
let browser: Browser
let origin: string
let now = IN_TIME

describe.skipIf(!browserIsThere())('asked in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': ['ada', ...OTHERS] }))
    log = await aLog()
    const entries = [instrumentEntry(), instrumentEntry(PULSE)]
    await log.append(
      'surveys',
      entries.map(entry => ({ key: surveyKey(entry), value: JSON.stringify(entry) })),
    )
    app = (await anApp(warehouse, () => now, { log })).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
    processor = await startProcessor({
      log,
      warehouse,
      config: { timeZone: ZONE, district: 'd1' },
      onError: error => console.error(error),
      clock: () => now,
    })
    await until(async () => (await count('survey_instruments final')) === 2, 'both instruments are stored')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await processor?.stop()
    await app?.close()
  })

  const count = async (of: string): Promise<number> => {
    const [found] = await warehouse.query<{ rows: number }>(`select toFloat64(count()) as rows from ${of}`)
    return found!.rows
  }
  const responses = (): Promise<number> =>
    count("survey_responses_counted where counts and instrument = 'climate-student'")

  async function visit(
    path: string,
    options: { viewport?: typeof PHONE; colorScheme?: 'light' | 'dark'; locale?: string } = {},
  ): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ viewport: PHONE, locale: 'en-US', ...options })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', message => {
      // What the page itself is refused with is no fault of it.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(message.text())
    })
    await page.goto(origin + path)
    return { page, faults }
  }

  test('a survey answered on a phone counts within seconds, and has no figures until its window closes', async () => {
    for (const who of OTHERS) {
      const path = await aLink(warehouse, { who })
      for (const [at, form] of [FIRST, SECOND].entries()) {
        const payload = new URLSearchParams({ page: String(at), ...form }).toString()
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        expect((await app.inject({ method: 'POST', url: path, headers, payload })).statusCode).toBe(303)
      }
    }
    const { page, faults } = await visit(await aLink(warehouse))
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width)
    for (const question of await page.locator('fieldset').all()) await question.getByText('Always').click()
    await page.getByRole('button', { name: 'Save and continue' }).click()
    await page.getByText('Page 2 of 2').waitFor()
    for (const question of await page.locator('fieldset').all()) await question.locator('.choice').first().click()
    await page.getByLabel('Question F1').fill('More trees')
    const began = performance.now()
    await page.getByRole('button', { name: 'Send my answers' }).click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    await until(async () => (await responses()) === 11, 'eleven responses are counted', 20_000, 100)
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(await page.context().cookies()).toEqual([])
    expect(faults).toEqual([])
    await page.context().close()
    await until(
      async () => (await count("touched_stages final where done = 0 and stage = 'climate'")) === 0,
      'the stage has run',
      60_000,
      100,
    )
    expect(await count("indicators final where period = '2026-spring'")).toBe(0)
    now = new Date('2026-03-14T12:00:00Z')
    await touchStages(warehouse, ['climate'], ['2026-03-09'])
    const shown =
      "indicators final where period = '2026-spring' and indicator = 'item_favourable' and status = 'ok' and n = 11 and unit_type = 'school'"
    await until(async () => (await count(shown)) > 0, 'the closed window has figures', 60_000, 100)
    now = IN_TIME
  }, 180_000)

  test('what is left in the middle goes on by keyboard alone, on another device and in another language', async () => {
    const path = await aLink(warehouse, { who: 'lou' })
    const { page } = await visit(path)
    await page.locator('input[name="a.Q1"]').first().focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('input[name="a.Q1"][value="2"]').isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Save and continue' }).press('Enter')
    await page.getByText('Page 2 of 2').waitFor()
    await page.context().close()
    const again = await visit(path, { locale: 'es-MX' })
    expect(await again.page.locator('html').getAttribute('lang')).toBe('es')
    expect(await again.page.locator('.progress').innerText()).toContain('Página 2 de 2')
    await again.page.getByRole('link', { name: 'Volver a la página anterior' }).click()
    expect(await again.page.locator('input[name="a.Q1"][value="2"]').isChecked()).toBe(true)
    await again.page.getByRole('link', { name: 'English' }).click()
    expect(await again.page.locator('legend').first().innerText()).toBe('Question Q1')
    await again.page.context().close()
  })

  test('every answer is large enough for a thumb', async () => {
    const { page } = await visit(await aLink(warehouse, { who: 'mia' }))
    const heights = await page
      .locator('.choice')
      .evaluateAll(all => all.map(one => (one as unknown as { offsetHeight: number }).offsetHeight))
    expect(heights).toHaveLength(25)
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
    await page.context().close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing on any survey page, ${colorScheme}`, async () => {
      const who = `axe-${colorScheme}`
      const path = await aLink(warehouse, { who })
      const pulse = await aLink(warehouse, { who, instrument: 'pulse-student', window: '' })
      const { page, faults } = await visit(path, { colorScheme })
      const passes = async (what: string): Promise<void> => expect([what, await violations(page)]).toEqual([what, []])
      await passes('questions')
      await page
        .locator('input[name="a.Q1"]')
        .first()
        .evaluate(one => one.setAttribute('value', '9'))
      await page.locator('input[name="a.Q1"]').first().check()
      await page.getByRole('button', { name: 'Save and continue' }).click()
      await page.getByRole('alert').waitFor()
      await passes('questions to correct')
      await page.goto(`${origin}${path}?lang=es`)
      await passes('in Spanish')
      await page.getByRole('button', { name: 'Guardar y continuar' }).click()
      await passes('the last page, with free text')
      await page.getByRole('button', { name: 'Enviar mis respuestas' }).click()
      await page.getByRole('heading', { name: 'Gracias' }).waitFor()
      await passes('thanks')
      await page.goto(origin + pulse)
      await passes('agreement')
      await page.getByRole('button', { name: 'Yes, I take part' }).click()
      await passes('pulse')
      await page.getByRole('button', { name: 'Stop taking part' }).click()
      await passes('withdrawn')
      await page.goto(`${origin}/survey/x`)
      await passes('unknown')
      for (const [at, what] of [
        ['2026-02-01T12:00:00Z', 'early'],
        ['2026-04-01T12:00:00Z', 'over'],
      ] as const) {
        now = new Date(at)
        await page.goto(origin + path)
        await passes(what)
      }
      now = IN_TIME
      expect(faults).toEqual([])
      await page.context().close()
    })
  }
})
