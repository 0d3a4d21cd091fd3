import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { opened } from '../../ingest/originals.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { LearnerWords, PlanEntry } from '../../schemas/plan.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const EXAMPLES = fileURLToPath(new URL('../../infra/examples/plans/', import.meta.url))
const empty = emptiedWarehouse()
const HOUR_MS = 3_600_000
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const who = (student: string, type = 'sourcedId'): string => pseudonymise(type, student)

let ingest: Ingest
let folder: string
/** Every load is an hour after the one before. */
let clock: number
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-plans-'))
  clock = NOW
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

async function loadFrom(path: string): Promise<LoadSummary> {
  clock += HOUR_MS
  return await loadFiles([path], {
    log: ingest.log,
    config: ingest.config,
    secrets: SECRETS,
    clock: () => clock,
  })
}

async function load(files: Record<string, string | object>): Promise<LoadSummary> {
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return loadFrom(folder)
}

const entries = async (): Promise<PlanEntry[]> =>
  (await ingest.text('plans'))
    .split('\n')
    .filter(Boolean)
    .map(line => PlanEntry.parse(JSON.parse(line)))

/** What the warehouse has of everything that was appended. */
async function stored(): Promise<Warehouse> {
  const warehouse = await empty()
  await storePlans(
    warehouse,
    (await entries()).map((value, i) => ({ value, position: `0/${i}/0` })),
  )
  return warehouse
}

/** The words of sealed entries, opened with the salts that the log holds. */
async function words(): Promise<LearnerWords[]> {
  const salts = new Map(
    (await ingest.identities()).flatMap(entry => (entry.type === 'salt' ? [[entry.id, entry.salt] as const] : [])),
  )
  const sealed = (await entries()).flatMap(entry => ('words' in entry && entry.words ? [entry.words] : []))
  return sealed.map(text =>
    LearnerWords.parse(JSON.parse(opened(text, salts.get(text.slice(0, text.indexOf('.')))!, SECRETS.masterSecret))),
  )
}

const faults = async (): Promise<string[]> =>
  (await ingest.deadLetters())
    .map(({ reason }) => reason.replace(/^ROW_INVALID: /, '').replace(/\. This \w+ counts.*/, ''))
    .sort()

describe('the ready mappings', () => {
  test('a planner’s plans, choices and reflections', async () => {
    const summary = await loadFrom(`${EXAMPLES}planner`)
    expect(summary).toMatchObject({ read: 11, stored: 11, dead: 0, refused: [], unused: [] })
    const warehouse = await stored()
    const plans = await warehouse.query(
      `select lower(hex(student_id)) as student, subject, units_per_week as units,
         [mix_individual, mix_adult, mix_peer, mix_group] as mix, begin_day, end_day from current_plans order by subject, units`,
    )
    const none = [null, null, null, null]
    expect(plans).toEqual([
      {
        student: who('9001', 'identifier'),
        subject: 'english',
        units: 2,
        mix: none,
        begin_day: '2025-09-02',
        end_day: '2299-12-31',
      },
      {
        student: who('9002', 'identifier'),
        subject: 'mathematics',
        units: 2.5,
        mix: [0.6, 0.2, 0, 0.2],
        begin_day: '2025-09-08',
        end_day: '2026-01-31',
      },
      {
        student: who('9001', 'identifier'),
        subject: 'mathematics',
        units: 3,
        mix: [0.4, 0.1, 0.25, 0.25],
        begin_day: '2025-09-02',
        end_day: '2025-12-20',
      },
    ])
    expect(
      await warehouse.query('select day, length(offered) as n, taken, choice from current_choices order by day'),
    ).toEqual([
      { day: '2025-09-03', n: '3', taken: 'ratios-lab', choice: 'chosen' },
      { day: '2025-09-04', n: '2', taken: 'poem', choice: 'chosen' },
      { day: '2025-09-09', n: '3', taken: 'ratios-worksheet', choice: 'assigned' },
      { day: '2025-09-10', n: '2', taken: '', choice: 'chosen' },
    ])
    expect(await warehouse.query('select day, about from current_reflections order by day, about')).toEqual([
      { day: '2025-09-12', about: 'friday-question-3' },
      { day: '2025-09-12', about: 'friday-question-3' },
      { day: '2025-09-19', about: 'friday-question-4' },
    ])
  })

  test('a book of goals: the attainment of one student is that of the published example', async () => {
    expect(await loadFrom(`${EXAMPLES}goal-book`)).toMatchObject({ read: 5, stored: 5, dead: 0 })
    const warehouse = await stored()
    const goals = await warehouse.query(
      'select set_day, due_day, closed_day, status, level, horizon, weight from current_goals order by weight, set_day, level',
    )
    const fall = { set_day: '2025-09-08', due_day: '2025-12-12', closed_day: '2025-12-12', horizon: 'short', weight: 1 }
    expect(goals).toEqual([
      { ...fall, status: 'attained', level: 0 },
      { ...fall, status: 'attained', level: 1 },
      { ...fall, set_day: '2025-09-15', status: 'missed', level: -1 },
      {
        ...fall,
        set_day: '2025-09-15',
        due_day: '2026-06-05',
        closed_day: '2026-02-20',
        horizon: 'long',
        status: 'attained',
        level: 2,
      },
      {
        ...fall,
        due_day: '2026-06-05',
        closed_day: '1970-01-01',
        horizon: 'long',
        weight: 2,
        status: 'open',
        level: null,
      },
    ])
    // T = 50 + 10 sum(w x) / sqrt((1 - r) sum(w^2) + r (sum w)^2), r = .3 (Kiresuk & Sherman 1968)
    const [scaling] = await warehouse.query<{ t: number }>(
      `select 50 + 10 * sum(weight * level) / sqrt(0.7 * sum(weight * weight) + 0.3 * pow(sum(weight), 2)) as t
       from current_goals where level is not null and lower(hex(student_id)) = {student:String}`,
      { student: who('s-1') },
    )
    expect(scaling!.t).toBeCloseTo(57.254763, 6)
  })

  test('words and students stand in the log under keys only, and open with the salts of the student', async () => {
    await loadFrom(`${EXAMPLES}planner`)
    await loadFrom(`${EXAMPLES}goal-book`)
    const log = (await Promise.all((['plans', 'dead-letters'] as const).map(topic => ingest.text(topic)))).join('\n')
    for (const marked of ['Kim', 'winter', 'rushed', 'lunch', 'three a week', '"9001"', '"s-1"'])
      expect(log).not.toContain(marked)
    const said = await words()
    expect(said).toContainEqual({ text: 'I rushed the lab.' })
    expect(said).toContainEqual({
      text: 'Read one book a week',
      levels: { '-2': 'none', '-1': 'a book a month', 0: 'a book a week', 1: 'two a week', 2: 'three a week' },
    })
  })
})

test('the example of the README works as it stands there', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const blocks = readme.split('```json\n').map(block => block.split('\n```')[0]!)
  const goal = {
    id: 7,
    student: 's-1',
    set: '2025-09-08',
    goal: 'Ask',
    level: 1,
    scale: { expected: 'often', most: 'daily' },
  }
  const files = {
    'm.json': blocks.find(block => block.includes('"own-plans"'))!,
    'own-plans.csv':
      'Student,Subject,Units,From,Last day,Alone,Adult,Partner,Group\ns-1,math,3,2025-09-01,2025-12-19,120,30,75,75\n',
    'own-goals.jsonl': `${JSON.stringify(goal)}\n`,
  }
  expect(await load(files)).toMatchObject({ read: 2, stored: 2, dead: 0, unused: [] })
  const warehouse = await stored()
  expect(await warehouse.query('select end_day, mix_individual, mix_adult from current_plans')).toEqual([
    { end_day: '2025-12-20', mix_individual: 0.4, mix_adult: 0.1 },
  ])
  expect(await warehouse.query('select status, level, expected from current_goals')).toEqual([
    { status: 'open', level: 1, expected: null },
  ])
  expect(await words()).toEqual([{ text: 'Ask', levels: { 0: 'often', 2: 'daily' } }])
})

const MAPPING = {
  source: 'plans',
  plans: [
    {
      files: ['plans.csv'],
      student: { id: '{who}' },
      subject: '{subject}',
      units: '{units}',
      mix: { individual: '{own}', peer: '{peer}' },
      from: '{from}',
      to: '{to}',
      status: '{status}',
    },
  ],
  goals: [
    {
      files: ['goals.csv'],
      student: { id: '{who}' },
      date: '{set}',
      closed: '{end}',
      level: '{level}',
      text: '{goal}',
    },
  ],
}
const PLANS = 'who,subject,units,own,peer,from,to,status\n'
const GOALS = 'who,set,end,level,goal\n'

test('every rule is reported by file, row and column, and stops no other row', async () => {
  const plans = [
    's-1,math,3,0.4,0.6,2025-09-01,2025-12-01,',
    's-2,math,many,,,2025-09-01,,',
    's-2,math,3,0.4,0.4,2025-09-01,,',
    's-2,math,3,,,2025-02-30,,',
    's-2,math,3,,,2025-09-01,2025-08-01,',
    's-2,math,,,,2025-09-01,,',
    ',math,3,,,2025-09-01,,',
    's-1,math,4,0.4,0.6,2025-09-01,2025-12-01,',
    's-1,math,3,0.4,0.6,2025-09-01,2025-12-01,',
    's-2,math,-1,,,2025-09-01,,',
    's-2,math,3,1.5,,2025-09-01,,',
  ]
  const goals = [
    's-1,2025-09-01,2025-12-01,1,A goal',
    's-1,2027-09-01,,,Later',
    's-1,2025-09-01,,3,Too much',
    's-1,2025-09-01,2025-12-01,,Without an outcome',
    's-1,2025-09-01,2025-08-01,0,Backwards',
  ]
  const files = { 'plans.csv': `${PLANS}${plans.join('\n')}\n`, 'goals.csv': `${GOALS}${goals.join('\n')}\n` }
  expect(await load({ 'm.json': MAPPING, ...files })).toMatchObject({ read: 16, stored: 2, duplicate: 1, dead: 13 })
  expect(await faults()).toEqual(
    [
      'plans.csv row 3 field units is a string of 4 characters, expected a number',
      'plans.csv row 4 field mix is an object, expected shares that add up to 1',
      'plans.csv row 5 field from is "2025-02-30", expected a date written as y-m-d',
      'plans.csv row 6 field to is "2025-08-01", expected a day after the first',
      'plans.csv row 7 field units is missing, expected units a week, a mix, or both',
      'plans.csv row 8 field who is missing, expected a string',
      'plans.csv row 9 field key is that of an earlier row that says something else, expected one row for each, or a naturalKey that tells them apart',
      'plans.csv row 11 field units is -1, expected at least 0',
      'plans.csv row 12 field own is 1.5, expected at most 1; plans.csv row 12 field mix is an object, expected shares that add up to 1',
      'goals.csv row 3 field set is "2027-09-01", expected a day that is not in the future',
      'goals.csv row 4 field level is 3, expected at most 2',
      'goals.csv row 5 field state is missing, expected how it ended: attained, missed or dropped, or a level',
      'goals.csv row 6 field end is "2025-08-01", expected the day it was set, or later',
    ].sort(),
  )
  expect(await ingest.text('dead-letters')).not.toContain('s-1')
})

test('a corrected row replaces what it said, and a row that says deleted takes it back', async () => {
  const row = (units: number, status = ''): string => `s-1,math,${units},,,2025-09-01,,${status}\n`
  await load({ 'm.json': MAPPING, 'plans.csv': PLANS + row(3), 'goals.csv': GOALS })
  await load({ 'plans.csv': PLANS + row(4) })
  expect(await (await stored()).query('select units_per_week as units from current_plans')).toEqual([{ units: 4 }])
  expect(await load({ 'plans.csv': PLANS + row(4) + row(4, 'deleted') })).toMatchObject({ stored: 1, dead: 1 })
  expect(await load({ 'plans.csv': PLANS + row(4, 'deleted').repeat(2) })).toMatchObject({ stored: 1, duplicate: 1 })
  expect(await (await stored()).query('select units_per_week as units from current_plans')).toEqual([])
})

test('a complete file takes back what it has no longer, unless a row of it cannot be used', async () => {
  const mapping = { ...MAPPING, goals: [], plans: [{ ...MAPPING.plans[0], complete: true }] }
  const rows = (...students: string[]): string => PLANS + students.map(s => `${s},math,3,,,2025-09-01,,\n`).join('')
  const count = async (): Promise<object[]> => (await stored()).query('select count() as n from current_plans')
  await load({ 'm.json': mapping, 'plans.csv': rows('s-1', 's-2', 's-3') })
  await load({ 'plans.csv': `${rows('s-1', 's-2')},math,3,,,2025-09-01,,\n` })
  expect(await count()).toEqual([{ n: '3' }])
  await load({ 'plans.csv': rows('s-1', 's-2') })
  expect(await count()).toEqual([{ n: '2' }])
})

test.each([
  ['neither units nor mix', { units: undefined, mix: undefined }, 'plans[0].units'],
  ['an end and a last day', { through: '{to}' }, 'plans[0].through'],
  ['complete files of any name', { complete: true, files: ['plans*.csv'] }, 'plans[0].files'],
  ['a column that no header has', { units: '{unit}' }, 'unit'],
])('a mapping file with %s is refused by its place', async (_, change, place) => {
  await load({ 'm.json': MAPPING, 'plans.csv': PLANS, 'goals.csv': GOALS })
  await writeFile(join(folder, 'm.json'), JSON.stringify({ ...MAPPING, plans: [{ ...MAPPING.plans[0], ...change }] }))
  const message = expect.stringContaining(place) as string
  await expect(loadFrom(folder)).rejects.toMatchObject({ code: 'FILE_INVALID', message })
})

test('order, duplicates and splits of the files change nothing', { timeout: 60_000 }, async () => {
  const student = fc.integer({ min: 1, max: 3 }).map(n => `s-${n}`)
  const day = fc.integer({ min: 1, max: 28 }).map(n => `2025-09-${String(n).padStart(2, '0')}`)
  const plan = fc
    .record({ student, subject: fc.constantFrom('math', 'art', ''), units: fc.integer({ min: 0, max: 9 }), day })
    .map(row => `${row.student},${row.subject},${row.units},,,${row.day},,`)
  // Two rows of one key that differ are a contradiction, and which of them is refused depends on their order.
  const rows = fc.uniqueArray(plan, { minLength: 1, maxLength: 8, selector: row => row.replace(/,\d,/, ',') })
  const scenario = rows.chain(all =>
    fc.record({
      all: fc.constant(all),
      shuffled: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
      size: fc.integer({ min: 1, max: 5 }),
    }),
  )
  const mapping = { ...MAPPING, goals: [], plans: [{ ...MAPPING.plans[0], files: ['plans*.csv'] }] }
  const shown = async (files: string[][]): Promise<object[]> => {
    const warehouse = await empty()
    const own = await startIngest({ warehouse })
    const place = await mkdtemp(join(folder, 'split-'))
    await writeFile(join(place, 'm.json'), JSON.stringify(mapping))
    for (const [i, of] of files.entries()) await writeFile(join(place, `plans-${i}.csv`), `${PLANS}${of.join('\n')}\n`)
    const deps = { log: own.log, config: own.config, secrets: SECRETS, clock: () => NOW }
    expect(await loadFiles([place], deps)).toMatchObject({ dead: 0 })
    const lines = (await own.text('plans')).split('\n')
    await own.close()
    const placed = lines.map((line, i) => ({ value: PlanEntry.parse(JSON.parse(line)), position: `0/${i}/0` }))
    await storePlans(warehouse, placed)
    return warehouse.query('select * except (said_at, stored_at) from current_plans order by all')
  }
  const split = (all: string[], size: number): string[][] =>
    all.length === 0 ? [] : [all.slice(0, size), ...split(all.slice(size), size)]
  await fc.assert(
    fc.asyncProperty(scenario, async ({ all, shuffled, size }) => {
      expect(await shown(split(shuffled, size))).toEqual(await shown([all]))
    }),
    { seed: 20261122, numRuns: 8 },
  )
})
