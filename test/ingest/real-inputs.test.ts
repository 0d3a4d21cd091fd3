import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip, gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { publish } from '../../processors/publish/publish.ts'
import { isCaughtUp, startProcessor, type ProcessorStats } from '../../processors/run.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const OULAD = at('infra/examples/oulad/mapping.json')
const SLICE = at('test/reference/oulad/student-vle-slice.csv')
const CONTACTS_MAPPING = at('infra/examples/sociopatterns-primary-school/mapping.json')
const CONTACTS = at('test/reference/contacts/contacts.tsv')
const PEOPLE = at('test/reference/contacts/people.tsv')

// The file's licence does not let it be kept here: where to get it, the example's README says.
const real = process.env.HOMEROOM_TEST_SOCIOPATTERNS
const DEADLINE_MS = 240_000

type Run = {
  warehouse: Warehouse
  stats: () => ProcessorStats
  load: (path: string) => Promise<LoadSummary>
  /** By unit and week, as people of the school see them, and as everybody does. */
  live: (indicator: string) => Promise<Map<string, Figure>>
  published: (indicator: string) => Promise<Map<string, Figure>>
}
type Figure = { value: number | null; n: number | null; enrolled: number | null; status: string }

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'homeroom-real-'))
  closing.push(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A district of its own: embedded log, running processors, empty tables. */
async function district(): Promise<Run> {
  const warehouse = await freshWarehouse()
  const config = readConfig({}, { data: await folder(), district: warehouse.database })
  const log = await openLog(config)
  closing.push(() => log.close())
  await log.createTopics()
  const errors: unknown[] = []
  const processor = await startProcessor({
    log,
    warehouse,
    config,
    onError: error => errors.push(error),
    clock: () => new Date(NOW),
  })
  closing.push(() => processor.stop())
  return {
    warehouse,
    stats: processor.stats,
    load: async path => {
      const summary = await loadFiles([path], { log, config, secrets: SECRETS, clock: () => NOW })
      await until(() => isCaughtUp(log, warehouse), 'everything loaded is in the figures', DEADLINE_MS)
      expect(errors).toEqual([])
      return summary
    },
    live: indicator => figures(warehouse, `from indicators final where slice = ''`, indicator),
    published: async indicator => {
      await publish(warehouse, { clock: () => new Date(NOW) })
      const newest = 'select max(snapshot) from snapshots final where complete'
      return figures(warehouse, `from published where slice = '' and snapshot = (${newest})`, indicator)
    },
  }
}

async function figures(warehouse: Warehouse, from: string, indicator: string): Promise<Map<string, Figure>> {
  const found = await warehouse.query<Figure & { unit: string }>(
    `select concat(unit_type, ' ', unit_id, ' ', toString(week)) as unit, value, n, enrolled, status
     ${from} and indicator = {indicator:String}`,
    { indicator },
  )
  return new Map(found.map(({ unit, ...figure }) => [unit, figure]))
}

async function one<T>(warehouse: Warehouse, query: string): Promise<T> {
  const [row] = await warehouse.query<T>(query)
  return row!
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

test('5,654 rows of OULAD clicks, identical ones among them, are 5,654 records, and so they are when loaded again', async () => {
  const { warehouse, load, stats } = await district()
  const rows = (await readFile(SLICE, 'utf8')).trim().split(/\r?\n/).slice(1)
  expect([rows.length, new Set(rows).size]).toEqual([5654, 5514])
  for (const duplicates of [0, 5654]) {
    expect(await load(OULAD)).toMatchObject({ dead: 0, records: 5654, read: 2 * 5654, stored: 2 * 5654 })
    expect(stats()).toMatchObject({ stored: 5654, duplicates, conflicts: 0, unreadable: 0 })
    const stored = 'select toUInt32(count()) as rows, toUInt32(uniqExact(record_id)) as records from events final'
    expect(await one(warehouse, stored)).toEqual({ rows: 5654, records: 5654 })
  }
  expect(await one(warehouse, 'select toUInt32(count()) as letters from dead_letters final')).toEqual({ letters: 0 })
})

test('active days of the OULAD class are those counted from the file', async () => {
  const { load, live, published } = await district()
  await load(OULAD)
  const days = Map.groupBy((await readFile(SLICE, 'utf8')).trim().split(/\r?\n/).slice(1), row => row.split(',')[2]!)
  const students = [...days.values()].map(rows => new Set(rows.map(row => Number(row.split(',')[4]))))
  expect(students).toHaveLength(150)
  // Day 0 is Monday 6 October 2025; the students are enrolled from day −10, a Friday, to day 1.
  const weeks = { '2025-09-22': [-10], '2025-09-29': [-7, -6, -5, -4, -3], '2025-10-06': [0, 1] }
  const [found, whole] = [await live('active_days'), await published('active_days')]
  for (const [week, schoolDays] of Object.entries(weeks)) {
    const shares = students.map(seen => schoolDays.filter(day => seen.has(day)).length / schoolDays.length)
    const figure = found.get(`advisory AAA_2013J ${week}`)
    expect(figure).toMatchObject({ status: 'ok', n: 150, enrolled: 150 })
    expect(figure!.value).toBeCloseTo(mean(shares), 12)
    expect(found.get(`school oulad ${week}`)!.value).toBeCloseTo(mean(shares), 12)
    expect(whole.get(`school oulad ${week}`)).toMatchObject({ n: 150, value: Math.round(mean(shares) * 100) / 100 })
  }
  const weekends = await live('weekend_days')
  const onWeekends = students.map(seen => [-2, -1].filter(day => seen.has(day)).length)
  expect(weekends.get('advisory AAA_2013J 2025-09-29')!.value).toBeCloseTo(mean(onWeekends), 12)
})

type Contact = { t: number; people: { id: string; class: string }[] }

function contactsIn(text: string): Contact[] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [t, i, j, ci, cj] = line.split('\t') as [string, string, string, string, string]
      return {
        t: Number(t),
        people: [
          { id: i, class: ci },
          { id: j, class: cj },
        ],
      }
    })
}

/** Minutes with anybody, child by child: every second that lies in some contact of the child, counted once. */
function minutesByClass(contacts: readonly Contact[]): Map<string, number[]> {
  const seconds = new Map<string, Set<number>>()
  const classes = new Map<string, string>()
  for (const { t, people } of contacts) {
    for (const person of people) {
      const met = seconds.get(person.id) ?? new Set()
      for (let second = t - 20; second < t; second++) met.add(second)
      seconds.set(person.id, met)
      classes.set(person.id, person.class)
    }
  }
  const children = [...classes].filter(([, name]) => name !== 'Teachers')
  const byClass = Map.groupBy(children, ([, name]) => name)
  return new Map([...byClass].map(([name, ids]) => [name, ids.map(([id]) => seconds.get(id)!.size / 60)]))
}

/** Load contacts by the example's mapping and hold every stored and published number against the file. */
async function checkContacts(run: Run, zipped: string, people: string): Promise<Map<string, number[]>> {
  const place = await folder()
  await copyFile(CONTACTS_MAPPING, join(place, 'mapping.json'))
  await copyFile(zipped, join(place, 'primaryschool.csv.gz'))
  await copyFile(people, join(place, 'primaryschool_metadata.txt'))
  const contacts = contactsIn(gunzipSync(await readFile(zipped)).toString('utf8'))
  const expected = minutesByClass(contacts)
  const children = [...expected.values()].flat()
  const classes = [...expected].map(([name, minutes]) => [`advisory sociopatterns-${name}`, minutes] as const)
  expect(await run.load(join(place, 'mapping.json'))).toMatchObject({ dead: 0, records: contacts.length })
  expect(run.stats()).toMatchObject({ stored: contacts.length, duplicates: 0, conflicts: 0 })
  expect(
    await one(
      run.warehouse,
      `select toUInt32(count()) as rows, toUInt32(uniqExact(record_id)) as records,
         (select toUInt32(count()) from persons final where role = 'student') as students from events final`,
    ),
  ).toEqual({ rows: 2 * contacts.length, records: contacts.length, students: children.length })
  const [live, published] = [await run.live('contact_minutes'), await run.published('contact_minutes')]
  expect([...live.keys()].filter(unit => unit.startsWith('advisory'))).toHaveLength(expected.size)
  for (const [unit, minutes] of [['school sociopatterns-primary-school', children] as const, ...classes]) {
    const figure = live.get(`${unit} 2025-09-29`)!
    expect(figure).toMatchObject({ status: 'ok', n: minutes.length, enrolled: minutes.length })
    expect(figure.value).toBeCloseTo(mean(minutes), 9)
    expect(published.get(`${unit} 2025-09-29`)).toEqual(unit.startsWith('school') ? figure : undefined)
  }
  return expected
}

const madeUp = { file: 'a made-up file', path: CONTACTS, people: PEOPLE, classes: { '1A': 12, '1B': 11, '2A': 4 } }
const measured = {
  file: 'the SocioPatterns file',
  path: real ?? '',
  people: join(dirname(real ?? ''), 'primaryschool_metadata.txt'),
  classes: { '1A': 23, '1B': 25, '2A': 23, '2B': 26, '3A': 23, '3B': 22, '4A': 21, '4B': 23, '5A': 22, '5B': 24 },
}

test.each(real ? [madeUp, measured] : [madeUp])(
  'contact minutes of each class of $file are the union of its children’s contacts; of classes nothing is published',
  async ({ path, people, classes }) => {
    const zipped = join(await folder(), 'contacts.tsv.gz')
    if (path.endsWith('.gz')) await copyFile(path, zipped)
    else await pipeline(createReadStream(path), createGzip(), createWriteStream(zipped))
    const expected = await checkContacts(await district(), zipped, people)
    const sizes = [...expected].map(([name, minutes]) => [name, minutes.length] as const)
    expect(Object.fromEntries(sizes)).toEqual(classes)
  },
  2 * DEADLINE_MS,
)
