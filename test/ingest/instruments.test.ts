import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { neededItems } from '../../processors/climate/scale-scores.ts'
import { Instrument } from '../../schemas/survey.ts'
import { counted, forgetSurveys, loadPath, loadSurvey } from './a-survey.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const FOLDER = fileURLToPath(new URL('../../infra/instruments/', import.meta.url))
const files = readdirSync(FOLDER).filter(name => name.endsWith('.json'))
const instruments = files.map(name => Instrument.parse(JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8'))))
const of = (instrument: string) => instruments.find(one => one.instrument === instrument)!
const warehouse = await freshWarehouse()

test('the folder is loaded as it is: seven instruments, every question with its domain and key', async () => {
  const { summary, dead, surveys } = await loadPath(warehouse, FOLDER)
  expect(dead).toEqual([])
  expect(summary).toMatchObject({ read: files.length, stored: files.length, dead: 0, refused: [] })
  expect(surveys.map(({ type }) => type)).toEqual(Array.from({ length: files.length }, () => 'instrument'))
  const stored = await warehouse.query<{ instrument: string; items: string; reversed: string }>(
    'select instrument, toString(count()) as items, toString(countIf(reverse)) as reversed from survey_items group by instrument order by instrument',
  )
  expect(stored).toEqual(
    instruments
      .toSorted((a, b) => (a.instrument < b.instrument ? -1 : 1))
      .map(({ instrument, items }) => ({
        instrument,
        items: String(items.length),
        reversed: String(items.filter(item => item.reverse).length),
      })),
  )
})

test('answers in Spanish to the Spanish questions of a form are scored', async () => {
  await forgetSurveys(warehouse)
  const instrument = of('school-climate-student')
  const asked = instrument.items.filter(({ id }) => ['SP1', 'B3', 'F1'].includes(id))
  const header = ['who', 'when', ...asked.map(({ text }) => `"${text['es']}"`)].join(',')
  const { summary } = await loadSurvey(
    warehouse,
    {
      source: 'forms',
      instruments: ['instrument.json'],
      surveys: [
        {
          layout: 'wide',
          files: ['*.csv'],
          instrument: 'school-climate-student',
          respondent: { id: '{who}' },
          answered: '{when}',
          school: 's-1',
          grade: '5',
          notAsked: instrument.items.map(({ id }) => id).filter(id => !['SP1', 'B3', 'F1'].includes(id)),
        },
      ],
    },
    { 'form.csv': `${header}\nana,2026-10-06 09:00:00,Muy de acuerdo,En desacuerdo,Más árboles\n` },
    { instrument, at: Date.parse('2026-10-07T12:00:00Z') },
  )
  expect(summary).toMatchObject({ stored: 1, dead: 0 })
  expect(await counted(warehouse)).toEqual(['2026-fall s-1 05: B3=3 SP1=4'])
})

describe.each(['school-climate', 'learning-and-growing'])('%s', name => {
  const three = (['student', 'family', 'staff'] as const).map(informant => of(`${name}-${informant}`))

  test('asks students, families and staff in English and Spanish, in windows with the same names', () => {
    expect(three.map(({ informant }) => informant)).toEqual(['student', 'family', 'staff'])
    for (const { languages, windows, scales } of three) {
      expect(languages).toEqual(['en', 'es'])
      expect(windows).toEqual(three[0]!.windows)
      for (const { labels, declined } of Object.values(scales)) {
        expect(Object.keys(labels)).toEqual(['en', 'es'])
        expect(Object.keys(declined)).toEqual(['en', 'es'])
      }
    }
  })

  test('puts questions with the same id on the same scale, under the same domain and key', () => {
    const seen = new Map<string, string>()
    for (const { id, scale, domain, reverse } of three.flatMap(({ items }) => items))
      expect(seen.set(id, seen.get(id) ?? `${scale} ${domain} ${reverse}`).get(id)).toBe(
        `${scale} ${domain} ${reverse}`,
      )
    const [student, family, staff] = three.map(({ items }) => new Set(items.map(({ id }) => id)))
    expect(student!.intersection(family!).intersection(staff!).size).toBeGreaterThanOrEqual(10)
  })

  test('asks students three questions or more of everything that becomes a score, some of them turned round', () => {
    const items = three[0]!.items.filter(({ free }) => !free)
    for (const some of Map.groupBy(items, ({ domain }) => domain).values()) {
      expect(some.length).toBeGreaterThanOrEqual(3)
      expect(neededItems(some.length)).toBeGreaterThanOrEqual(2)
    }
    expect(items.filter(({ reverse }) => reverse).length).toBeGreaterThanOrEqual(items.length / 8)
  })
})

test('together they cover what the indicators name', () => {
  const domains = new Set(instruments.filter(({ informant }) => informant === 'student').flatMap(({ items }) => items.map(({ domain }) => domain))) // prettier-ignore
  const named = ['engagement/', 'safety/', 'environment/', 'belonging', 'liking', 'voice/say', 'voice/choice', 'adult', 'sel/self-awareness', 'sel/self-management', 'sel/social-awareness', 'sel/relationship-skills', 'sel/responsible-decisions'] // prettier-ignore
  for (const name of named) expect([...domains].some(domain => domain.startsWith(name))).toBe(true)
})

test('the numbers of questions in the README are those of the files', () => {
  const readme = readFileSync(`${FOLDER}README.md`, 'utf8')
  for (const name of ['school-climate', 'learning-and-growing']) {
    const counts = ['student', 'family', 'staff'].map(
      informant => of(`${name}-${informant}`).items.filter(({ free }) => !free).length,
    )
    expect(readme).toMatch(new RegExp(`${name}-\\*\\.json.*\\| ${counts.join(', ')} \\|`))
  }
})
