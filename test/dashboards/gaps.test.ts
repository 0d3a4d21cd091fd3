import { beforeAll, describe, expect, test } from 'vitest'
import { byTheme, inThemeOrder, themeOf } from '../../dashboards/pages/parts/themes.ts'
import { weekly } from '../../schemas/catalogue.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, aFigure, contactOnly, figureOf, noFigure, publish } from './a-district.ts'
import type { Figure } from './a-district.ts'
import { anApp, open, signedIn, type Browser, type Opened } from './an-app.ts'

const WEEKS = ['2026-02-16', '2026-02-23', '2026-03-02']
const CONTACT = { id: 'contact', name: 'Contact School' }
const LINCOLN = { id: 'lincoln', name: 'Lincoln School' }
const learning = (unit_type: string, unit_id: string, week: string): Figure[] =>
  weekly.map((entry, i) => figureOf(entry.id, unit_type, unit_id, week, i, 1, 300))
const contact = (unit_type: string, unit_id: string): Figure[] =>
  WEEKS.flatMap((week, i) => contactOnly(unit_type, unit_id, week, 230 + 7 * i))

/** A district of these schools with these published figures, as an analyst sees it. */
async function district(schools: { id: string; name: string }[], figures: Figure[]): Promise<Browser> {
  const warehouse = await freshWarehouse()
  await addSchools(warehouse, schools)
  await publish(warehouse, 1, figures)
  return signedIn((await anApp(warehouse)).app, warehouse, { id: 'an', role: 'analyst' })
}

/** What `contactOnly` says is not known. */
const LOGGED_AS_UNKNOWN = ['active_days', 'effort_minutes', 'weekend_days']

const headings = (document: Opened['document'], selector: string): (string | null)[] =>
  [...document.querySelectorAll(selector)].map(found => found.textContent)

describe('a school of which only contact is logged', () => {
  let beside: Browser

  beforeAll(async () => {
    const learn = WEEKS.flatMap(week => [...learning('district', 'd1', week), ...learning('school', 'lincoln', week)])
    beside = await district([CONTACT, LINCOLN], [...learn, ...contact('school', 'contact')])
  })

  test('the first sentence speaks of contact and says that no learning activity was recorded', async () => {
    const { text } = await open(beside, '/schools/contact?week=2026-W10')
    expect(text('.lead')).toMatch(
      /^Students at Contact School had 238 to 250 minutes of logged contact with other people in the week of 2 March 2026, on average\. No learning activity was recorded\. Their contact minutes are above the district \(\d+ to \d+\)\.$/,
    )
    expect(text('.earlier')).toBe(
      'A week earlier, in the week of 23 February 2026: 231 to 243 minutes of logged contact.',
    )
  })

  test('an indicator without a figure in the year has no chart; one sentence names those and says why', async () => {
    const { document, text } = await open(beside, '/schools/contact?week=2026-W10')
    expect(headings(document, 'figure.measure h3')).toEqual(['Contact minutes'])
    expect(text('.without')).toBe(
      'No figures this school year: Active days, Time on task (no learning activity was recorded); Weekend activity (nobody is enrolled on the weekend, or no learning activity was recorded); Skills gained (there was no school, or nothing has been computed for it).',
    )
    expect(text('.cautions')).not.toContain('Active days')
  })

  test('what stands behind it are the students behind its contact minutes', async () => {
    const { text } = await open(beside, '/schools/contact?week=2026-W10')
    expect(text('.coverage')).toContain('Behind this week’s contact minutes stand 118 of 120 enrolled students.')
  })

  test('an indicator with figures of any school keeps its column and its tab on the district page', async () => {
    const { document, rows } = await open(beside, '/district?week=2026-W10')
    const names = inThemeOrder(
      weekly.filter(entry => themeOf(entry).id === 'engagement' && entry.units.includes('district')),
    ).map(entry => entry.name)
    expect(headings(document, 'section[aria-labelledby=panels] .tabs a')).toEqual(names)
    const first = byTheme(weekly)[0]!.drawn
    expect(rows('.units').find(row => row[0] === 'Contact School')).toEqual([
      'Contact School',
      '–',
      ...first.map(({ id }) => (LOGGED_AS_UNKNOWN.includes(id) ? 'not enough data' : 'no figure')),
    ])
    const people = await open(beside, '/district?week=2026-W10&indicator=contact_minutes')
    expect(
      people
        .rows('.units')
        .find(row => row[0] === 'Contact School')!
        .slice(0, 3),
    ).toEqual(['Contact School', '118', '238 to 250 244'])
  })

  test('figures in one other week of the year keep an indicator', async () => {
    const analyst = await district(
      [CONTACT, LINCOLN],
      [
        ...WEEKS.flatMap(week => learning('district', 'd1', week)),
        ...contact('school', 'contact').filter(f => f.week !== WEEKS[0] || f.indicator !== 'effort_minutes'),
        aFigure({ indicator: 'effort_minutes', unit_type: 'school', unit_id: 'contact', value: 90, week: WEEKS[0]! }),
      ],
    )
    const { document, text } = await open(analyst, '/schools/contact?week=2026-W10')
    expect(headings(document, 'figure.measure h3')).toEqual(['Time on task', 'Contact minutes'])
    expect(text('.without')).toContain('No figures this school year: Active days (no learning')
  })

  test('the week before is left out where it has other figures than this one', async () => {
    const week = (i: number): Figure[] => contact('school', 'contact').filter(f => f.week === WEEKS[i])
    const analyst = await district([CONTACT, LINCOLN], [...learning('school', 'contact', WEEKS[1]!), ...week(2)])
    expect((await open(analyst, '/schools/contact?week=2026-W10')).text('.earlier')).toBe('')
  })

  test('a school that is hidden for the sake of another one is not said to be small', async () => {
    const at = { unit_type: 'school', week: WEEKS[2]! }
    const hidden = noFigure('suppressed', { ...at, unit_id: 'contact', reason: 'it would give away another figure' })
    const small = noFigure('suppressed', { ...at, unit_id: 'lincoln' })
    const analyst = await district([CONTACT, LINCOLN], [aFigure(), hidden, small])
    expect((await open(analyst, '/district?week=2026-W10')).rows('.units').slice(1, 3)).toEqual([
      ['Contact School', 'not shown', 'not shown'],
      ['Lincoln School', 'fewer than 10', 'fewer than 10'],
    ])
  })

  test('active days that are hidden, and contact that is not, are told apart from activity that was not recorded', async () => {
    const hidden = noFigure('suppressed', { unit_type: 'school', unit_id: 'contact' })
    const rest = contact('school', 'contact').filter(f => f.week === WEEKS[2] && f.indicator !== 'active_days')
    const analyst = await district([CONTACT, LINCOLN], [hidden, ...rest])
    expect((await open(analyst, '/schools/contact?week=2026-W10')).text('.lead')).toContain(
      'on average. How active they were cannot be said: figures of fewer than 10 students are not shown.',
    )
  })
})

describe('a district in which only contact is logged', () => {
  test('its pages have one chart, one column and one tab', async () => {
    const analyst = await district(
      [CONTACT, LINCOLN],
      [...contact('district', 'd1'), ...contact('school', 'contact'), ...contact('school', 'lincoln')],
    )
    const { document, rows, text } = await open(analyst, '/district?week=2026-W10&indicator=active_days')
    expect(text('.lead')).toBe(
      'Students had 238 to 250 minutes of logged contact with other people in the week of 2 March 2026, on average. No learning activity was recorded.',
    )
    expect(headings(document, 'figure.measure h3')).toEqual(['Contact minutes'])
    expect(headings(document, '.tabs a')).toEqual(['Contact minutes'])
    expect(rows('.units')[1]).toEqual(['Contact School', '118', '238 to 250 244'])
    expect(text('.without')).toContain('No figures this school year: Active days, Time on task (')
    expect(text('.coverage')).toContain('Behind this week’s contact minutes stand 118 of 120 enrolled students.')
    expect(text('.coverage')).toContain('2 of 2 schools have a figure for this week’s contact minutes.')
  })

  test('a week without any figure says so once, and has no students behind it', async () => {
    const analyst = await district(
      [CONTACT, LINCOLN],
      [
        ...contact('district', 'd1').filter(f => f.week !== WEEKS[2]),
        ...contactOnly('district', 'd1', WEEKS[2]!, null),
      ],
    )
    const { text } = await open(analyst, '/district?week=2026-W10')
    expect(text('.lead')).toBe(
      'How active students were in the week of 2 March 2026 cannot be said: no learning activity was recorded in this week.',
    )
    expect(text('.coverage')).not.toContain('Behind this week')
    expect(text('.coverage')).toContain('The district has no figure for this week.')
  })

  test('exactly one minute is singular', async () => {
    const one = { value: 1, lo95: 0.9, hi95: 1.2 }
    const figures = [...contact('district', 'd1'), ...contact('school', 'contact')].map(figure =>
      figure.status === 'ok' ? { ...figure, ...one } : figure,
    )
    const { text } = await open(await district([CONTACT, LINCOLN], figures), '/schools/contact?week=2026-W10')
    expect(text('.lead')).toContain('had 1 minute of logged contact')
    expect(text('.earlier')).toContain(': 1 minute of logged contact.')
    expect(text('.reading')).toMatch(/^1 minute per student and week/)
  })

  test('classes of such a school have the same columns, and one that has a figure of its own', async () => {
    const warehouse = await freshWarehouse()
    await addSchools(warehouse, [CONTACT, LINCOLN])
    await addClasses(warehouse, [
      { id: 'hr-1', school: 'contact', label: 'HR-1', homeroom: true },
      { id: 'hr-2', school: 'contact', label: 'HR-2', homeroom: true },
    ])
    const advisories = ['hr-1', 'hr-2'].flatMap(id => contactOnly('advisory', id, WEEKS[2]!, 30))
    await addLive(warehouse, [...contact('school', 'contact'), ...advisories])
    const person = { id: 'pr', role: 'principal', scope: { schools: ['contact'] } }
    const principal = await signedIn((await anApp(warehouse)).app, warehouse, person)
    const heads = async () => (await open(principal, '/schools/contact?week=2026-W10')).rows('.units')[0]
    expect(await heads()).toEqual(['Advisory', 'Students', 'Contact minutesminutes per student and week'])
    const own = aFigure({ unit_type: 'advisory', unit_id: 'hr-2', week: WEEKS[2]!, n: 12 })
    await addLive(warehouse, [own], 2)
    expect(await heads()).toEqual(['Advisory', 'Students', 'Active days% of school days enrolled'])
  })
})

describe('the only school of a district', () => {
  const figures = WEEKS.flatMap(week => [...learning('district', 'd1', week), ...learning('school', 'lincoln', week)])

  test('is not compared with the district, in words, in charts or in tables', async () => {
    const analyst = await district([LINCOLN], figures)
    const { text, document } = await open(analyst, '/schools/lincoln?week=2026-W10')
    expect(text('.lead')).toMatch(/^Students at Lincoln School were active on .* per student\.$/)
    expect(text('main')).not.toMatch(/distinguishable|above|below|the district/i)
    expect(document.querySelectorAll('svg .district, .key.district')).toHaveLength(0)
    expect(headings(document, '.measure thead')[0]).not.toContain('District')
    expect(document.querySelectorAll('svg .own')).not.toHaveLength(0)
  })

  test('stands in the table of schools without the district below it', async () => {
    const { rows } = await open(await district([LINCOLN], figures), '/district?week=2026-W10')
    expect(rows('.units').map(row => row[0])).toEqual(['School', 'Lincoln School'])
  })

  test('is compared as soon as there is a second one', async () => {
    const analyst = await district([LINCOLN, CONTACT], figures)
    const { text, document } = await open(analyst, '/schools/lincoln?week=2026-W10')
    expect(text('.lead')).toContain('the district')
    expect(document.querySelectorAll('svg .district')).not.toHaveLength(0)
  })
})
