import { beforeAll, expect, test } from 'vitest'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import { logWith } from '../helpers/log-with.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addLive, publish, type Figure } from './a-district.ts'
import { aGrowingClass, growthFigures, IN_CLASS } from './a-growing-class.ts'
import { aLog, anApp, open, signedIn, type Browser } from './an-app.ts'

let warehouse: Warehouse
let teacher: Browser
let principal: Browser
const told: AuditEntry[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await aGrowingClass(warehouse)
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
  expect(section).toMatch(/2025-2026 fall to spring: between \d\.\d\d standard deviations below and \d\.\d\d above, so not distinguishable from what students of the district with the same first score reached/) // prettier-ignore
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

test('of a school and a district of which only scores have arrived, growth is shown already', async () => {
  await publish(warehouse, 1, growthFigures('district', 'd1', 4000).filter(isGrowth))
  await addLive(warehouse, growthFigures('school', 'lincoln', 200).filter(isGrowth))
  for (const [url, who] of [
    ['/schools/lincoln', 'Students at Lincoln School'],
    ['/district', 'Students of the district'],
  ] as const) {
    // prettier-ignore
    const { text } = await open(principal, url)
    expect(text('.lead')).toBe('Test scores have arrived, and what they say of growth is below.')
    expect(text('section[aria-labelledby=growth]')).toContain(`${who} grew, on average, at percentile`)
  }
})

test('the page of a school says its growth beside 50 and the district, its spread, and each grade followed back', async () => {
  await addLive(warehouse, growthFigures('school', 'lincoln', 200))
  await publish(warehouse, 2, growthFigures('district', 'd1', 4000))
  const { text, document, rows } = await open(principal, '/schools/lincoln')
  const section = text('section[aria-labelledby=growth]')
  // 44 to 50: beside 50 only, and the district's mean of 49.2, it is not settled.
  expect(section).toContain('grew, on average, at percentile 44 to 50: not distinguishable from typical')
  expect(section).toContain('0.2 to 1.6 points a year less than in the district')
  expect(section).toContain(
    '2025-2026 fall to spring: 0.03 to 0.21 standard deviations below what students of the district',
  )
  expect(section).toContain('12 to 20% of the students are in the highest fifth of growth, 20 to 28% in the lowest')
  const panels = [...document.querySelectorAll('.each .panels li')]
  expect(panels.map(panel => panel.querySelector('h4')!.textContent)).toEqual(
    [9, 10, 11, 12].map(g => `Now in grade ${g}`),
  )
  // Grade 11 of now was in grade 9 two years ago: three windows of each; who is in grade 9 now has the last year only.
  expect(panels.map(panel => panel.querySelectorAll('.dot circle').length)).toEqual([3, 6, 9, 9])
  expect(rows('.each table').slice(1)).toHaveLength(9)
})

test('of the district no conditional growth is said: it is 0 by construction', async () => {
  const { text } = await open(principal, '/district')
  const section = text('section[aria-labelledby=growth]')
  expect(section).toContain('On the test’s scale scores rose by 13.2 to 14.0 points a year.')
  expect(section).not.toContain('standard deviations')
})

const isGrowth = ({ indicator }: Figure): boolean => indicator !== 'active_days'
