import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { dayIn, windowAt } from '../../ingest/load/score-dates.ts'
import { storeScores } from '../../processors/store-scores.ts'
import { ScoreEntry } from '../../schemas/score.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const emptied = emptiedWarehouse()

const DAY_MS = 86_400_000

let ingest: Ingest
let folder: string
/** Every load is an hour after the one before. */
let clock: number
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-scores-'))
  clock = NOW
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

async function load(files: Record<string, string | object>, path = ''): Promise<LoadSummary> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  clock += DAY_MS / 24
  const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => clock }
  return await loadFiles([join(folder, path)], deps)
}

const entries = async (): Promise<ScoreEntry[]> =>
  (await ingest.text('scores'))
    .split('\n')
    .filter(Boolean)
    .map(line => ScoreEntry.parse(JSON.parse(line)))

/** What the warehouse has of everything that was appended. */
async function stored(): Promise<Warehouse> {
  const warehouse = await emptied()
  await storeScores(
    warehouse,
    (await entries()).map((value, i) => ({ value, position: `0/${i}/0` })),
  )
  return warehouse
}
const inWarehouse = async (columns = 'test, subject, window, score'): Promise<object[]> =>
  (await stored()).query(`select ${columns} from current_scores order by all`)

const faults = async (): Promise<string[]> =>
  (await ingest.deadLetters()).map(({ place, reason }) => `${place} | ${reason}`).sort()

const MAPPING = {
  source: 'benchmark',
  scores: [
    {
      files: ['scores.csv'],
      student: { id: '{Student}' },
      test: 'benchmark',
      subject: '{Subject}',
      window: '{Term}',
      grade: '{Grade}',
      date: '{Date}',
      dateFormat: 'm/d/y',
      score: '{Points}',
      csem: '{Error}',
      range: [100, 300],
      naturalKey: ['{Id}'],
    },
  ],
}
const HEADER = 'Id,Student,Subject,Term,Grade,Date,Points,Error\n'
const ROW = '1,s-1,math,Fall 2025,5,9/16/2025,208,3.4\n'
const changed = (changes: object): object => ({ ...MAPPING, scores: [{ ...MAPPING.scores[0], ...changes }] })

describe('a table of scores', () => {
  test('a row is one score; loaded again it is the same one', async () => {
    expect(await load({ 'm.json': MAPPING, 'scores.csv': HEADER + ROW })).toMatchObject({ read: 1, stored: 1 })
    await load({})
    const found = await entries()
    expect(found).toHaveLength(2)
    expect(found[0]).toMatchObject({
      type: 'score',
      grade: '05',
      date: '2025-09-16',
      score: 208,
      csem: 3.4,
      counts: true,
    })
    expect(new Set(found.map(({ id }) => id)).size).toBe(1)
    expect(await inWarehouse()).toEqual([{ test: 'benchmark', subject: 'math', window: 'Fall 2025', score: 208 }])
  })

  test('every rule is reported by file, row and column, and stops no other row', async () => {
    const rows = [
      ROW,
      '2,s-1,math,Fall 2025,5,16/9/2025,208,3.4',
      '3,s-1,math,Fall 2025,5,9/16/2025,2080,3.4',
      '4,s-1,math,Fall 2025,5,9/16/2025,high,3.4',
      '5,s-1,math,Fall 2025,5,9/16/2025,208,-1',
      '6,,math,Fall 2025,5,9/16/2025,208,3.4',
      '7,s-1,,Fall 2025,5,9/16/2025,208,3.4',
      '8,s-1,math,,5,9/16/2025,208,3.4',
      '9,s-1,math,Fall 2025,5,9/16/2035,208,3.4',
      '10,s-1,math,Fall 2025,a grade that is too long,9/16/2025,208,3.4',
      '11,s-1,math,Fall 2025,5,9/16/2025,208',
      '1,s-1,math,Fall 2025,5,9/16/2025,209,3.4',
      '1,s-1,math,Fall 2025,5,9/16/2025,208,3.4',
      '12,s-2,math,Fall 2025,5,9/16/2025,,',
      '13,s-2,math,Fall 2025,5,9/17/25,199,',
    ].map(row => `${row.trim()}\n`)
    expect(await load({ 'm.json': MAPPING, 'scores.csv': HEADER + rows.join('') })).toMatchObject({
      read: 15,
      stored: 2,
      duplicate: 1,
      dead: 11,
      nobody: 1,
    })
    const found = (await faults()).map(line =>
      line.replace(/ROW_INVALID: scores.csv row \d+ (field \S+ )?/, '').replace(/\. The scores.*/, ''),
    )
    expect(found.sort()).toEqual(
      [
        'scores.csv row 3 field Date | is "16/9/2025", expected a date written as m/d/y',
        'scores.csv row 4 field Points | is 2080, expected at most 300',
        'scores.csv row 5 field Points | is a string of 4 characters, expected a number',
        'scores.csv row 6 field Error | is -1, expected more than 0',
        'scores.csv row 7 field Student | is missing, expected a string',
        'scores.csv row 8 field Subject | is missing, expected a string',
        'scores.csv row 9 field Term | is missing, expected a window of at most 64 characters, or a date that lies in one',
        'scores.csv row 10 field Date | is "2035-09-16", expected a day between 1970 and today',
        'scores.csv row 11 field Grade | is a string of 24 characters, expected at most 16 characters',
        'scores.csv row 12 | is a row of 7 fields, expected 8 fields',
        'scores.csv row 13 field score | is another one than an earlier row has for the same sitting, expected one row for a sitting, or a naturalKey that tells two sittings apart',
      ].sort(),
    )
    expect(await ingest.text('dead-letters')).not.toContain('s-1')
  })

  test('a corrected row replaces what it said, also of another student, day or window', async () => {
    await load({ 'm.json': MAPPING, 'scores.csv': HEADER + ROW })
    await load({ 'scores.csv': `${HEADER}1,s-2,math,Winter 2026,5,1/16/2026,215,3.4\n` })
    expect(await inWarehouse()).toEqual([{ test: 'benchmark', subject: 'math', window: 'Winter 2026', score: 215 }])
  })

  test('without an id, student, test, subject, window and date are the sitting', async () => {
    const mapping = changed({ naturalKey: undefined })
    await load({ 'm.json': mapping, 'scores.csv': HEADER + ROW })
    await load({
      'scores.csv': `${HEADER}1,s-1,math,Fall 2025,5,9/16/2025,210,\n2,s-1,math,Fall 2025,5,9/30/2025,220,\n`,
    })
    expect(await inWarehouse('score')).toEqual([{ score: 210 }, { score: 220 }])
  })

  test('a row whose status says deleted takes its score back', async () => {
    const mapping = changed({ status: { from: '{State}', map: { D: 'deleted' } } })
    const header = 'State,' + HEADER
    await load({ 'm.json': mapping, 'scores.csv': `${header}A,${ROW}A,2${ROW.slice(1)}` })
    expect(await inWarehouse('score')).toHaveLength(2)
    await load({ 'scores.csv': `${header}D,${ROW}` })
    expect(await inWarehouse('score')).toHaveLength(1)
  })

  test('a complete file takes back what it has no longer, of its own tests, subjects and windows only', async () => {
    const mapping = changed({ complete: true })
    const winter = ROW.replace('1,', '3,').replace('Fall', 'Winter')
    await load({ 'm.json': mapping, 'scores.csv': HEADER + ROW + ROW.replace('1,', '2,') + winter })
    await load({ 'scores.csv': HEADER + ROW })
    expect(await inWarehouse('window, score')).toEqual([
      { window: 'Fall 2025', score: 208 },
      { window: 'Winter 2025', score: 208 },
    ])
  })

  test('a complete file with a row that cannot be used takes nothing back', async () => {
    const mapping = changed({ complete: true })
    await load({ 'm.json': mapping, 'scores.csv': HEADER + ROW + ROW.replace('1,', '2,') })
    await load({ 'scores.csv': `${HEADER}${ROW}2,s-1,math,Fall 2025,5,9/16/2025,bad,\n` })
    expect(await inWarehouse('score')).toHaveLength(2)
  })

  test('a wide row is a score for each part that it has', async () => {
    const mapping = changed({
      subject: undefined,
      score: undefined,
      csem: undefined,
      naturalKey: ['{Student}', '{Term}'],
      each: [
        { subject: 'math', score: '{Math}' },
        { subject: 'reading', score: '{Reading}' },
      ],
    })
    const rows =
      'Student,Term,Grade,Date,Math,Reading\ns-1,Fall,5,9/16/2025,208,211\ns-2,Fall,5,9/16/2025,,150\ns-3,Fall,5,9/16/2025,,\n'
    expect(await load({ 'm.json': mapping, 'scores.csv': rows })).toMatchObject({ read: 3, stored: 2, nobody: 1 })
    expect(await inWarehouse('subject, score')).toEqual([
      { subject: 'math', score: 208 },
      { subject: 'reading', score: 150 },
      { subject: 'reading', score: 211 },
    ])
  })

  test.each([
    ['no subject', changed({ subject: undefined }), 'scores[0].subject'],
    ['a format of dates that nobody knows', changed({ dateFormat: 'd.m.y' }), 'scores[0].dateFormat'],
    ['a season without a day', changed({ window: { seasons: { fall: 'August' } } }), 'scores[0].window'],
  ])('a mapping file with %s is refused by its place', async (_, mapping, place) => {
    const message = expect.stringContaining(place) as string
    await expect(load({ 'm.json': mapping, 'scores.csv': HEADER + ROW }, 'm.json')).rejects.toMatchObject({ message })
  })
})

test('the example of the README works as it stands there', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const blocks = readme.split('```json\n').map(block => block.split('\n```')[0]!)
  const rows = 'Student,Grade,Taken,Math,Math SE,Reading\n9001,5,9/16/2025,208,3.4,211\n9002,5,1/20/2026,,,190\n'
  const files = { 'm.json': blocks.find(block => block.includes('"scores"'))!, 'benchmark-1.csv': rows }
  expect(await load(files)).toMatchObject({ read: 2, stored: 2, dead: 0, unused: [] })
  expect(await inWarehouse('subject, window, score, csem')).toEqual([
    { subject: 'mathematics', window: '2025-2026 fall', score: 208, csem: 3.4 },
    { subject: 'reading', window: '2025-2026 fall', score: 211, csem: null },
    { subject: 'reading', window: '2025-2026 winter', score: 190, csem: null },
  ])
})

test('dates are read in the order that is said, and only if the calendar has them', () => {
  expect(dayIn('9/6/2025', 'm/d/y')).toBe('2025-09-06')
  expect(dayIn('9/6/25', 'd/m/y')).toBe('2025-06-09')
  expect(dayIn('09062025', 'mmddyyyy')).toBe('2025-09-06')
  expect(dayIn('20250906', 'yyyymmdd')).toBe('2025-09-06')
  expect(dayIn('2025-09-06T23:59:00Z', 'y-m-d')).toBe('2025-09-06')
  for (const wrong of ['2/30/2025', '13/1/2025', '9/6/202', 'yesterday', ''])
    expect(dayIn(wrong, 'm/d/y')).toBeUndefined()
})

test('a day lies in the season that began last, of the school year that began last', () => {
  const windows = { yearBegins: '07-01', seasons: { fall: '08-01', winter: '12-01', spring: '03-01' } }
  expect(windowAt('2025-08-01', windows)).toBe('2025-2026 fall')
  expect(windowAt('2025-12-31', windows)).toBe('2025-2026 winter')
  expect(windowAt('2026-02-28', windows)).toBe('2025-2026 winter')
  expect(windowAt('2026-06-30', windows)).toBe('2025-2026 spring')
  expect(windowAt('2025-07-31', windows)).toBeUndefined()
  expect(windowAt('2026-06-30', { yearBegins: '07-01', seasons: {} })).toBe('2025-2026')
})

const GRADEBOOK = {
  'manifest.csv': 'propertyName,value\noneroster.version,1.2\nfile.results,bulk\n',
  'categories.csv': 'sourcedId,status,dateLastModified,title,weight\nc-1,,,Quizzes,\n',
  'scoreScales.csv':
    'sourcedId,status,dateLastModified,title,type,scoreScaleValue\ngpa,,,GPA,letter,"{A:4.0},{B+:3.3}"\n',
  'lineItems.csv':
    'sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax\n' +
    'li-1,,,Fractions,,2025-09-01,2025-09-05,math-1,c-1,q-1,0,10\nli-2,,,Essay,,2025-09-01,2025-09-05,math-1,,q-1,0,4\n',
  'results.csv':
    'sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment,textScore,scoreScaleSourcedId\n' +
    'r-1,,,li-1,s-1,fully graded,8,2025-09-06,,,\nr-2,,,li-1,s-2,partially graded,3,2025-09-06,,,\n' +
    'r-3,,,li-2,s-1,fully graded,,2025-09-07,,B+,gpa\nr-4,,,li-2,s-2,not submitted,,2025-09-07,,,\n',
  'assessmentLineItems.csv':
    'sourcedId,status,dateLastModified,title,classSourcedId,scoreScaleSourcedId,resultValueMin,resultValueMax\nli-1,,,Fall benchmark,,,100,300\n',
  'assessmentResults.csv':
    'sourcedId,status,dateLastModified,assessmentLineItemSourcedId,studentSourcedId,score,scoreDate,scorePercentile,scoreStatus\n' +
    'r-1,,,li-1,s-1,208,2025-09-16T09:00:00Z,57,fully graded\n',
}
const inFolder = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`set/${name}`, text]))
const DELTA = 'propertyName,value\noneroster.version,1.2\nfile.results,delta\n'

describe('the gradebook of OneRoster', () => {
  test('results are grades of their line items, assessment results are assessments', async () => {
    expect(await load(inFolder(GRADEBOOK))).toMatchObject({ read: 10, stored: 10, dead: 0, unused: [], refused: [] })
    expect(await inWarehouse('kind, test, item, window, score, level, high, counts')).toEqual([
      {
        kind: 'assessment',
        test: 'Fall benchmark',
        item: 'Fall benchmark',
        window: '2025-2026',
        score: 208,
        level: '',
        high: 300,
        counts: true,
      },
      { kind: 'grade', test: 'Quizzes', item: 'Fractions', window: '', score: 3, level: '', high: 10, counts: false },
      { kind: 'grade', test: 'Quizzes', item: 'Fractions', window: '', score: 8, level: '', high: 10, counts: true },
      { kind: 'grade', test: 'grade', item: 'Essay', window: '', score: 3.3, level: 'B+', high: 4, counts: true },
    ])
  })

  test('a delta corrects and deletes results and line items, and may refer to what an earlier set had', async () => {
    await load(inFolder(GRADEBOOK))
    const header = GRADEBOOK['results.csv'].split('\n')[0]!
    const results = `${header}\nr-1,active,,li-1,s-1,fully graded,9,2025-09-06,,,\nr-3,tobedeleted,,,,,,,,,\n`
    await rm(join(folder, 'set'), { recursive: true })
    const summary = await load(inFolder({ 'manifest.csv': DELTA, 'results.csv': results }))
    expect(summary).toMatchObject({ read: 2, stored: 2, dead: 0 })
    expect(await inWarehouse('item, score')).toEqual([
      { item: 'Fall benchmark', score: 208 },
      { item: 'Fractions', score: 3 },
      { item: 'Fractions', score: 9 },
    ])
    const items = `${GRADEBOOK['lineItems.csv'].split('\n')[0]!}\nli-1,tobedeleted,,,,,,,,,,\n`
    await load(inFolder({ 'lineItems.csv': items }))
    expect(await inWarehouse('item, score')).toEqual([{ item: 'Fall benchmark', score: 208 }])
  })

  test('a bulk set without a result takes it back; without the file of results it says nothing of them', async () => {
    await load(inFolder(GRADEBOOK))
    await load(inFolder({ 'results.csv': GRADEBOOK['results.csv'].replace(/r-2,.*\n/, '') }))
    expect(await inWarehouse('item, score')).toEqual([
      { item: 'Essay', score: 3.3 },
      { item: 'Fall benchmark', score: 208 },
      { item: 'Fractions', score: 8 },
    ])
    await rm(join(folder, 'set/results.csv'))
    await load({})
    expect(await inWarehouse('item, score')).toHaveLength(3)
  })

  test('a result of a line item that the set does not have is named, and takes nothing back', async () => {
    await load(inFolder(GRADEBOOK))
    const results =
      GRADEBOOK['results.csv'].replace('r-2,,,li-1', 'r-2,,,li-9').replace(/r-1,.*\n/, '') +
      'r-5,,,li-1,s-3,graded,7,tomorrow,,,\n'
    expect(await load(inFolder({ 'results.csv': results }))).toMatchObject({ dead: 2 })
    expect((await faults()).map(line => line.split(' | ')[0])).toEqual([
      'set/results.csv row 2 field lineItemSourcedId',
      'set/results.csv row 5 field scoreStatus',
    ])
    expect(await inWarehouse('item, score')).toHaveLength(4)
  })
})
