import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { knownAddress } from '../../dashboards/views/known-address.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addLive, addSchools, aFigure, publish } from '../dashboards/a-district.ts'
import { anApp, formToken, open, signedIn, type Browser } from '../dashboards/an-app.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

let warehouse: Warehouse
let app: FastifyInstance
let principal: Browser
let analyst: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'monroe', name: 'Monroe' },
  ])
  const figures = [aFigure(), ...['lincoln', 'monroe'].map(unit_id => aFigure({ unit_type: 'school', unit_id }))]
  await publish(warehouse, 1, figures)
  await addLive(warehouse, figures)
  app = (await anApp(warehouse)).app
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
})

const hidden = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? ''

describe('an address that can be saved', () => {
  test.each([
    ['/district', '/district'],
    ['/district?week=2026-W10&indicator=pace', '/district?week=2026-W10&indicator=pace'],
    ['/schools/lincoln/report?week=2026-W10', '/schools/lincoln/report?week=2026-W10'],
    ['/schools/a%2Fb', '/schools/a%2Fb'],
    ['/explore?indicator=active_days&unit=district', '/explore?indicator=active_days&unit=district'],
  ])('is %s', (typed, kept) => expect(knownAddress(typed)).toBe(kept))

  test.each([
    '//evil.example/district',
    '/\\evil.example/district',
    'https://evil.example/district',
    'javascript:alert(1)',
    '/district\n',
    '/district#x',
    '/sign-out',
    '/students/aaaa',
    '/schools/../audit',
    '/schools/%2e%2e/audit',
    '/.//evil.example/district',
    `/district?x=${'x'.repeat(2000)}`,
    '',
  ])('is not %j', typed => expect(knownAddress(typed)).toBeNull())

  test('never leads elsewhere, whatever is typed', () => {
    const part = fc.constantFrom(
      '/',
      '//',
      '\\',
      '.',
      '..',
      '@',
      ':',
      '?',
      '#',
      '%2f',
      'district',
      'schools',
      'x',
      'http',
      '\t',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), parts => {
        const known = knownAddress(`/${parts.join('')}`)
        if (known === null) return
        const url = new URL(known, 'https://homeroom.example')
        expect([url.origin, url.pathname + url.search]).toEqual(['https://homeroom.example', known])
        expect(knownAddress(known)).toBe(known)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})

test('a view is saved from its page under a name, once for one form, and stands in the own list alone', async () => {
  const page = await open(principal, '/schools/lincoln?week=2026-W10')
  const form = page.document.querySelector('.save-view form')!.outerHTML
  expect(hidden(form, 'address')).toBe('/schools/lincoln?week=2026-W10')
  const sent = {
    _csrf: formToken(form),
    number: hidden(form, 'number'),
    address: hidden(form, 'address'),
    name: ' Our  March ',
  }
  for (let i = 0; i < 2; i++) expect((await principal.post('/views', sent)).headers.location).toBe('/views?saved=1')
  const list = await open(principal, '/views')
  expect(list.text('.kept-list li p')).toBe('Our March /schools/lincoln?week=2026-W10')
  expect(list.document.querySelectorAll('.kept-list li').length).toBe(1)
  expect(list.document.querySelector('.kept-list a')!.getAttribute('href')).toBe('/schools/lincoln?week=2026-W10')
  expect((await open(analyst, '/views')).text('main')).toContain('There are none yet')
})

test('the district and the explorer can be saved too', async () => {
  for (const path of ['/district?week=2026-W10', '/explore?indicator=active_days&unit=district'])
    expect(hidden((await open(analyst, path)).document.querySelector('.save-view')!.outerHTML, 'address').replaceAll('&#38;', '&')).toContain(path) // prettier-ignore
})

test('what is no page of ours, or has no name, is not saved', async () => {
  const csrf = formToken((await open(principal, '/views')).body)
  const number = '00000000-0000-4000-8000-000000000001'
  const sent = { _csrf: csrf, number, address: '/district', name: 'x' }
  for (const wrong of [
    { address: '//evil.example' },
    { address: '/sign-out' },
    { name: ' ' },
    { name: 'x'.repeat(81) },
    { number: '1' },
  ])
    expect([wrong, (await principal.post('/views', { ...sent, ...wrong })).statusCode]).toEqual([wrong, 400])
})

test('opening a view asks anew what the reader may see', async () => {
  const csrf = formToken((await open(principal, '/views')).body)
  const number = '00000000-0000-4000-8000-000000000002'
  await principal.post('/views', { _csrf: csrf, number, address: '/schools/monroe', name: 'Not mine' })
  expect((await open(principal, '/schools/monroe', 403)).body).not.toContain('Monroe')
})

test('a view is deleted by its owner only', async () => {
  const list = await open(principal, '/views')
  const view = hidden(list.body, 'view')
  const by = async (who: Browser) => (await who.post('/views/delete', { _csrf: formToken((await who.get('/views')).body), view })).statusCode // prettier-ignore
  expect(await by(analyst)).toBe(404)
  expect(await by(principal)).toBe(303)
  expect((await open(principal, '/views')).body).not.toContain(view)
  expect(await by(principal)).toBe(404)
})
