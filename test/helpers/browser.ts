import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The installed Chromium or Chrome that HOMEROOM_TEST_BROWSER or a usual place names; undefined where there is none. */
export function installedBrowser(): string | undefined {
  const named = process.env.HOMEROOM_TEST_BROWSER
  if (named === undefined) return PATHS.find(path => existsSync(path))
  if (existsSync(named)) return named
  throw new Error(`HOMEROOM_TEST_BROWSER is ${named}; expected the path of an installed Chromium or Chrome`)
}

/** Whether browser tests run; on a machine without a browser they are left out, except in CI, where that is a failure. */
export function browserIsThere(): boolean {
  if (installedBrowser() !== undefined) return true
  if (process.env.CI === 'true') {
    throw new Error(
      'no Chromium or Chrome is installed; in CI the browser tests must run. Install chromium, or set HOMEROOM_TEST_BROWSER',
    )
  }
  return false
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = installedBrowser()
  if (executablePath === undefined) throw new Error('no Chromium or Chrome is installed')
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
