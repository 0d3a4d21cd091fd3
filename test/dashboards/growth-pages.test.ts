import { beforeAll, expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../processors/growth/recompute-growth.ts'
import { storeScores } from '../../processors/store-scores.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import type { Score } from '../../schemas/score.ts'
import { logWith } from '../helpers/log-with.ts'
import { person } from '../helpers/records.ts'
import { uniforms } from '../helpers/score-panel.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure } from './a-district.ts'
import { aLog, anApp, open, signedIn, type Browser } from './an-app.ts'

/** Two springs before, and fall and spring of the year shown. */
const SITTINGS = [
  ['2023-2024 spring', '2024-05-15', 0],
  ['2024-2025 spring', '2025-05-15', 1],
  ['2025-2026 fall', '2025-09-15', 1.3],
  ['2025-2026 spring', '2026-05-15', 2],
] as const
const STUDENTS = 300
/** The first ten are in the class; the last of them has one score. */
const IN_CLASS = Array.from({ length: 10 }, (_, at) => ({
  id: person(`s${at}`),
  given: ['Ada', 'Ben', 'Cleo', 'Dora', 'Eli', 'Fay', 'Gus', 'Hal', 'Ina', 'Jo'][at]!,
  family: `Family${at}`,
  classes: ['c-9'],
}))

let warehouse: Warehouse
let teacher: Browser
let principal: Browser
const told: AuditEntry[] = []

/** Everybody rises by about 9 points a year; the first student of the class by 19. */
function scores(): Score[] {
  const uniform = uniforms(7)
  return Array.from({ length: STUDENTS }, (_, student) => {
    const [start, slope] = [185 + 30 * uniform(), student === 0 ? 19 : 5 + 8 * uniform()]
    return SITTINGS.map(([window, date, years], at): Score[] => {
      const score = Math.round(start + slope * years + 5 * uniform())
      if (student === 9 && at < 3) return []
      return [
        {
          type: 'score',
          id: uuid5(`growth-pages|${student}|${at}`),
          source: 'map-growth',
          storedAt: '2026-06-01T12:00:00.000Z',
          kind: 'assessment',
          test: 'map-growth',
          subject: 'Mathematics',
          window,
          grade: '',
          date,
          score,
          csem: 3,
          counts: true,
          list: '',
          student: person(`s${student}`),
        },
      ]
    }).flat()
  }).flat()
}

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln School' }])
  await addClasses(warehouse, [{ id: 'c-9', school: 'lincoln', label: 'MATH-9' }])
  await addStudents(warehouse, IN_CLASS, { school: 'lincoln' })
  await addLive(warehouse, [aFigure({ unit_type: 'class', unit_id: 'c-9', n: 10 })])
  await storeScores(
    warehouse,
    scores().map((value, at) => ({ value, position: `0/${at}/0` })),
  )
  await new GrowthRecompute(warehouse, { district: 'd1' }, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: 1 }),
  ).run()
  const kept = await aLog()
  const log = logWith(kept, {
    append: async (topic, entries) => {
      await kept.append(topic, entries)
      if (topic === 'audit') told.push(...entries.map(({ value }) => AuditEntry.parse(JSON.parse(value!))))
    },
  }) as EventLog
  const { app } = await anApp(warehouse, undefined, { log })
  teacher = await signedIn(app, warehouse, { id: 'te', role: 'adviser', scope: { schools: ['lincoln'], classes: ['c-9'] } }) // prettier-ignore
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
}, 120_000)

test('the page of a class says first how its students grew: the range, then points a year, then the span of the year', async () => {
  const { text } = await open(teacher, '/classes/c-9')
  const section = text('section[aria-labelledby=growth]')
  expect(section).toMatch(/Students of MATH-9 grew, on average, at percentile \d+ to \d+: (above|below|not distinguishable from) typical\. 9 students/) // prettier-ignore
  expect(section).toMatch(/On the test’s scale scores rose by \d+\.\d to \d+\.\d points a year\./)
  expect(section).toMatch(/2025-2026 fall to spring: -?\d\.\d\d to \d\.\d\d standard deviations beside what students of the district with the same first score reached/) // prettier-ignore
})

test('a teacher sees one small picture per student by name, low and high starters in one, and the same as a table', async () => {
  const { document, rows } = await open(teacher, '/classes/c-9')
  const panels = [...document.querySelectorAll('.each .panels li')]
  expect(panels.map(panel => panel.querySelector('h4')!.textContent!.trim())).toEqual(
    IN_CLASS.map(({ given, family }) => `${given} ${family}`),
  )
  // Four scores and a line with its band; of who has one score the score alone.
  expect(panels[0]!.querySelectorAll('.hollow circle')).toHaveLength(4)
  expect(panels[0]!.querySelectorAll('.band path')).toHaveLength(1)
  expect(panels[9]!.querySelectorAll('.hollow circle')).toHaveLength(1)
  expect(panels[9]!.querySelectorAll('.band path')).toHaveLength(0)
  expect(document.querySelectorAll('.starters svg .dot circle')).toHaveLength(9)
  for (const picture of document.querySelectorAll('svg')) expect(picture.getAttribute('aria-label')).toBeTruthy()
  const table = rows('.each table').slice(1)
  expect(table.map(row => row[0])).toEqual(IN_CLASS.map(({ given, family }) => `${given} ${family}`))
  expect(table[0]![4]).toMatch(/^\d+ to \d+$/)
  expect(table[9]![4]).toBe('no prior score to compare with')
})

test('a principal sees the class’s figures, no quarter of fewer than ten, and nothing of single students', async () => {
  told.length = 0
  const { body, document } = await open(principal, '/classes/c-9')
  expect(body).toContain('grew, on average, at')
  expect(document.querySelectorAll('.each')).toHaveLength(0)
  for (const { id, family } of IN_CLASS) for (const secret of [id, family]) expect(body).not.toContain(secret)
  const quarters = [...document.querySelectorAll('tbody tr')].filter(row => /quarter/.test(row.textContent!))
  expect(quarters.length).toBeGreaterThan(0)
  for (const quarter of quarters) expect(quarter.textContent).not.toMatch(/\d+ to \d+/)
  expect(told.flatMap(({ units }) => units)).toEqual(['class:c-9'])
})

test('the page of a student says the percentile’s range and what it settles, the line’s slope, and draws scores and line', async () => {
  const { text, document, rows } = await open(teacher, `/students/${IN_CLASS[0]!.id}`)
  const section = text('section[aria-labelledby=growth]')
  expect(section).toMatch(/Growth in 2025-2026 spring was at percentile \d+ to \d+, beside students with similar earlier scores: above typical/) // prettier-ignore
  const [, low, high] = /over all years: (\d+\.\d) to (\d+\.\d) points a year/.exec(section)!.map(Number)
  // The line is drawn from 19 towards the others’ 9.
  expect(low).toBeGreaterThan(9)
  expect(high).toBeLessThan(22)
  const figure = document.querySelector('section[aria-labelledby=growth] figure')!
  expect(figure.querySelectorAll('svg .hollow circle')).toHaveLength(4)
  expect(figure.querySelector('svg')!.getAttribute('aria-label')).toMatch(
    /^Scores of Ada Family0 in Mathematics, from \d+ in 2023-2024 spring to \d+ in 2025-2026 spring; the line rises by \d+\.\d points a year\.$/,
  )
  expect(rows('section[aria-labelledby=growth] table')).toHaveLength(5)
})

test('of a student with one score it is said why there is neither percentile nor line', async () => {
  const { text } = await open(teacher, `/students/${IN_CLASS[9]!.id}`)
  const section = text('section[aria-labelledby=growth]')
  expect(section).toContain('How Jo Family9 grew cannot be said yet: no prior score to compare with.')
  expect(section).toContain('How many points a year the scores rise cannot be said: one score.')
})
