import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../dashboards/sign-in/sign-in.ts'
import { asked } from '../../infra/commands/survey.ts'
import { invite, type Invitation } from '../../infra/commands/survey-invite.ts'
import { rowsOfText } from '../../infra/csv.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storeSurveys } from '../../processors/store-surveys.ts'
import { Instrument } from '../../schemas/survey.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { anEnrolment, aSchool, aStudent, enrol, person, ZONE } from '../helpers/records.ts'
import { asking, FIRST, IN_TIME, INSTRUMENT, instrumentEntry, PULSE, read, SECOND, SECRETS, WINDOW } from './asking.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
let folder: string
let file: string
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-invite-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Long open: the database forgets links of windows that are over by its own clock. */
const windows = [{ ...WINDOW, end: '2099-03-14' }]
const of = (informant: 'student' | 'family' | 'staff') =>
  Instrument.parse({ ...INSTRUMENT, instrument: `climate-${informant}`, informant, windows })

beforeEach(async () => {
  warehouse = await emptied()
  file = join(folder, `links-${++files}.csv`)
  await enrol(
    warehouse,
    ...aSchool('lincoln', { 'hr-1': ['ada', 'ben'], 'hr-2': ['cleo'] }),
    ...aSchool('monroe', { 'hr-9': ['dan'] }),
    aStudent('ben', '10'),
    { ...(anEnrolment('ms-lee', 'hr-1', 'lincoln') as object), role: 'adviser' } as never,
    // Has left before the survey.
    aStudent('eve'),
    anEnrolment('eve', 'hr-1', 'lincoln', '2025-08-25', '2026-01-10'),
  )
  await warehouse.command(
    `insert into {identity:Identifier}.people (person_id, sourced_id, given_name, family_name, email, ver, deleted)
     select unhex({ada:String}), 's-ada', 'Ada', 'Alder', 'ada@example.org', 1, 0`,
    { ada: person('ada') },
  )
  await storeSurveys(warehouse, [...(['student', 'family', 'staff'] as const).map(who => instrumentEntry(of(who))), instrumentEntry(PULSE)]) // prettier-ignore
})

const RUNTIME = {
  config: { timeZone: ZONE, district: 'd1', signIn: null, host: '127.0.0.1', port: 8080 },
  secrets: { ...SECRETS, pseudonymKey: Buffer.alloc(32, 1) },
}

const invited = (more: Partial<Invitation> = {}) =>
  invite({ ...RUNTIME, warehouse } as unknown as Parameters<typeof invite>[0], {
    instrument: 'climate-student',
    window: WINDOW.id,
    out: file,
    now: IN_TIME,
    ...more,
  })

/** What the file says: link first. */
async function lines(): Promise<string[][]> {
  const [header, ...others] = rowsOfText(await readFile(file, 'utf8'))
  expect(header).toMatchObject({ fields: ['link', 'sourced_id', 'school', 'grade', 'class'] })
  return others.map(row => (row.fault === undefined ? row.fields : [row.fault]))
}

const links = () =>
  warehouse.query<{ who: string; about: string; hash: string; school: string; grade: string; ended: number }>(
    `select lower(hex(person_id)) as who, lower(hex(student_id)) as about, hash, school_id as school, grade, ended
     from {identity:Identifier}.survey_links final order by who`,
  )
const NOBODY = '0'.repeat(64)

describe('one link for each respondent', () => {
  test('students who are enrolled get one, with what is needed to send it and no name', async () => {
    expect(await invited()).toEqual({ made: 4, had: 0 })
    const rows = await lines()
    expect(rows.map(([, ...said]) => said)).toEqual(
      expect.arrayContaining([
        ['s-ada', 'lincoln', '09', 'hr-1'],
        ['', 'lincoln', '10', 'hr-1'],
        ['', 'lincoln', '09', 'hr-2'],
        ['', 'monroe', '09', 'hr-9'],
      ]),
    )
    expect(await readFile(file, 'utf8')).not.toMatch(/Alder|example\.org/)
    const stored = await links()
    expect(stored.map(({ who }) => who)).toEqual(['ada', 'ben', 'cleo', 'dan'].map(person).sort())
    // Of a link only its hash is stored, and the file is its owner's alone.
    const tokens = rows.map(([link]) => /^http:\/\/127\.0\.0\.1:8080\/survey\/([\w-]{43})$/.exec(link!)![1]!)
    expect(tokens.map(hashOf).sort()).toEqual(stored.map(({ hash }) => hash).sort())
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('who has a link gets no second one, unless it is renewed, which ends the first', async () => {
    await invited({ school: ['monroe'] })
    const [[old]] = (await lines()) as [[string]]
    file = `${file}-2`
    expect(await invited()).toEqual({ made: 3, had: 1 })
    file = `${file}-3`
    expect(await invited({ school: ['monroe'], renew: true, now: new Date(IN_TIME.getTime() + 1) })).toEqual({ made: 1, had: 0 }) // prettier-ignore
    const [[renewed]] = (await lines()) as [[string]]
    const pages = await asking(warehouse)
    // Loading it again for these pages set its window back; what was made before stays.
    await storeSurveys(warehouse, [
      { ...instrumentEntry(of('student')), storedAt: '2026-02-02T12:00:00.000Z' } as never,
    ])
    expect((await pages.get(new URL(old).pathname)).statusCode).toBe(404)
    expect((await pages.get(new URL(renewed).pathname)).statusCode).toBe(200)
    expect((await links()).filter(({ ended }) => ended === 0)).toHaveLength(4)
  })

  test('families have one about each student, and stand as nobody of the roster', async () => {
    expect(await invited({ instrument: 'climate-family' })).toEqual({ made: 4, had: 0 })
    const stored = await links()
    expect(stored.map(({ about }) => about).sort()).toEqual(['ada', 'ben', 'cleo', 'dan'].map(person).sort())
    expect(stored.some(({ who, about }) => who === about || who === NOBODY)).toBe(false)
    expect(new Set(stored.map(({ who }) => who)).size).toBe(4)
  })

  test('staff are those who are enrolled as anything but students', async () => {
    expect(await invited({ instrument: 'climate-staff' })).toEqual({ made: 1, had: 0 })
    expect(await lines()).toMatchObject([[expect.any(String), '', 'lincoln', '', 'hr-1']])
    expect((await links()).map(({ who }) => who)).toEqual([person('ms-lee')])
  })

  test('schools and grades choose among them', async () => {
    expect(await invited({ school: ['lincoln'], grade: ['9'] })).toEqual({ made: 2, had: 0 })
  })
})

describe('anonymous links', () => {
  test('know the school and grade of a class, and nobody; what is answered by them does not either', async () => {
    expect(await invited({ class: 'hr-1', links: 3 })).toEqual({ made: 3, had: 0 })
    expect((await lines()).map(([, ...said]) => said)).toEqual(Array.from({ length: 3 }, () => ['', 'lincoln', '09', 'hr-1'])) // prettier-ignore
    const stored = await links()
    expect(stored.map(({ who, about }) => [who, about])).toEqual(Array.from({ length: 3 }, () => [NOBODY, NOBODY]))
    expect(stored[0]).toMatchObject({ school: 'lincoln', grade: '09' })
    const [[link]] = (await lines()) as [[string]]
    const pages = await asking(warehouse)
    const path = new URL(link).pathname
    for (const [page, form] of [FIRST, SECOND].entries()) await pages.post(path, { page: String(page), ...form })
    expect(read(await pages.get(path)).title).toBe('Thank you')
    expect(pages.entries.map(({ respondent, student, school }) => [respondent, student, school])).toEqual([
      [null, null, 'lincoln'],
      [null, null, 'lincoln'],
    ])
    await pages.store()
    expect(await asked({ warehouse })).toEqual([
      { instrument: 'climate-student', window: WINDOW.id, links: 3, responses: 1 },
    ])
  })
})

describe('what makes no link, and leaves no file', () => {
  const wrong: [string, Partial<Invitation>, string][] = [
    ['a survey that is not loaded', { instrument: 'x' }, 'no survey x is loaded'],
    ['a window that it does not have', { window: '2030-fall' }, 'has no window 2030-fall'],
    ['no window', { window: undefined }, 'one of --window and --every-window'],
    ['both', { everyWindow: true }, 'one of --window and --every-window'],
    ['a window that has ended', { now: new Date('2099-03-14T12:00:00Z') }, 'the window ended'],
    ['nobody', { school: ['nowhere'] }, 'the roster has nobody'],
    ['a class that there is not', { class: 'x', links: 3 }, 'no class x'],
    ['no number of links', { class: 'hr-1' }, 'expected 1 to 1000'],
    ['half a link', { class: 'hr-1', links: 1.5 }, 'expected 1 to 1000'],
    ['a number of links for nobody', { links: 3 }, 'with --class'],
    ['every window, anonymous', { instrument: 'pulse-student', window: undefined, everyWindow: true, class: 'hr-1', links: 2, now: IN_TIME }, 'nobody can agree'], // prettier-ignore
    ['every window, families', { instrument: 'climate-family', window: undefined, everyWindow: true }, 'families are asked in windows'], // prettier-ignore
    ['grades of staff', { instrument: 'climate-staff', grade: ['9'] }, '--grade is for students'],
    ['an address with a path', { address: 'https://x.example/a' }, 'scheme, host and port only'],
  ]
  for (const [what, more, says] of wrong) {
    test(`${what}: refused`, async () => {
      await expect(invited(more)).rejects.toThrow(says)
      await expect(stat(file)).rejects.toThrow('ENOENT')
      expect(await links()).toEqual([])
    })
  }

  test('a file that is there already is not touched', async () => {
    await writeFile(file, 'mine')
    await expect(invited()).rejects.toThrow('exists or cannot be made')
    expect(await readFile(file, 'utf8')).toBe('mine')
    expect(await links()).toEqual([])
  })
})
