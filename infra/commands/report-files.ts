import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Annotations } from '../../dashboards/annotations/annotations.ts'
import { Figures, type School } from '../../dashboards/figures/figures.ts'
import type { Language } from '../../dashboards/language.ts'
import { reportDocument, type Paper } from '../../dashboards/report/document.ts'
import { reportFacts, type Asking } from '../../dashboards/report/facts.ts'
import { report } from '../../dashboards/report/report.ts'
import { saidIn } from '../../dashboards/report/said.ts'
import { periodOf } from '../../dashboards/weeks.ts'
import { tellAudit } from '../audit.ts'
import { printToPdf } from '../chromium.ts'
import { HomeroomError } from '../errors.ts'
import type { Runtime } from './runtime.ts'

/** Browsers that print at the same time; each takes a core for a second. */
const AT_ONCE = 2
/** Live figures: for who asked for them. */
const PRIVATE = 0o600

export type Reports = {
  /** sourcedIds; empty: every school. */
  schools: readonly string[]
  /** Folder, absolute. */
  out: string
  language: Language
  /** ISO week; '': the one that pages open on. */
  week: string
  /** What the school's principal sees, or what others see of it. */
  edition: 'live' | 'published'
  paper: Paper
  /** null: HTML only. */
  chromium: string | null
  /** Who runs it, for the audit. */
  account: string
  onProgress?: (done: number, all: number, school: string) => void
}

/** Names of files that were written and of those that had not changed; schools of which nothing is known, or that failed. */
export type ReportsResult = {
  written: string[]
  unchanged: string[]
  nothing: string[]
  failed: { school: string; error: unknown }[]
}

/**
 * One HTML file a school, and a PDF of it. Each appears whole or not at all; the HTML last, so that one that is there and
 * has not changed has its PDF too, and repeating costs little.
 * @throws HomeroomError ARGUMENT_INVALID for a school that there is not, or a folder that cannot be made;
 *   QUERY_INVALID for no ISO week; LOG_UNAVAILABLE if the audit cannot be told
 */
export async function writeReports(
  runtime: Pick<Runtime, 'warehouse' | 'log' | 'config'>,
  reports: Reports,
): Promise<ReportsResult> {
  const figures = new Figures(runtime.warehouse)
  const all = await figures.schools()
  const asked = chosen(all, reports.schools)
  await folder(reports.out)
  const { warehouse, config } = runtime
  const asking: Asking = {
    figures,
    // Notes are for who may open the school's page.
    annotations: reports.edition === 'live' ? new Annotations(warehouse) : null,
    warehouse,
    schools: all,
    query: { week: reports.week },
    timeZone: config.timeZone,
  }
  const result: ReportsResult = { written: [], unchanged: [], nothing: [], failed: [] }
  const work = asked.values()
  let done = 0
  const worker = async (): Promise<void> => {
    for (const school of work) {
      await one({ runtime, asking, reports, school, result })
      reports.onProgress?.(++done, asked.length, school.name)
    }
  }
  // Both have ended before anything that they work with is closed.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
  for (const { reason } of ended.filter(end => end.status === 'rejected')) throw reason
  return result
}

type One = {
  runtime: Pick<Runtime, 'log' | 'config'>
  asking: Asking
  reports: Reports
  school: School
  result: ReportsResult
}

async function one({ runtime, asking, reports, school, result }: One): Promise<void> {
  const { language, edition, paper, chromium } = reports
  const facts = await reportFacts(asking, school, edition)
  if (facts === null) {
    result.nothing.push(school.id)
    return
  }
  const text = reportDocument({
    title: saidIn(language).words.title(school.name),
    body: report({ facts, language, timeZone: runtime.config.timeZone }),
    language,
    paper,
  })
  const name = fileName(school, facts.week === null ? '' : periodOf(facts.week), reports)
  const file = (kind: 'html' | 'pdf'): string => join(reports.out, `${name}.${kind}`)
  const isSame = (await readIfThere(file('html'))) === text
  if (isSame && (chromium === null || (await isThere(file('pdf'))))) {
    result.unchanged.push(`${name}.html`)
    return
  }
  // Told first, shown second: no file is there of which no line tells.
  if (edition === 'live') await tellOf(runtime, reports.account, school, name)
  // Its numbers would be others than those of the new HTML.
  await rm(file('pdf'), { force: true })
  if (chromium !== null) {
    try {
      await print(chromium, text, file('pdf'))
      result.written.push(`${name}.pdf`)
    } catch (error) {
      result.failed.push({ school: school.id, error })
    }
  }
  await inOnePiece(file('html'), part => writeFile(part, text, { mode: PRIVATE }))
  result.written.push(`${name}.html`)
}

/** From a file in the same folder: a browser that is installed as a snap sees no other's temporary files. */
async function print(chromium: string, text: string, file: string): Promise<void> {
  const source = `${file}.part.html`
  try {
    await writeFile(source, text, { mode: PRIVATE })
    await inOnePiece(file, async part => {
      await printToPdf(chromium, source, part)
      await chmod(part, PRIVATE)
    })
  } finally {
    await rm(source, { force: true })
  }
}

async function inOnePiece(file: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${file}.part`
  try {
    await write(part)
    await rename(part, file)
  } finally {
    await rm(part, { force: true })
  }
}

async function tellOf({ log }: Pick<Runtime, 'log'>, account: string, school: School, name: string): Promise<void> {
  const line = {
    account,
    role: 'operator',
    action: 'saw' as const,
    route: 'homeroom report',
    units: [`school:${school.id}`],
    detail: `written as ${name}`.slice(0, 2048),
  }
  await tellAudit(log, line, new Date())
}

function chosen(all: readonly School[], asked: readonly string[]): readonly School[] {
  const unknown = asked.filter(id => !all.some(school => school.id === id))
  if (unknown.length > 0) {
    const known = all.slice(0, 5).map(({ id }) => id)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `the roster has no school ${unknown.join(', ')}; expected sourcedIds such as ${known.join(', ')}. Nothing was written`,
    )
  }
  return asked.length === 0 ? all : all.filter(({ id }) => asked.includes(id))
}

async function folder(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HomeroomError('ARGUMENT_INVALID', `--out is ${out}, expected a folder: ${reason}. Nothing was written`, {
      cause,
    })
  }
}

/** A sourcedId may hold any character; a name of a file holds few. */
const fileName = ({ id }: School, period: string, { language, edition }: Reports): string =>
  [encodeURIComponent(id), period, language, edition === 'published' ? edition : ''].filter(Boolean).join('.')

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
