import { chromium, type Browser, type Page } from 'playwright-core'
import { findChromium } from '../../infra/chromium.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The Chromium or Chrome that HOMEROOM_TEST_BROWSER or a usual place names; null where there is none. */
export const installedBrowser = (): string | null => findChromium(process.env.HOMEROOM_TEST_BROWSER)

/** Whether browser tests run; on a machine without a browser they are left out, except in CI, where that is a failure. */
export function browserIsThere(): boolean {
  if (installedBrowser() !== null) return true
  if (process.env.CI === 'true') {
    throw new Error(
      'no Chromium or Chrome is installed; in CI the browser tests must run. Install chromium, or set HOMEROOM_TEST_BROWSER',
    )
  }
  return false
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = installedBrowser()
  if (executablePath === null) throw new Error('no Chromium or Chrome is installed')
  return await chromium.launch({ executablePath, args: FLAGS })
}

/**
 * Signs in by the link. Resolves when the page after it has come: a page that is closed while it goes there may never
 * close, and a cookie that is read before is not there yet.
 */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link)
  const arrived = page.waitForURL(url => !url.pathname.startsWith('/sign-in'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await arrived
}
