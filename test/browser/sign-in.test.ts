import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addSchools, aFigure, publish } from '../dashboards/a-district.ts'
import { anApp } from '../dashboards/an-app.ts'
import { auditOf, type Told } from '../dashboards/told.ts'
import { anIdentityProvider, CLIENT, type IdentityProvider } from '../helpers/an-identity-provider.ts'
import { browserIsThere, startBrowser } from '../helpers/browser.ts'
import { freePort } from '../helpers/kafka-broker.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

let provider: IdentityProvider
let warehouse: Warehouse
let app: FastifyInstance
let browser: Browser
let told: Told
let origin: string

type Visitor = { context: BrowserContext; page: Page; faults: string[] }

/** A browser of its own; `faults`: errors and refusals on pages of ours. */
async function visitor(): Promise<Visitor> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', message => {
    const isAnswer = /status of 4\d\d/.test(message.text())
    if (message.type() === 'error' && !isAnswer && page.url().startsWith(origin)) faults.push(message.text())
  })
  page.on('pageerror', error => faults.push(error.message))
  return { context, page, faults }
}

/** What a person does: the login form and the consent of the provider, then back. */
async function logIn(page: Page, name: string): Promise<void> {
  await page.waitForURL(url => url.origin === provider.issuer)
  await page.locator('input[name=login]').fill(name)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  const consent = page.getByRole('button', { name: 'Continue' })
  await consent.or(page.locator('main#content')).first().waitFor()
  if (await consent.isVisible()) await consent.click()
  await page.waitForURL(url => url.origin === origin)
}

describe.skipIf(!browserIsThere())('signing in through a real provider, in a browser', () => {
  beforeAll(async () => {
    const port = await freePort()
    // The provider is localhost, Homeroom 127.0.0.1: to a browser these are two sites.
    origin = `http://127.0.0.1:${port}`
    provider = await anIdentityProvider([origin], {
      ann: { name: 'Ann Analyst', roles: ['hr-analyst'] },
      bob: { name: 'Bob', roles: ['bus-driver'] },
    })
    warehouse = await freshWarehouse()
    await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln' }])
    await publish(warehouse, 1, [aFigure(), aFigure({ unit_type: 'school', unit_id: 'lincoln' })])
    told = await auditOf()
    const roles = { claim: 'roles', values: { 'hr-analyst': 'analyst' } }
    const setting = { ...CLIENT, issuer: provider.issuer, publicUrl: origin, name: 'the school account', roles }
    const signIn = {
      settings: readSignIn(JSON.stringify(setting))!,
      pseudonym: (_field: string, value: string) => value,
    }
    app = (await anApp(warehouse, () => new Date(), { signIn, log: told.log })).app
    await app.listen({ host: '127.0.0.1', port })
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await provider?.stop()
  })

  test('from a page that somebody sent, to the provider, and back to that page', async () => {
    const { context, page, faults } = await visitor()
    await page.goto(`${origin}/district?week=2026-W10`)
    expect(await page.locator('h1').textContent()).toBe('You are not signed in')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Sign in with the school account' }).click()
    await logIn(page, 'ann')
    expect(page.url()).toBe(`${origin}/district?week=2026-W10`)
    expect(await page.locator('h1').textContent()).toBe('The district')
    expect(await page.locator('.who').textContent()).toContain('Ann Analyst')
    expect(told.last()).toMatchObject({ action: 'signed-in', role: 'analyst' })
    const cookie = (await context.cookies(origin)).find(({ name }) => name === 'homeroom_session')
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect(faults).toEqual([])
    await context.close()
  })

  test('who follows an address from another site is still signed in', async () => {
    const { context, page } = await visitor()
    await page.goto(`${origin}/sign-in`)
    await logIn(page, 'ann')
    await page.goto(`${provider.issuer}/.well-known/openid-configuration`)
    await page.evaluate(`location.href = '${origin}/district'`)
    await page.waitForURL(`${origin}/district`)
    expect(await page.locator('h1').textContent()).toBe('The district')
    await context.close()
  })

  test('signing out of both: the page leads to the provider, and the next sign-in asks again', async () => {
    const { context, page, faults } = await visitor()
    await page.goto(`${origin}/sign-in`)
    await logIn(page, 'ann')
    await page.getByRole('button', { name: 'Sign out' }).click()
    expect(await page.locator('h1').textContent()).toBe('You are signed out of Homeroom')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Sign out of the school account' }).click()
    await page.getByRole('button', { name: /yes/i }).click()
    await page.waitForURL(`${origin}/`)
    expect(await page.locator('h1').textContent()).toBe('You are not signed in')
    await page.goto(`${origin}/sign-in`)
    expect(await page.locator('input[name=login]').isVisible()).toBe(true)
    expect(faults).toEqual([])
    await context.close()
  })

  test('who has no role here is told so, in words, and may try again', async () => {
    const { context, page, faults } = await visitor()
    await page.goto(`${origin}/sign-in`)
    await logIn(page, 'bob')
    expect(await page.locator('h1').textContent()).toBe('You could not be signed in')
    expect(await page.locator('main').textContent()).toContain('gives you no role that Homeroom knows')
    expect(await page.getByRole('link', { name: 'Sign in with the school account' }).isVisible()).toBe(true)
    expect(await violations(page)).toEqual([])
    expect(faults).toEqual([])
    await context.close()
  })

  test('while the provider is away a page says so', async () => {
    const { context, page } = await visitor()
    const { app: fresh } = await anAppThatNeverAskedIt()
    await provider.stop()
    try {
      await page.goto(`${await fresh.listen({ host: '127.0.0.1', port: 0 })}/sign-in`)
      expect(await page.locator('h1').textContent()).toBe('Signing in is not possible at the moment')
      expect(await violations(page)).toEqual([])
    } finally {
      await provider.start()
      await fresh.close()
      await context.close()
    }
  })
})

async function anAppThatNeverAskedIt() {
  const roles = { claim: 'roles', values: {} }
  const settings = readSignIn(JSON.stringify({ ...CLIENT, issuer: provider.issuer, publicUrl: origin, roles }))!
  const signIn = { settings, pseudonym: (_field: string, value: string) => value }
  return await anApp(warehouse, () => new Date(), { signIn, log: told.log })
}
