import { describe, expect, test } from 'vitest'
import { MODES } from '../../dashboards/pages/engagement/modes.ts'
import { byTheme, inThemeOrder, isMode, measuresOf, themeOf } from '../../dashboards/pages/parts/themes.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure, noFigure, publish, type Figure } from './a-district.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'

const WEEK = '2026-03-02'
const LINCOLN = { unit_type: 'school', unit_id: 'lincoln' }
const given = emptiedWarehouse()

/** One figure of the week, by its interval. */
const between = (indicator: string, lo95: number, hi95: number, more: Partial<Figure> = {}): Figure =>
  aFigure({ indicator, value: (lo95 + hi95) / 2, lo95, hi95, week: WEEK, ...more })

/** A figure of a grade over the school year 2025–26, as published. */
const ofGrade = (grade: string, figure: Figure): Figure =>
  ({
    ...figure,
    indicator: 'year_active_days',
    week: '2025-07-28',
    slice: `grade=${grade}`,
    period: '2025-2026',
  }) as Figure

async function aDistrict(
  figures: readonly Figure[],
): Promise<{ warehouse: Warehouse; analyst: Browser; principal: Browser }> {
  const warehouse = await given()
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln School' },
    { id: 'monroe', name: 'Monroe School' },
  ])
  await publish(warehouse, 1, figures)
  const { app } = await anApp(warehouse)
  const analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
  const principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
  return { warehouse, analyst, principal }
}

describe('themes', () => {
  test('every weekly indicator has its place, once; time by mode stands in the mix', () => {
    const all = measuresOf('district')
    const placed = inThemeOrder(all)
    expect(new Set(placed).size).toBe(placed.length)
    expect(placed.length + all.filter(isMode).length).toBe(all.length)
    expect(all.filter(isMode).map(({ id }) => id)).toEqual(MODES.map(({ id }) => `${id}_minutes`))
  })

  test('what pages draw are indicators that the catalogue has, of their own theme', () => {
    for (const { theme, drawn } of byTheme(measuresOf('district'))) {
      expect(drawn.map(({ id }) => id)).toEqual(theme.drawn)
      for (const entry of drawn) expect(themeOf(entry)).toBe(theme)
    }
    expect(byTheme(measuresOf('district')).map(({ theme }) => theme.id)).not.toContain('more')
  })
})

describe('the first look', () => {
  test('four sentences say activity, choice and pace, people, and growth, each with its range', async () => {
    const { analyst } = await aDistrict([
      between('active_days', 0.6195, 0.6634),
      between('effort_minutes', 184, 196),
      between('choice_share', 0.521, 0.548),
      between('pace', 0.922, 0.966),
      between('goals_set', 1.24, 1.41),
      between('contact_minutes', 24, 28),
      between('adult_contact', 0.811, 0.842),
      {
        ...between('growth_rate', 13.2, 14.6),
        slice: 'subject=mathematics,test=MAP',
        period: '2025-2026 winter',
      } as Figure,
    ])
    const { text, document } = await open(analyst, '/district?week=2026-W10')
    expect(text('.lead')).toContain('active on 62 to 66% of their school days')
    expect([...document.querySelectorAll('.first-look li')].map(li => li.textContent?.replace(/\s+/g, ' '))).toEqual([
      'They chose 52 to 55% of their activities themselves, did 92 to 97% of the work that their own plans set for the time, and set 1.2 to 1.4 goals each this term.',
      'They had 24 to 28 minutes of logged contact with other people each, and had sustained contact with an adult: 81 to 84% of them.',
      'Their scores rose in Mathematics by 13.2 to 14.6 points a year.',
    ])
  })

  test('a sentence without a figure is left out, and nothing is said for it', async () => {
    const { analyst } = await aDistrict([
      between('active_days', 0.6, 0.7),
      noFigure('suppressed', { indicator: 'pace', week: WEEK }),
    ])
    const { document } = await open(analyst, '/district?week=2026-W10')
    expect(document.querySelectorAll('.first-look')).toHaveLength(0)
  })

  test('of a school percentiles are said, with a word only where the interval settles it', async () => {
    const percentile = (lo95: number, hi95: number, subject: string): Figure =>
      ({
        ...between('growth_percentile', lo95, hi95, LINCOLN),
        slice: `subject=${subject},test=MAP`,
        period: '2025-2026 winter',
      }) as Figure
    const { analyst } = await aDistrict([
      between('active_days', 0.6, 0.7, LINCOLN),
      between('active_days', 0.6, 0.7),
      percentile(52, 58, 'mathematics'),
      percentile(46, 53, 'reading'),
    ])
    const { text } = await open(analyst, '/schools/lincoln?week=2026-W10')
    expect(text('.first-look')).toBe(
      'They grew, on average, in Mathematics at percentile 52 to 58, above typical; in Reading at percentile 46 to 53, not distinguishable from typical.',
    )
  })
})

describe('further figures and the mix of modes', () => {
  test('what is not drawn stands in a table beside the district, and the mix as one bar with a key', async () => {
    const both = (indicator: string, lo95: number, hi95: number): Figure[] => [
      between(indicator, lo95, hi95),
      between(indicator, lo95, hi95, LINCOLN),
    ]
    const { analyst } = await aDistrict([
      ...both('active_days', 0.6, 0.7),
      ...both('persistence', 0.41, 0.47),
      ...both('individual_minutes', 70, 80),
      ...both('virtual_tutor_minutes', 20, 30),
    ])
    const { text, rows, document } = await open(analyst, '/schools/lincoln?week=2026-W10')
    expect(rows('.further')[1]!.slice(1)).toEqual(['41 to 47% 44%', 'no figure', '41 to 47% 44%'])
    expect(document.querySelector('.mode-bar')!.getAttribute('aria-label')).toBe(
      'Learning time of Lincoln School by mode: Individual 75%, Virtual tutor 25%.',
    )
    expect(rows('.mode-key').slice(1, 3)).toEqual([
      ['Individual', '75%', '75 min'],
      ['Small group', '0%', '0 min'],
    ])
    expect(text('.cautions')).toContain('Persistence')
  })
})

describe('by grade, toward grade 12', () => {
  test('the lowest and the highest grade are compared by their intervals; a hidden grade is a gap', async () => {
    const { analyst } = await aDistrict([
      between('active_days', 0.6, 0.7),
      ofGrade('09', between('', 0.66, 0.7)),
      ofGrade('10', noFigure('suppressed', {})),
      ofGrade('12', between('', 0.52, 0.57)),
    ])
    const { text, rows, document } = await open(analyst, '/district?week=2026-W10')
    expect(text('section[aria-labelledby=by-grade] .reading-text')).toBe(
      'Grade 9: 66 to 70% of school days enrolled; grade 12: 52 to 57%, below it.',
    )
    expect(rows('section[aria-labelledby=by-grade] table').slice(1)).toEqual([
      ['9', '66 to 70% 68%'],
      ['10', 'fewer than 10'],
      ['12', '52 to 57% 54%'],
    ])
    expect(document.querySelectorAll('section[aria-labelledby=by-grade] svg')).toHaveLength(1)
  })

  test('two intervals that overlap settle nothing; one grade alone is no curve', async () => {
    const base = between('active_days', 0.6, 0.7)
    const two = await aDistrict([base, ofGrade('11', between('', 0.6, 0.7)), ofGrade('12', between('', 0.55, 0.65))])
    expect((await open(two.analyst, '/district?week=2026-W10')).text('.reading-text')).toContain(
      'not distinguishable from it.',
    )
    const one = await aDistrict([base, ofGrade('12', between('', 0.55, 0.65))])
    expect((await open(one.analyst, '/district?week=2026-W10')).text('main')).not.toContain('toward grade 12')
  })
})

describe('how minutes depend on their constants', () => {
  const sensitivity = (n: number) =>
    [30, 15].map((gap_minutes, i) => ({
      week: '2026-02-09',
      gap_minutes,
      cap_minutes: 10,
      mean: 120 - 30 * i,
      median: 100,
      correlation: 1 - i * 0.04,
      n,
      computed: '1',
      deleted: 0,
    }))

  test('an analyst reads them as shares of what pages show, and no minutes; a principal does not', async () => {
    const { warehouse, analyst, principal } = await aDistrict([between('active_days', 0.6, 0.7)])
    await warehouse.insert('effort_sensitivity', sensitivity(500))
    const page = await open(analyst, '/district?week=2026-W10')
    expect(page.rows('section[aria-labelledby=sensitivity] table').slice(1)).toEqual([
      ['15 minutes', '75% 0.96'],
      ['30 minutes', '100% 1.00'],
    ])
    expect((await open(principal, '/district?week=2026-W10')).text('main')).not.toContain('Spearman')
  })

  test('of fewer than 100 students nothing is said', async () => {
    const { warehouse, analyst } = await aDistrict([between('active_days', 0.6, 0.7)])
    await warehouse.insert('effort_sensitivity', sensitivity(99))
    expect((await open(analyst, '/district?week=2026-W10')).text('main')).not.toContain('Spearman')
  })
})

describe('choice and pace, student by student', () => {
  test('the adviser reads each student beside the own plan, by name; the principal gets no such table', async () => {
    const { warehouse, principal } = await aDistrict([between('active_days', 0.6, 0.7)])
    const [ada, ben] = ['a'.repeat(64), 'b'.repeat(64)]
    await addClasses(warehouse, [{ id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true }])
    const students = [
      { id: ben, given: 'Ben', family: 'Zeller', classes: ['hr-1'] },
      { id: ada, given: 'Ada', family: 'Alder', classes: ['hr-1'] },
    ]
    await addStudents(warehouse, students, { school: 'lincoln' })
    await addLive(warehouse, [between('active_days', 0.5, 0.7, { unit_type: 'advisory', unit_id: 'hr-1', n: 18 })])
    await warehouse.command(
      `insert into student_engagement (week, student_id, units_done, units_planned, chosen, flagged, goals_set, help_asked, computed)
       select toDate('2026-03-02'), unhex({ada:String}), 21, 24.2, 7, 12, 2, 0, 1`,
      { ada },
    )
    const { app } = await anApp(warehouse)
    const adviser = await signedIn(app, warehouse, {
      id: 'ad',
      role: 'adviser',
      scope: { schools: [], advisories: ['hr-1'] },
    })
    const page = await open(adviser, '/classes/hr-1?week=2026-W10')
    expect(page.rows('section[aria-labelledby=agency] table').slice(1)).toEqual([
      ['Ada Alder', '21 of 24', '7 of 12', '2', '–', '0'],
      ['Ben Zeller', '–', '–', '–', '–', '–'],
    ])
    expect((await open(principal, '/classes/hr-1?week=2026-W10')).text('main')).not.toContain('student by student')
  })
})
