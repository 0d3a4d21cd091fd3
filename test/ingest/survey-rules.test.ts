import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventLog } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { SourceFile } from '../../ingest/load/file-set.ts'
import { Loader } from '../../ingest/load/loader.ts'
import { loadLong } from '../../ingest/load/survey-long.ts'
import { SurveyBlock, type LongBlock } from '../../ingest/load/survey-mapping.ts'
import { Intake } from '../../ingest/intake.ts'
import { Instrument } from '../../schemas/survey.ts'
import {
  counted,
  forgetSurveys,
  HEADER,
  INSTRUMENT,
  loadSurvey,
  mappingOf,
  surveys,
  WHEN,
  wide,
  WIDE,
} from './a-survey.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const { warehouse, load } = await surveys()
const ids = () =>
  warehouse.query<{ id: string }>('select toString(response_id) as id from survey_responses final order by id')

describe('anonymous responses', () => {
  const { respondent: _respondent, ...anonymous } = WIDE
  const untimed = { ...anonymous, answered: undefined, window: 'spring' }

  test('hold school, role and grade only: no person, no time of day, no group, no language', async () => {
    const block = { ...WIDE, groups: { gender: '{C1}' }, language: '{C1}' }
    const { surveys } = await load([`,2026-02-10 09:17:43,s-1,5,1,2,3,zyxgroup`], mappingOf(block))
    const [response] = surveys.filter(entry => entry.type === 'response')
    expect(response).toMatchObject({
      respondent: null,
      student: null,
      answeredAt: null,
      groups: {},
      language: '',
      day: '2026-02-10',
      school: 's-1',
      grade: '05',
      role: 'student',
    })
    const text = JSON.stringify(surveys)
    expect(text).not.toMatch(/zyxgroup|09:17|14:17|:43/)
  })

  test.each([
    ['groups', { groups: { gender: '{C1}' } }, 'groups'],
    ['a student', { student: { id: '{C1}' } }, 'student'],
  ])('a mapping without a respondent that names %s is refused', async (_what, more, field) => {
    await expect(load([], mappingOf({ ...anonymous, ...more }))).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining(`surveys[0].${field}`) as unknown,
    })
  })

  test('loaded twice they count once; equal ones of a class at unknown times count each', async () => {
    const rows = [`,,s-1,5,4,1,4,`, `,,s-1,5,4,1,4,`, `,,s-1,5,4,1,4,`, `,,s-1,5,1,1,1,`]
    await load(rows, mappingOf(untimed))
    await load([...rows].reverse(), mappingOf(untimed), { at: NOW + 1000 })
    expect(await counted(warehouse)).toEqual([
      'spring s-1 05: Q1=1 Q2=4 Q3=1',
      'spring s-1 05: Q1=4 Q2=4 Q3=4',
      'spring s-1 05: Q1=4 Q2=4 Q3=4',
      'spring s-1 05: Q1=4 Q2=4 Q3=4',
    ])
  })

  test('the same answers at the same second are the same response, at another second another', async () => {
    await load(
      [`,${WHEN},s-1,5,4,1,4,`, `,${WHEN},s-1,5,4,1,4,`, `,2026-02-10 09:00:01,s-1,5,4,1,4,`],
      mappingOf(anonymous),
    )
    expect(await ids()).toHaveLength(2)
  })

  test('a row that comes again in the same load is a duplicate', async () => {
    const row = `a,${WHEN},s-1,5,4,bad,4,`
    const { summary, surveys, dead } = await load([row, row])
    expect(summary).toMatchObject({ read: 2, stored: 1, partly: 1, duplicate: 1, dead: 0 })
    expect(surveys.filter(({ type }) => type === 'response')).toHaveLength(1)
    expect(dead).toHaveLength(1)
  })

  test('the id tells nothing without the key, and names the tool’s id in no form', async () => {
    const { surveys } = await load(
      [`,${WHEN},s-1,5,4,1,4,R_zyx`],
      mappingOf({ ...anonymous, response: '{C1}', notAsked: ['C1'] }),
    )
    expect(JSON.stringify(surveys)).not.toContain('R_zyx')
  })
})

describe('rows that cannot be used', () => {
  test.each([
    [
      'a day outside every window',
      'a,2026-05-10 09:00:00,s-1,5,1,1,1,',
      'when',
      /2026-05-10, expected a day in a window/,
    ],
    [
      'a date that no calendar has',
      'a,2026-02-30 09:00:00,s-1,5,1,1,1,',
      'when',
      /19 characters, expected a date and time/,
    ],
    ['no time where the window follows from it', 'a,,s-1,5,1,1,1,', 'when', /is missing, expected a date and time/],
    ['an unknown role', 'a,2026-02-10 09:00:00,s-1,5,1,1,1,janitor', 'C1', /7 characters, expected one of student/],
    ['a school that is too long', `a,2026-02-10 09:00:00,${'s'.repeat(300)},5,1,1,1,`, 'school', /at most 256/],
  ])('%s', async (_what, row, field, reason) => {
    const { summary, dead } = await load(
      [row, `b,${WHEN},s-1,5,1,1,1,`],
      mappingOf({ ...WIDE, role: '{C1}', notAsked: ['C1'] }),
    )
    expect(summary).toMatchObject({ read: 2, stored: 1, dead: 1 })
    expect(dead).toMatchObject([
      {
        place: `rows.csv row 2 field ${field}`,
        door: 'survey',
        code: 'ROW_INVALID',
        reason: expect.stringMatching(reason) as unknown,
      },
    ])
  })

  test('a row of too few fields, and an unclosed quote', async () => {
    const { summary, dead } = await load([`a,${WHEN},s-1`, `b,${WHEN},s-1,5,1,1,1,"open`, `c,${WHEN},s-1,5,1,1,1,`])
    expect(summary).toMatchObject({ read: 3, stored: 1, dead: 2 })
    expect(dead.map(({ place }) => place).sort()).toEqual(['rows.csv row 2', 'rows.csv row 3'])
  })

  test('a label that the scale does not have costs itself only, is reported, and is right after the instrument is', async () => {
    const rows = [`a,${WHEN},s-1,5,Agree,Sort of,4,`]
    const { summary, dead } = await load(rows)
    expect(summary).toMatchObject({ read: 1, stored: 1, partly: 1, dead: 0 })
    expect(dead).toMatchObject([
      { place: 'rows.csv row 2 field Q2', reason: expect.not.stringContaining('Sort of') as unknown },
    ])
    expect(await counted(warehouse)).toEqual(['spring s-1 05: Q1=3 Q2=unreadable Q3=4'])
    const agree = { ...INSTRUMENT.scales.agree, labels: { en: ['Not at all', 'Sort of', 'Agree', 'Fully'] } }
    await load(rows, mappingOf(WIDE), { instrument: { ...INSTRUMENT, scales: { agree } }, at: NOW + 1000 })
    expect(await counted(warehouse)).toEqual(['spring s-1 05: Q1=3 Q2=3 Q3=4'])
  })
})

describe('files that cannot be used', () => {
  const refusals: [string, object, Record<string, string>, string][] = [
    [
      'without a column for an item',
      mappingOf(WIDE),
      { 'rows.csv': 'who,when,school,grade,Q1,Q2,C1\n' },
      'no column for Q3',
    ],
    [
      'without a column of a template',
      mappingOf(WIDE),
      { 'rows.csv': 'who,school,grade,Q1,Q2,Q3,C1\n' },
      'lacks the column when',
    ],
    ['that are not there', mappingOf({ ...WIDE, files: ['none.csv'] }), {}, 'none.csv'],
    ['of an unknown instrument', mappingOf({ ...WIDE, instrument: 'other' }), wide(), 'none of instruments is'],
    [
      'with an item that the instrument lacks',
      mappingOf({ ...WIDE, items: { Q9: 'Q1' } }),
      wide(),
      'does not have: Q9',
    ],
    [
      'long, without response and respondent',
      mappingOf({ ...WIDE, layout: 'long', respondent: undefined, item: '{Q1}', answer: '{Q2}' }),
      wide(),
      'response or respondent',
    ],
    ['that say nothing of when', mappingOf({ ...WIDE, answered: undefined }), wide(), 'window or answered'],
    [
      'with a header shorter than said',
      mappingOf({ ...WIDE, headerRows: 3 }),
      { 'rows.csv': `${HEADER}\n` },
      'fewer than its header',
    ],
  ]
  test.each(refusals)('%s', async (_what, mapping, files, message) => {
    await expect(loadSurvey(warehouse, mapping, files)).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining(message) as unknown,
    })
  })

  const item = INSTRUMENT.items[0]!
  const scale = INSTRUMENT.scales.agree
  test.each<[string, object, string]>([
    ['two items of one id', { items: [item, item] }, 'an id of its own'],
    ['an item on no scale', { items: [{ ...item, scale: 'none' }] }, 'one of agree'],
    ['neither scale nor free text', { items: [{ ...item, scale: undefined }] }, 'a scale, or free: true'],
    ['a text that lacks a language', { items: [{ ...item, text: { en: 'x' } }] }, 'every one of languages'],
    ['a scale that is none', { scales: { agree: { min: 4, max: 4 } } }, 'more than min'],
    ['too few labels', { scales: { agree: { ...scale, labels: { en: ['No', 'Yes'] } } } }, '4 labels, min to max'],
    [
      'a label for two steps',
      { scales: { agree: { min: 1, max: 2, labels: { en: ['No', 'Si'], es: ['Si', 'No'] } } } },
      'means one step',
    ],
    [
      'windows that overlap',
      { windows: [...INSTRUMENT.windows, { id: 'x', begin: '2026-02-10', end: '2026-02-11' }] },
      'do not overlap',
    ],
    ['a window that ends first', { windows: [{ id: 'x', begin: '2026-02-10', end: '2026-02-10' }] }, 'after begin'],
  ])('an instrument with %s', (_what, changes, message) => {
    const { error } = Instrument.safeParse({ ...INSTRUMENT, ...changes })
    expect(error?.issues.map(issue => issue.message).join('; ')).toContain(message)
  })
})

describe('what is taken back at the source', () => {
  const LATER = { at: NOW + 1000 }

  test('a response that a column marks, a preview for instance', async () => {
    const block = {
      ...WIDE,
      response: '{grade}',
      deleted: { from: '{C1}', map: { live: 'no' }, otherwise: '{C1}' },
      notAsked: ['C1'],
    }
    await load([`a,${WHEN},s-1,r1,1,1,1,live`, `b,${WHEN},s-1,r2,2,2,2,live`], mappingOf(block))
    await load([`a,${WHEN},s-1,r1,1,1,1,spam`, `c,${WHEN},s-1,r3,2,2,2,Survey Preview`], mappingOf(block), LATER)
    expect(await counted(warehouse)).toEqual(['spring s-1 R2: Q1=2 Q2=3 Q3=2'])
  })

  test('a response that a complete export no longer holds, of its windows only; one that comes again counts again', async () => {
    const complete = { ...mappingOf(WIDE), complete: true }
    const [a, b, fall] = [`a,${WHEN},s-1,5,1,1,1,`, `b,${WHEN},s-1,5,2,2,2,`, 'a,2025-10-05 09:00:00,s-1,5,4,4,4,']
    await load([a, b, fall], complete)
    await load([b], complete, LATER)
    const both = ['fall s-1 05: Q1=4 Q2=1 Q3=4', 'spring s-1 05: Q1=2 Q2=3 Q3=2']
    expect(await counted(warehouse)).toEqual(both)
    await load([`c,${WHEN},s-1,5,3,3,3,`], { ...complete, source: 'others' }, { at: NOW + 2000 })
    expect(await counted(warehouse, "scored < 3 or item_id = 'Q1'")).toHaveLength(3)
    await load([a], mappingOf(WIDE), { at: NOW + 3000 })
    expect(await counted(warehouse)).toHaveLength(4)
  })

  test('answers that were corrected, or emptied, at the source', async () => {
    await load([`a,${WHEN},s-1,5,1,1,1,`])
    await load([`a,${WHEN},s-2,5,3,,1,`], mappingOf(WIDE), LATER)
    expect(await counted(warehouse)).toEqual(['spring s-2 05: Q1=3 Q2=missing Q3=1'])
    expect(await ids()).toHaveLength(1)
  })
})

test('free text stands sealed in log and warehouse, under its writer’s key or that of school and window', async () => {
  const { surveys, opened } = await load([
    `a,${WHEN},s-1,5,1,1,1,Zyxcomment one`,
    `,${WHEN},s-1,5,1,1,1,Zyxcomment two`,
  ])
  expect(JSON.stringify(surveys)).not.toContain('Zyxcomment')
  const kept = await warehouse.query<{ text: string; known: number }>(
    `select sealed_text as text, person_id != toFixedString('', 32) as known from survey_answers final
     where item_id = 'C1' order by known`,
  )
  expect(kept.map(({ text }) => opened(text))).toEqual(['Zyxcomment two', 'Zyxcomment one'])
})

/** Rows with an id or a time, so that each is one response wherever it stands. */
const aRow = fc
  .record({
    who: fc.constantFrom('', 'a', 'b', 'c'),
    second: fc.integer({ min: 10, max: 19 }),
    school: fc.constantFrom('s-1', 's-2'),
    answers: fc.array(fc.constantFrom('1', '4', 'Agree', '', 'bad', "Don't know"), { minLength: 3, maxLength: 3 }),
  })
  .map(({ who, second, school, answers }) => `${who},2026-02-10 09:00:${second},${school},5,${answers.join(',')},`)

const allRows = async (): Promise<string> =>
  JSON.stringify([
    await warehouse.query(
      'select * except (person_id, student_id), hex(person_id) as who from survey_responses final order by all',
    ),
    await warehouse.query(
      'select * except (person_id, student_id), hex(person_id) as who from survey_answers final order by all',
    ),
    await warehouse.query(
      'select * except (person_id, student_id, person), hex(person) as who from survey_responses_counted order by all',
    ),
  ])

test('any order, doubling and split of the files gives the same tables', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRow, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat(99)),
      async (rows, luck) => {
        const next = (below: number): number => luck.next().value % below
        await forgetSurveys(warehouse)
        await load(rows)
        const expected = await allRows()
        await forgetSurveys(warehouse)
        const shuffled = [...rows, ...rows.filter(() => next(2) === 0)]
          .map(row => ({ row, at: next(99) }))
          .sort((x, y) => x.at - y.at)
          .map(({ row }) => row)
        const cut = next(shuffled.length + 1)
        const [one, two] = [shuffled.slice(0, cut), shuffled.slice(cut)].map(part => [HEADER, ...part, ''].join('\n'))
        await loadSurvey(warehouse, mappingOf(WIDE), { 'one.csv': one!, 'two.csv': two! })
        await loadSurvey(warehouse, mappingOf(WIDE), { 'three.csv': next(2) === 0 ? one! : two! })
        expect(await allRows()).toBe(expected)
      },
    ),
    { numRuns: 12, seed: 20261122 },
  )
}, 120_000)

const aFile = (name: string, text: string): SourceFile => ({
  name,
  label: name,
  path: name,
  bytes: text.length,
  open: async () => Readable.from([Buffer.from(text)]),
})

const aLongRow = fc
  .record({
    response: fc.constantFrom('1', '2', '3', '4'),
    minute: fc.integer({ min: 10, max: 12 }),
    item: fc.constantFrom('Q1', 'Q2', 'I am known.', 'Q9'),
    answer: fc.constantFrom('1', '4', 'Agree', '', 'bad'),
  })
  .map(({ response, minute, item, answer }) => `${response},p${response},2026-02-10 09:${minute}:00,${item},${answer}`)

test('a long export gives the same answers in any order, in several files, and read in several passes', async () => {
  const block = SurveyBlock.parse({
    layout: 'long',
    files: ['*'],
    instrument: 'climate',
    response: '{r}',
    respondent: { id: '{who}' },
    answered: '{when}',
    item: '{item}',
    answer: '{answer}',
  }) as LongBlock
  const data = await mkdtemp(join(tmpdir(), 'homeroom-long-'))
  const real = await openLog({ data, district: 'd', kafka: null })
  await real.createTopics()
  const appended: string[] = []
  const append: EventLog['append'] = async (topic, entries) => {
    if (topic === 'surveys') appended.push(...entries.map(({ value }) => value!))
    await real.append(topic, entries)
  }
  const log = Object.create(real, { append: { value: append } }) as EventLog
  const answersOf = async (files: string[][], passBytes?: number) => {
    const intake = new Intake({
      log,
      config: { district: 'd', accounts: [], timeZone: 'America/New_York' },
      secrets: SECRETS,
      clock: () => NOW,
    })
    const loader = new Loader(intake, 'forms', () => undefined)
    const survey = {
      loader,
      block,
      instrument: Instrument.parse(INSTRUMENT),
      windows: new Set<string>(),
      added: new Map(),
      lost: { rows: 0 },
    }
    const sources = files.map((rows, i) => aFile(`${i}.csv`, ['r,who,when,item,answer', ...rows, ''].join('\n')))
    appended.length = 0
    await loadLong(survey, sources, passBytes)
    const { files: summaries } = loader.done()
    const counts = summaries.map(({ read, stored, dead }) => ({ read, whole: stored + dead }))
    expect(counts.map(({ whole }) => whole)).toEqual(counts.map(({ read }) => read))
    return appended.sort()
  }
  await fc.assert(
    fc.asyncProperty(fc.array(aLongRow, { minLength: 1, maxLength: 25 }), fc.nat(25), async (rows, cut) => {
      const expected = await answersOf([rows])
      const shuffled = [...rows].sort((a, b) => (a.slice(3) + a < b.slice(3) + b ? 1 : -1))
      expect(await answersOf([shuffled.slice(cut), shuffled.slice(0, cut)], 150)).toEqual(expected)
    }),
    { numRuns: 50, seed: 20261122 },
  )
  await real.close()
  await rm(data, { recursive: true, force: true })
})
