import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { HomeroomError } from './errors.ts'

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
/** A page of ours takes one to two seconds; a browser that hangs holds up all the others. */
const LONGEST_MS = 60_000

const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // The file needs nothing from anywhere, and what is in it goes nowhere.
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--no-pdf-header-footer',
  '--generate-pdf-document-outline',
  // On by default since Chrome 108.
  '--export-tagged-pdf',
]

/**
 * An installed Chromium or Chrome.
 * @param named by the operator; default: the usual places
 * @returns null where there is none in the usual places
 * @throws HomeroomError ARGUMENT_INVALID if nothing is at the named place
 */
export function findChromium(named?: string): string | null {
  if (named === undefined) return PATHS.find(path => existsSync(path)) ?? null
  if (existsSync(named)) return named
  throw new HomeroomError(
    'ARGUMENT_INVALID',
    `--chromium is ${named}, expected the path of an installed Chromium or Chrome. Nothing was written`,
  )
}

/**
 * Print an HTML file as a tagged PDF with outline, title and language, by the installed browser alone.
 * @param to replaced if it exists
 * @throws HomeroomError PDF_FAILED
 */
export async function printToPdf(chromium: string, from: string, to: string): Promise<void> {
  // A profile of its own: a browser that is open on this machine would take the work and print nothing.
  const profile = await mkdtemp(join(tmpdir(), 'homeroom-print-'))
  // Chromium's sandbox cannot be had as root; what is printed is our own file, which runs nothing.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const args = [...FLAGS, ...asRoot, `--user-data-dir=${profile}`, `--print-to-pdf=${to}`, pathToFileURL(from).href]
  try {
    await promisify(execFile)(chromium, args, { timeout: LONGEST_MS, killSignal: 'SIGKILL' })
    await checked(to)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new HomeroomError('PDF_FAILED', `${chromium} did not print ${from}: ${reason}`, { cause })
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Chromium ends well also where it could not write. */
async function checked(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 0)
    if (buffer.toString('latin1', 0, bytesRead) !== '%PDF-') throw new Error('what it wrote is no PDF')
  } finally {
    await file.close()
  }
}
