import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Placed } from '../../processors/parse-entries.ts'
import { EVERY_STUDENT } from '../../processors/touched-scores.ts'
import { windowScores, type WindowScore } from '../../processors/scores/window-scores.ts'
import { storeScores } from '../../processors/store-scores.ts'
import type { Score, ScoreEntry } from '../../schemas/score.ts'
import { aSchool, aStudent, anAlias, anEnrolment, enrol, person } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const emptied = emptiedWarehouse()

const T1 = '2026-01-01T12:00:00.000Z'
const T2 = '2026-02-01T12:00:00.000Z'
const T3 = '2026-03-01T12:00:00.000Z'

const base = { source: 'map-growth', storedAt: T1 }

/** A score; what is not said is ordinary. */
function aScore({ key = 'k1', student = 'ada', ...rest }: Partial<Score> & { key?: string } = {}): Score {
  return {
    type: 'score',
    id: uuid5(`score|${key}`),
    ...base,
    kind: 'assessment',
    date: '2025-09-16',
    test: 'map-growth',
    subject: 'mathematics',
    window: 'Fall 2025-2026',
    grade: '05',
    score: 208,
    csem: 3.4,
    counts: true,
    list: '',
    ...rest,
    student: student.length === 64 ? student : person(student),
  }
}
const withdrawalOf = (key: string, storedAt = T2): ScoreEntry => ({
  type: 'withdrawal',
  id: uuid5(`score|${key}`),
  ...base,
  storedAt,
})
const listOf = (id: string, since: string): ScoreEntry => ({ type: 'list', id, ...base, storedAt: since, since })

let position = 0
const placed = (entries: readonly ScoreEntry[]): Placed<ScoreEntry>[] =>
  entries.map(value => ({ value, position: `0/${position++}/0` }))

const stored = (warehouse: Warehouse, ...entries: ScoreEntry[]) => storeScores(warehouse, placed(entries))
const shown = async (warehouse: Warehouse): Promise<string[]> =>
  (await windowScores(warehouse)).map(row => `${row.subject} ${row.window} ${row.score}`)

type Touched = { test: string; subject: string; window: string; student: string }
async function touchedNow(warehouse: Warehouse): Promise<Touched[]> {
  const found = await warehouse.query<Touched>(
    `select distinct test, subject, window, lower(hex(student_id)) as student from touched_scores final
     where done = 0 order by all`,
  )
  await warehouse.command('truncate table touched_scores')
  return found
}

test('a score is one row with the school of enrolment on its day, whatever school its file names', async () => {
  const warehouse = await emptied()
  await enrol(
    warehouse,
    ...aSchool('oak', { 'oak-1': [] }),
    ...aSchool('elm', { 'elm-1': [] }),
    aStudent('ada'),
    anEnrolment('ada', 'oak-1', 'oak', '2025-08-25', '2025-09-17'),
    anEnrolment('ada', 'elm-1', 'elm', '2025-09-17'),
  )
  await stored(warehouse, aScore({ school: 'Elm' }), aScore({ key: 'k2', window: 'Winter', date: '2025-12-10' }))
  expect(await windowScores(warehouse)).toEqual([
    {
      student_id: person('ada'),
      test: 'map-growth',
      subject: 'mathematics',
      window: 'Fall 2025-2026',
      window_begin: '2025-09-16',
      grade: '05',
      day: '2025-09-16',
      score: 208,
      csem: 3.4,
      percentile: null,
      level: '',
      school_id: 'oak',
      sittings: 1,
    } satisfies WindowScore,
    expect.objectContaining({ window: 'Winter', school_id: 'elm' }),
  ])
})

test('of several sittings in a window the first that counts is taken, and all are told', async () => {
  const warehouse = await emptied()
  await stored(
    warehouse,
    aScore({ key: 'rushed', date: '2025-09-10', score: 150, counts: false }),
    aScore({ key: 'again', date: '2025-09-30', score: 220 }),
    aScore({ key: 'first', date: '2025-09-16', score: 201, csem: 5 }),
    aScore({ key: 'same day', date: '2025-09-16', score: 205, csem: 3 }),
    aScore({ key: 'level only', date: '2025-09-01', score: null, level: 'Proficient' }),
  )
  expect(await windowScores(warehouse)).toMatchObject([{ score: 205, day: '2025-09-16', sittings: 4 }])
})

test('a correction replaces what it corrects, even if it is read first', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const warehouse = await emptied()
    const both = [aScore({ score: 280 }), aScore({ score: 208, storedAt: T2 })]
    for (const at of order) await stored(warehouse, both[at]!)
    expect(await shown(warehouse)).toEqual(['mathematics Fall 2025-2026 208'])
  }
})

test('a score that is taken back is gone, even if that is read first, and is back when it is given again', async () => {
  const warehouse = await emptied()
  await stored(warehouse, withdrawalOf('k1'))
  await stored(warehouse, aScore())
  expect(await shown(warehouse)).toEqual([])
  await stored(warehouse, aScore({ storedAt: T3 }))
  expect(await shown(warehouse)).toEqual(['mathematics Fall 2025-2026 208'])
})

test('what a list given whole has not any more does not count; other lists and sources stay', async () => {
  const warehouse = await emptied()
  await stored(
    warehouse,
    aScore({ key: 'gone', list: 'fall' }),
    aScore({ key: 'other list', list: 'winter', window: 'Winter' }),
    aScore({ key: 'other source', source: 'star', subject: 'reading', list: 'fall' }),
    aScore({ key: 'kept', student: 'ben', list: 'fall', storedAt: T2 }),
  )
  await stored(warehouse, listOf('fall', T2))
  expect((await windowScores(warehouse)).map(row => [row.student_id, row.window])).toEqual([
    [person('ben'), 'Fall 2025-2026'],
    [person('ada'), 'Winter'],
    [person('ada'), 'Fall 2025-2026'],
  ])
})

test('two identifiers of one person are one student once the roster says so', async () => {
  const warehouse = await emptied()
  await stored(warehouse, aScore({ student: 'state-7' }), aScore({ key: 'k2', student: 'ada', date: '2025-09-20' }))
  expect(await windowScores(warehouse)).toHaveLength(2)
  await touchedNow(warehouse)
  await enrol(warehouse, aStudent('ada'), anAlias('ada', 'ada'), anAlias('state-7', 'ada'))
  expect(await windowScores(warehouse)).toMatchObject([{ student_id: person('ada'), day: '2025-09-16', sittings: 2 }])
  const students = (await touchedNow(warehouse)).map(({ student }) => student)
  // The merged person's enrolments are others' now: all growth is touched beside the two.
  expect(students.sort()).toEqual([EVERY_STUDENT, person('ada'), person('state-7')].sort())
})

test('a result has the test, subject and window of its line item, whichever comes first', async () => {
  const warehouse = await emptied()
  const result = aScore({ kind: 'grade', test: '', subject: '', window: '', item: 'quiz-3', list: 'quiz-3', score: 8 })
  await stored(warehouse, result)
  const rows = () =>
    warehouse.query<object>('select test, subject, window, item, high, score from current_scores order by item')
  expect(await rows()).toEqual([])
  const item = { ...base, status: 'active' as const, kind: 'grade' as const, category: 'c-1', class: 'math-1' }
  await stored(
    warehouse,
    { type: 'item', id: 'quiz-3', ...item, title: 'Fractions', period: 'q1', scale: '', min: 0, max: 10 },
    { type: 'term', of: 'category', id: 'c-1', ...base, status: 'active', title: 'Quizzes', values: {} },
  )
  const entry = { source: 'sis', storedAt: T1, status: 'active' as const }
  await enrol(
    warehouse,
    {
      type: 'class',
      ...entry,
      id: 'math-1',
      school: 'oak',
      label: 'M',
      classType: 'scheduled',
      subjects: ['Mathematics'],
      grades: [],
    },
    {
      type: 'session',
      ...entry,
      id: 'q1',
      title: 'Quarter 1',
      kind: 'gradingPeriod',
      schoolYear: '2026',
      begin: '2025-08-25',
      end: '2025-11-01',
    },
  )
  expect(await rows()).toEqual([
    { test: 'Quizzes', subject: 'Mathematics', window: 'Quarter 1', item: 'Fractions', high: 10, score: 8 },
  ])
  await stored(warehouse, {
    type: 'item',
    id: 'quiz-3',
    ...item,
    storedAt: T2,
    status: 'deleted',
    title: '',
    period: '',
    scale: '',
    min: null,
    max: null,
  })
  expect(await rows()).toEqual([])
})

test('a letter is worth what its scale says', async () => {
  const warehouse = await emptied()
  const status = 'active' as const
  await stored(
    warehouse,
    aScore({ kind: 'grade', test: '', item: 'essay', list: 'essay', score: null, level: 'B+' }),
    {
      type: 'item',
      id: 'essay',
      ...base,
      status,
      kind: 'grade',
      title: 'Essay',
      category: '',
      class: '',
      period: '',
      scale: 'gpa',
      min: null,
      max: null,
    },
    { type: 'term', of: 'scale', id: 'gpa', ...base, status, title: 'GPA', values: { A: '4.0', 'B+': '3.3' } },
  )
  expect(await warehouse.query('select test, level, score from current_scores')).toEqual([
    { test: 'grade', level: 'B+', score: 3.3 },
  ])
})

test('a score touches its cohort and student; a second delivery of the same touches nothing', async () => {
  const warehouse = await emptied()
  const cohort = { test: 'map-growth', subject: 'mathematics', window: 'Fall 2025-2026', student: person('ada') }
  expect(await stored(warehouse, aScore())).toEqual({ stored: 1, duplicates: 0 })
  expect(await touchedNow(warehouse)).toEqual([cohort])
  expect(await stored(warehouse, aScore({ storedAt: T2 }), aScore({ storedAt: T3 }))).toEqual({
    stored: 0,
    duplicates: 2,
  })
  expect(await touchedNow(warehouse)).toEqual([])
  await stored(warehouse, aScore({ storedAt: '2026-03-15T12:00:00.000Z', subject: 'reading' }))
  expect(await touchedNow(warehouse)).toEqual([cohort, { ...cohort, subject: 'reading' }])
  await stored(warehouse, withdrawalOf('k1', '2026-04-01T12:00:00.000Z'))
  expect(await touchedNow(warehouse)).toEqual([cohort, { ...cohort, subject: 'reading' }])
})

test('a batch that is delivered again, because it was cut off, touches again what it left and what it joined', async () => {
  const warehouse = await emptied()
  await stored(warehouse, aScore())
  const batch = placed([aScore({ storedAt: T2, student: 'ben' })])
  await storeScores(warehouse, batch)
  const first = await touchedNow(warehouse)
  expect(first.map(({ student }) => student).sort()).toEqual([person('ada'), person('ben')].sort())
  await storeScores(warehouse, batch)
  expect(await touchedNow(warehouse)).toEqual(
    first.filter(({ student }) => [person('ada'), person('ben')].includes(student)),
  )
})

const anEntry = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    at: fc.integer({ min: 0, max: 5 }),
    kind: fc.constantFrom('score', 'score', 'score', 'withdrawal', 'list'),
    score: fc.integer({ min: 190, max: 199 }),
    subject: fc.constantFrom('mathematics', 'reading'),
  })
  .map(({ key, at, kind, score, subject }): ScoreEntry => {
    const storedAt = `2026-01-0${at + 1}T12:00:00.000Z`
    if (kind === 'withdrawal') return withdrawalOf(key, storedAt)
    if (kind === 'list') return listOf(key < 'c' ? 'one' : 'two', storedAt)
    return aScore({ key, student: key, score, subject, storedAt, list: key < 'c' ? 'one' : 'two' })
  })

test('any order, any doubling and any split into batches of the same entries gives the same scores', async () => {
  const [once, other] = [await freshWarehouse(), await freshWarehouse()]
  const tables = ['scores', 'score_lists', 'score_cohorts_left']
  await fc.assert(
    fc.asyncProperty(
      fc.array(anEntry, { minLength: 1, maxLength: 12 }).chain(entries =>
        fc.record({
          entries: fc.constant(entries),
          delivered: fc
            .tuple(fc.shuffledSubarray(entries, { minLength: entries.length }), fc.shuffledSubarray(entries))
            .map(([all, again]) => [...all, ...again]),
          size: fc.integer({ min: 1, max: 5 }),
        }),
      ),
      async ({ entries, delivered, size }) => {
        for (const table of tables) {
          await once.command(`truncate table ${table}`)
          await other.command(`truncate table ${table}`)
        }
        await stored(once, ...entries)
        for (let from = 0; from < delivered.length; from += size)
          await stored(other, ...delivered.slice(from, from + size))
        expect(await windowScores(other)).toEqual(await windowScores(once))
      },
    ),
    { numRuns: 15, seed: 20261122 },
  )
}, 120_000)
