import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadFiles } from '../../ingest/load/load.ts'
import { opened } from '../../infra/seal.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { LearnerWords } from '../../schemas/plan.ts'
import { entriesIn, PLAN_HEADER, PLAN_MAPPING, planLoads } from './a-plan-load.ts'
import { NOW, SECRETS, startIngest } from './start-ingest.ts'

const EXAMPLES = fileURLToPath(new URL('../../infra/examples/plans/', import.meta.url))
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const who = (student: string, type = 'sourcedId'): string => pseudonymise(type, student)
const at = planLoads()

/** The words of sealed entries, opened with the salts that the log holds. */
async function words(): Promise<LearnerWords[]> {
  const salts = new Map(
    (await at.ingest.identities()).flatMap(entry => (entry.type === 'salt' ? [[entry.id, entry.salt] as const] : [])),
  )
  const sealed = (await at.entries()).flatMap(entry => ('words' in entry && entry.words ? [entry.words] : []))
  return sealed.map(text =>
    LearnerWords.parse(JSON.parse(opened(text, salts.get(text.slice(0, text.indexOf('.')))!, SECRETS.masterSecret))),
  )
}

describe('the ready mappings', () => {
  test('a planner’s plans, choices and reflections', async () => {
    const summary = await at.loadFrom(`${EXAMPLES}planner`)
    expect(summary).toMatchObject({ read: 11, stored: 11, dead: 0, refused: [], unused: [] })
    const warehouse = await at.stored()
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
    expect(await at.loadFrom(`${EXAMPLES}goal-book`)).toMatchObject({ read: 5, stored: 5, dead: 0 })
    const warehouse = await at.stored()
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
    await at.loadFrom(`${EXAMPLES}planner`)
    await at.loadFrom(`${EXAMPLES}goal-book`)
    const log = (await Promise.all((['plans', 'dead-letters'] as const).map(topic => at.ingest.text(topic)))).join('\n')
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
  expect(await at.load(files)).toMatchObject({ read: 2, stored: 2, dead: 0, unused: [] })
  const warehouse = await at.stored()
  expect(await warehouse.query('select end_day, mix_individual, mix_adult from current_plans')).toEqual([
    { end_day: '2025-12-20', mix_individual: 0.4, mix_adult: 0.1 },
  ])
  expect(await warehouse.query('select status, level, expected from current_goals')).toEqual([
    { status: 'open', level: 1, expected: null },
  ])
  expect(await words()).toEqual([{ text: 'Ask', levels: { 0: 'often', 2: 'daily' } }])
})

test('a corrected row replaces what it said, and a row that says deleted takes it back', async () => {
  const row = (units: number, status = ''): string => `s-1,math,${units},,,2025-09-01,,${status}\n`
  await at.load({ 'm.json': PLAN_MAPPING, 'plans.csv': PLAN_HEADER + row(3), 'goals.csv': 'who,set,end,level,goal\n' })
  await at.load({ 'plans.csv': PLAN_HEADER + row(4) })
  expect(await (await at.stored()).query('select units_per_week as units from current_plans')).toEqual([{ units: 4 }])
  expect(await at.load({ 'plans.csv': PLAN_HEADER + row(4) + row(4, 'deleted') })).toMatchObject({ stored: 1, dead: 1 })
  expect(await at.load({ 'plans.csv': PLAN_HEADER + row(4, 'deleted').repeat(2) })).toMatchObject({
    stored: 1,
    duplicate: 1,
  })
  expect(await (await at.stored()).query('select units_per_week as units from current_plans')).toEqual([])
})

test('a complete file takes back what it has no longer, unless a row of it cannot be used', async () => {
  const mapping = { ...PLAN_MAPPING, goals: [], plans: [{ ...PLAN_MAPPING.plans[0], complete: true }] }
  const rows = (...students: string[]): string =>
    PLAN_HEADER + students.map(s => `${s},math,3,,,2025-09-01,,\n`).join('')
  const count = async (): Promise<object[]> => (await at.stored()).query('select count() as n from current_plans')
  await at.load({ 'm.json': mapping, 'plans.csv': rows('s-1', 's-2', 's-3') })
  await at.load({ 'plans.csv': `${rows('s-1', 's-2')},math,3,,,2025-09-01,,\n` })
  expect(await count()).toEqual([{ n: '3' }])
  await at.load({ 'plans.csv': rows('s-1', 's-2') })
  expect(await count()).toEqual([{ n: '2' }])
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
  const mapping = { ...PLAN_MAPPING, goals: [], plans: [{ ...PLAN_MAPPING.plans[0], files: ['plans*.csv'] }] }
  const shown = async (files: string[][]): Promise<object[]> => {
    const warehouse = await at.empty()
    const own = await startIngest({ warehouse })
    const place = await mkdtemp(join(at.folder, 'split-'))
    await writeFile(join(place, 'm.json'), JSON.stringify(mapping))
    for (const [i, of] of files.entries())
      await writeFile(join(place, `plans-${i}.csv`), `${PLAN_HEADER}${of.join('\n')}\n`)
    const deps = { log: own.log, config: own.config, secrets: SECRETS, clock: () => NOW }
    expect(await loadFiles([place], deps)).toMatchObject({ dead: 0 })
    const entries = entriesIn(await own.text('plans'))
    await own.close()
    const placed = entries.map((value, i) => ({ value, position: `0/${i}/0` }))
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
