import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { NUMBERS } from '../../dashboards/report/numbers.ts'
import { saidIn } from '../../dashboards/report/said.ts'
import { range } from '../../dashboards/wording.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue, indicator } from '../../schemas/catalogue.ts'
import { anApp, open, signedIn, type Browser, type Opened } from '../dashboards/an-app.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addReport, WEEK } from './a-report.ts'

let warehouse: Warehouse
let app: FastifyInstance
let principal: Browser
let analyst: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addReport(warehouse)
  app = (await anApp(warehouse)).app
  principal = await signedIn(app, warehouse, {
    id: 'pr',
    role: 'principal',
    scope: { schools: ['oak', 'new', 'tiny'] },
  })
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
}, 120_000)

const sentencesOf = ({ document }: Opened): string[] =>
  [...document.querySelectorAll('.report-topics dd .sentence')].map(one => plain(one.textContent))
const plain = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim()
const questionsOf = ({ document }: Opened): string[] =>
  [...document.querySelectorAll('.report-questions li')].map(one => plain(one.textContent))

test('four sentences say the range first, beside the district, how many stand behind it and what it cannot know', async () => {
  const page = await open(principal, '/schools/oak/report')
  expect(page.text('.lead')).toBe('School report for the week of 9 March 2026')
  expect(sentencesOf(page)).toEqual([
    'Students grew, on average, at percentile 53 to 61 in Mathematics (winter 2025-2026): above typical.',
    expect.stringMatching(/^Students were active on \d\d to \d\d% of their school days, not distinguishable from the district \(\d\d to \d\d%\); the connected tools show \d+ to \d+ minutes of learning activity per student\.$/), // prettier-ignore
    expect.stringMatching(/^By 15 March 2026, 58 to 70% of students had sustained contact with at least one adult, not distinguishable from the district \(\d\d to \d\d%\)\. 75% of advisers logged a meeting in the eight weeks before\.$/), // prettier-ignore
    expect.stringMatching(/^In spring 2026, (at least )?\d\d.* of students, .* of families and .* of staff who answered were favourable to “.+”\.$/), // prettier-ignore
  ])
  const behind = [...page.document.querySelectorAll('.report-topics .behind')].map(one => plain(one.textContent))
  expect(behind[0]).toBe('52 students. Who sat no test, or has no score of a year earlier, is not in it.')
  expect(behind[3]).toMatch(/^Students who answered: 39 of 60 \(65%\); Families who answered: 24 of 60 \(40%, limited: fewer than half\)/) // prettier-ignore
})

test('every range of the four sentences stands on the school’s page too', async () => {
  const page = await open(principal, '/schools/oak/report')
  const school = plain(
    (await open(principal, '/schools/oak?week=2026-W11')).document.querySelector('main')!.textContent,
  )
  const ranges = [...page.document.querySelectorAll('.report-topics strong')].flatMap(
    said => plain(said.textContent).match(/\d+ to \d+%?/g) ?? [],
  )
  expect(ranges.length).toBeGreaterThan(5)
  const missing = ranges.filter(said => !school.includes(said))
  expect(missing).toEqual([])
})

test('what changed is said of what ranges settle: before and now, and the district over the same weeks', async () => {
  const { rows, text } = await open(principal, '/schools/oak/report')
  const [, growth, days, contact, climate] = rows('.report-changes table')
  expect(growth).toEqual(['Growth in Mathematics: mean percentileBefore: fall 2025-2026', '43 to 51 47', '53 to 61 57', 'higher']) // prettier-ignore
  expect(days![3]).toBe('no change that the data can show')
  expect(contact!.slice(1)).toEqual(['76 to 88% 82%', '58 to 70% 64%', 'lowerin the district no change that the data can show']) // prettier-ignore
  expect(climate![0]).toMatch(/^Students favourable to “.+”Before: fall 2025$/)
  expect(text('.report-changes .sentence')).toMatch(/^Of 4 figures that can be compared, [23] changed/)
  expect(text('.report-changes .marks')).toContain('the week of 9 February 2026, four weeks earlier')
})

test('three questions come from the figures: of a role, never of a person, and none says why', async () => {
  const page = await open(principal, '/schools/oak/report')
  const questions = questionsOf(page)
  expect(questions).toHaveLength(3)
  expect(questions[0]).toBe(
    'What helps students who started in the lowest quarter in Mathematics, and what gets in their way? What do they say themselves? Ask: the Mathematics team. What it comes from: growth of the lowest quarter at percentile 36 to 44, of the highest at 57 to 65.',
  )
  expect(questions[1]).toBe(
    'Which adult knows each student of grade 10, also those of whom no meeting is logged? Ask: the advisers of grade 10. What it comes from: sustained adult contact: grade 10 35 to 47%, the whole school 58 to 70%.',
  )
  for (const question of page.document.querySelectorAll('.report-questions .ask')) expect(plain(question.textContent)).toMatch(/\?$/) // prettier-ignore
  expect(questions.join(' ')).not.toMatch(/because|due to|caused|caring|disengaged/i)
})

test('a school is beside the district and its own past: no other school is named, and nothing is ranked', async () => {
  for (const [browser, lang] of [
    [principal, 'en'],
    [analyst, 'es'],
  ] as const) {
    // prettier-ignore
    const { document } = await open(browser, `/schools/oak/report?lang=${lang}`)
    const text = plain(document.querySelector('main')!.textContent)
    expect(text).toContain('Oak School')
    expect(text).not.toMatch(/Ash School|Elm School|Fir School|New School|\brank|ranking|of 5 schools/i)
  }
})

test('in Spanish the page says so, its words are Spanish, and its numbers are those of the English one', async () => {
  const [english, spanish] = [await open(principal, '/schools/oak/report'), await open(principal, '/schools/oak/report?lang=es')] // prettier-ignore
  expect(spanish.document.documentElement.getAttribute('lang')).toBe('es')
  expect(english.document.documentElement.getAttribute('lang')).toBe('en')
  expect(sentencesOf(spanish)[0]).toBe('El progreso del alumnado se situó, en promedio, en el percentil 53 a 61 en Matemáticas (invierno de 2025-2026): por encima de lo habitual.') // prettier-ignore
  expect(sentencesOf(spanish)[2]).toContain('contacto continuado con al menos una persona adulta')
  const numbers = (page: Opened): string[] =>
    [...page.document.querySelectorAll('.report td.figure')].map(cell =>
      plain(cell.textContent).replace(/ to | a /, ' '),
    )
  expect(numbers(spanish)).toEqual(numbers(english))
  const text = plain(spanish.document.querySelector('.report')!.textContent)
  expect(text).not.toMatch(/\b(students|school year|the|and|of|grew|district|fewer)\b/)
})

test('every word there is in English is there in Spanish, and differs', () => {
  const [english, spanish] = [flat(saidIn('en').words), flat(saidIn('es').words)]
  expect([...spanish.keys()].toSorted()).toEqual([...english.keys()].toSorted())
  const same = [...english].filter(([key, text]) => /[a-z]{3}/.test(text) && spanish.get(key) === text)
  expect(same).toEqual([])
})

test('a school of which growth and climate are not known yet gets a report, and is asked for what is missing', async () => {
  const page = await open(principal, '/schools/new/report')
  expect(sentencesOf(page)).toEqual([
    'How much students grew cannot be said: there are no scores of two years to compare.',
    expect.stringMatching(/^Students were active on 68 to 72% of their school days/),
    'How many students have sustained contact with an adult cannot be said: too few meetings are logged to tell.',
    'How school feels cannot be said: no survey has been published.',
  ])
  expect(page.text('.report-changes .sentence')).toBe('There is nothing yet to compare with.')
  expect(questionsOf(page).map(question => question.split('?')[0])).toEqual([
    'Which students have no scores to compare, and when can they next have one',
    'Which meetings with students take place that nobody logs',
    'How does school feel to students, families and staff, and when were they last asked',
  ])
})

test('of nine students nothing stands on paper, also not live, nor what they could be worked out from', async () => {
  const page = await open(principal, '/schools/tiny/report')
  expect(sentencesOf(page)[1]).toBe('How active students were cannot be said: figures of fewer than 10 students are not shown.') // prettier-ignore
  expect(sentencesOf(page)[0]).toMatch(/^Students grew, on average, at percentile 46 to 54 in Reading/)
  const text = plain(page.document.querySelector('.report')!.textContent)
  // Its quarters are of 20, 20, 20 and 9 students: the last one would follow from the whole and the others.
  expect(text).not.toMatch(/Lowest quarter|Highest quarter/)
  expect(text).not.toMatch(/\b9\b students|\b13\b to/)
})

test('of nine families who answered neither number nor share is said to those who read published figures', async () => {
  const page = await open(analyst, '/schools/fir/report')
  expect(sentencesOf(page)[3]).toMatch(/of students and .* of staff who answered were favourable to “.+”\. Of families nothing can be shown\.$/) // prettier-ignore
  expect(page.text('.report-topics')).toContain('Families who answered: not shown')
  const families = page.rows('.with-more table').filter(row => row[0] === 'Families')
  expect(families.map(row => row[1])).toEqual(['not shown'])
})

test('a week and a language stand in the address, and links keep them', async () => {
  const page = await open(principal, '/schools/oak/report?week=2026-W06&lang=es')
  expect(page.text('.lead')).toBe('Informe de la escuela, semana del 2 de febrero de 2026')
  const links = [...page.document.querySelectorAll('.report-controls a')].map(a => a.getAttribute('href'))
  expect(links).toEqual(['/schools/oak/report?lang=en&week=2026-W06', '/schools/oak?week=2026-W06'])
  const school = await open(principal, '/schools/oak?week=2026-W06')
  expect(school.body).toContain('href="/schools/oak/report?week=2026-W06"')
  const wrong = await open(principal, '/schools/oak/report?week=2026-W99', 400)
  expect(wrong.body).toContain('2026-W99')
})

test('every picture has a label and a table, and no script runs', async () => {
  const { document, body } = await open(principal, '/schools/oak/report')
  const figures = [...document.querySelectorAll('.report-figure')]
  expect(figures).toHaveLength(4)
  for (const figure of figures) {
    expect(figure.querySelector('svg')!.getAttribute('aria-label')!.length).toBeGreaterThan(40)
    expect(figure.querySelectorAll('table tbody tr').length).toBeGreaterThan(2)
  }
  expect(body).not.toMatch(/<script/)
})

test('a range is written as on the other pages, whatever its size; in Spanish the digits are the same', () => {
  const entries = catalogue.filter(({ id }) => ['active_days', 'effort_minutes', 'growth_percentile', 'school_growth', 'climate_score'].includes(id)) // prettier-ignore
  const ends = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  fc.assert(
    fc.property(fc.constantFrom(...entries), ends, (entry, [one, other]) => {
      const [least, most] = entry.range
      const at = (share: number): number => Math.max(least, 0) + share * (most - Math.max(least, 0))
      const figure = { value: at(one), lo95: at(one), hi95: at(other), n: 20, status: 'ok' as const, reason: '' }
      expect(NUMBERS.en.range(entry, figure)).toBe(range(entry, figure))
      expect(NUMBERS.es.range(entry, figure)!.replace(' a ', ' to ')).toBe(range(entry, figure))
    }),
    { numRuns: 300, seed: 20_261_122 },
  )
  expect(NUMBERS.es.range(indicator('active_days'), undefined)).toBeNull()
  expect(NUMBERS.es.day(WEEK!)).toBe('9 de marzo de 2026')
})

/** Every text, with a sample where it is made of others. */
function flat(words: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(words)) {
    const at = `${path}.${key}`
    if (typeof value === 'function') found.set(at, String(value).replace(/^[^=]*=>/, ''))
    else if (typeof value === 'string') found.set(at, value)
    else for (const [inner, text] of flat(value as object, at)) found.set(inner, text)
  }
  return found
}
