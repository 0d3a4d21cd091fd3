import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { parseHTML } from 'linkedom'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeReports, type Reports, type ReportsResult } from '../../infra/commands/report-files.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import { readConfig } from '../../infra/config.ts'
import { aLog, anApp, open, signedIn, type Browser } from '../dashboards/an-app.ts'
import { browserIsThere, installedBrowser } from '../helpers/browser.ts'
import { logWith } from '../helpers/log-with.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addReport } from './a-report.ts'

let warehouse: Warehouse
let log: EventLog
let principal: Browser
let out: string
const told: AuditEntry[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addReport(warehouse)
  const kept = await aLog()
  log = logWith(kept, {
    append: async (topic, entries) => {
      await kept.append(topic, entries)
      if (topic === 'audit') told.push(...entries.map(({ value }) => AuditEntry.parse(JSON.parse(value!))))
    },
  }) as EventLog
  const { app } = await anApp(warehouse)
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['oak'] } })
}, 120_000)

beforeEach(async () => {
  told.length = 0
  out = await mkdtemp(join(tmpdir(), 'homeroom-reports-'))
})

afterEach(async () => rm(out, { recursive: true, force: true }))

async function write(more: Partial<Reports> = {}): Promise<ReportsResult> {
  const reports: Reports = {
    schools: ['oak'],
    out,
    language: 'en',
    week: '',
    edition: 'live',
    paper: 'letter',
    chromium: null,
    account: 'os:tester',
    ...more,
  }
  const config = readConfig({ HOMEROOM_TIME_ZONE: 'America/New_York' })
  return writeReports({ warehouse, log: log as never, config }, reports)
}

const plain = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim()
const numbersOf = (text: string): string[] => text.match(/\d+(?:[.,]\d+)*/g) ?? []

/** What a reader of the page reads: its article without what stands on the screen only. */
function articleOf(html: string): { text: string; cells: string[]; labels: string[] } {
  const article = parseHTML(html).document.querySelector('article.report')!
  for (const aside of article.querySelectorAll('.no-print')) aside.remove()
  const cells = [...article.querySelectorAll('td, th')].map(cell => plain(cell.textContent)).filter(Boolean)
  const labels = [...article.querySelectorAll('svg')].map(chart => plain(chart.getAttribute('aria-label')))
  return { text: plain(textsOf(article).join(' ')), cells, labels }
}

type Text = { nodeType: number; nodeValue: string | null; childNodes: Iterable<Text> }

/** Of every text node by itself: beside each other stand cells, and the ticks of a chart. */
function textsOf(node: Text): string[] {
  return node.nodeType === 3 ? [node.nodeValue ?? ''] : [...node.childNodes].flatMap(textsOf)
}

test('of all schools in one go: one file each, and of whom nothing is known it says so', async () => {
  const seen: number[] = []
  const result = await write({ schools: [], onProgress: done => seen.push(done) })
  expect(result.written.toSorted()).toEqual(['ash.en.html', 'elm.en.html', 'fir.en.html', 'new.2026-W11.en.html', 'oak.2026-W11.en.html', 'tiny.2026-W11.en.html']) // prettier-ignore
  expect(result.failed).toEqual([])
  expect((await readdir(out)).toSorted()).toEqual(result.written.toSorted())
  expect(seen.at(-1)).toBe(6)
})

test('a file says what the principal’s page says, needs nothing beside it, and is for its owner only', async () => {
  await write()
  const text = await readFile(join(out, 'oak.2026-W11.en.html'), 'utf8')
  const page = await open(principal, '/schools/oak/report')
  expect(articleOf(text)).toEqual(articleOf(page.body))
  expect(text).not.toMatch(/<script|<link|src=|href="(?!#)/)
  expect((await stat(join(out, 'oak.2026-W11.en.html'))).mode & 0o777).toBe(0o600)
})

test('the audit is told of live figures, under the name of who runs it, and of published ones it has nothing to tell', async () => {
  await write()
  expect(told).toMatchObject([
    { account: 'os:tester', role: 'operator', action: 'saw', route: 'homeroom report', units: ['school:oak'] },
  ])
  told.length = 0
  expect((await write({ edition: 'published' })).written).toEqual(['oak.2026-W10.en.published.html'])
  expect(told).toEqual([])
})

test('again, it leaves what has not changed, makes what is missing, and shows nothing anew', async () => {
  await write({ schools: ['oak', 'new'] })
  told.length = 0
  expect(await write({ schools: ['oak', 'new'] })).toMatchObject({ written: [], unchanged: { length: 2 } })
  expect(told).toEqual([])
  await writeFile(join(out, 'oak.2026-W11.en.html'), 'half of it')
  expect((await write({ schools: ['oak', 'new'] })).written).toEqual(['oak.2026-W11.en.html'])
})

test('a school, a folder or a week that there is not is refused before anything is written', async () => {
  await expect(write({ schools: ['oak', 'nowhere'] })).rejects.toThrow(
    /no school nowhere; expected sourcedIds such as ash/,
  )
  await expect(write({ week: '2026-W99' })).rejects.toThrow(/week is "2026-W99"/)
  await writeFile(join(out, 'file'), '')
  await expect(write({ out: join(out, 'file') })).rejects.toThrow(/expected a folder/)
  expect(await readdir(out)).toEqual(['file'])
})

test('a browser that prints nothing fails the school: its HTML is there, an older PDF is not, and no half of one', async () => {
  await writeFile(join(out, 'oak.2026-W11.en.pdf'), '%PDF- of last month')
  const result = await write({ chromium: '/bin/true' })
  expect(result.failed).toMatchObject([{ school: 'oak', error: { code: 'PDF_FAILED' } }])
  expect(await readdir(out)).toEqual(['oak.2026-W11.en.html'])
})

describe.skipIf(!browserIsThere())('printed', () => {
  for (const [language, paper] of [
    ['en', 'letter'],
    ['es', 'a4'],
  ] as const) {
    // prettier-ignore
    test(`in ${language}, ${paper}: a tagged PDF of two to four pages, whose numbers are those of the page`, async () => {
      const { written, failed } = await write({ language, paper, chromium: installedBrowser()! })
      expect(failed).toEqual([])
      expect(written).toEqual([`oak.2026-W11.${language}.pdf`, `oak.2026-W11.${language}.html`])
      const pdf = await readPdf(join(out, written[0]!))
      expect(pdf.pages).toBeGreaterThanOrEqual(2)
      expect(pdf.pages).toBeLessThanOrEqual(4)
      expect(pdf.size).toEqual(paper === 'a4' ? [595, 842] : [612, 792])
      expect(pdf).toMatchObject({ marked: true, language })
      expect(pdf.title).toContain('Oak School')
      expect([...pdf.roles]).toEqual(expect.arrayContaining(['H1', 'H2', 'Table', 'TH', 'TD', 'L', 'LI', 'Figure']))
      expect(pdf.outline.length).toBeGreaterThan(0)
      const page = articleOf((await open(principal, `/schools/oak/report?lang=${language}`)).body)
      expect(page.labels).toHaveLength(4)
      expect([...pdf.alts]).toEqual(expect.arrayContaining(page.labels))
      // Every number of the page's sentences and tables, as often as there; the ticks of the charts stand beside them.
      const found = Map.groupBy(numbersOf(pdf.text), one => one)
      for (const [number, times] of Map.groupBy(numbersOf(page.text), one => one))
        expect([number, (found.get(number) ?? []).length]).toEqual([number, expect.toSatisfy((n: number) => n >= times.length)]) // prettier-ignore
      const squeezed = pdf.text.replace(/\s+/g, '')
      for (const cell of page.cells) expect(squeezed).toContain(cell.replace(/\s+/g, ''))
    })
  }
})

type Tree = { role?: string; alt?: string; children?: Tree[] }

async function readPdf(file: string) {
  const loading = getDocument({ data: new Uint8Array(await readFile(file)), verbosity: 0 })
  const pdf = await loading.promise
  const { info } = (await pdf.getMetadata()) as { info: { Title?: string; Language?: string } }
  const roles = new Set<string>()
  const texts: string[] = []
  const alts = new Set<string>()
  const walk = ({ role, alt, children = [] }: Tree): void => {
    if (role) roles.add(role)
    if (role === 'Figure' && alt) alts.add(plain(alt))
    for (const child of children) walk(child)
  }
  for (let at = 1; at <= pdf.numPages; at++) {
    const page = await pdf.getPage(at)
    const { items } = await page.getTextContent()
    texts.push(items.map(item => ('str' in item ? item.str : '')).join(' '))
    walk((await page.getStructTree()) as Tree)
  }
  const [, , width, height] = (await pdf.getPage(1)).view
  const found = {
    pages: pdf.numPages,
    size: [Math.round(width!), Math.round(height!)],
    // A map, whatever its type says.
    marked: ((await pdf.getMarkInfo()) as unknown as Map<string, boolean> | null)?.get('Marked') ?? false,
    language: info.Language,
    title: info.Title,
    outline: (await pdf.getOutline()) ?? [],
    text: texts.join('\n'),
    roles,
    alts,
  }
  await loading.destroy()
  return found
}
