import fc from 'fast-check'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { anonymity, generalised, type Row } from '../../processors/publish/anonymity.ts'
import { generalise, QUASI, SENSITIVE, WITHHELD, type Alike, type Quasi } from '../../processors/research/generalise.ts'
import { pythonWith } from '../helpers/python.ts'

const run = promisify(execFile)
const REQUIREMENTS = fileURLToPath(new URL('../helpers/privacy-requirements.txt', import.meta.url))
const COUNTS = fileURLToPath(new URL('../reference/privacy/counts.py', import.meta.url))
const EXAMPLE = new URL('../reference/privacy/k-anonymity.out', import.meta.url)

const aGroup: fc.Arbitrary<Alike> = fc.record({
  school_level: fc.constantFrom('middle', 'high'),
  school: fc.constantFrom('a', 'b', 'c', 'd'),
  grade_band: fc.constantFrom('6-8', '9-12', 'not known'),
  band: fc.constantFrom('1', '2', '3', '4', 'not known'),
  gender: fc.constantFrom('female', 'male'),
  demographic: fc.constantFrom('en', 'es', 'fr'),
  absence: fc.constantFrom('under 5%', '5 to 10%'),
  adult_contact: fc.constantFrom('no week', 'most weeks', 'not known'),
  growth: fc.constantFrom('low', 'typical', 'high'),
  students: fc.integer({ min: 1, max: 30 }),
})
const aRoster = fc.array(aGroup, { minLength: 1, maxLength: 120 })
const anOrder = fc.shuffledSubarray([...QUASI], { minLength: QUASI.length })

const people = (alike: readonly Alike[], said: readonly (Record<Quasi, string> | null)[]): Row[] =>
  alike.flatMap(({ students, ...row }, at) =>
    said[at] ? Array.from({ length: students }, (): Row => ({ ...row, ...said[at] })) : [],
  )

test('of any roster, those who are told of are alike in groups of ten who differ in everything sensitive', () => {
  fc.assert(
    fc.property(aRoster, anOrder, (alike, order) => {
      const { said, reached, kept, dropped } = generalise(alike, order)
      const told = people(alike, said)
      const sensitive = SENSITIVE.filter(column => new Set(alike.map(row => row[column])).size > 1)
      const { k, l } = anonymity(told, QUASI, sensitive)
      expect(k).toBeGreaterThanOrEqual(10)
      expect(l).toBeGreaterThanOrEqual(2)
      expect(reached).toMatchObject({ k, l })
      expect(told.length).toBe(kept)
      expect(kept + dropped).toBe(alike.reduce((sum, { students }) => sum + students, 0))
    }),
    { numRuns: 300, seed: 12 },
  )
})

test('nothing is said that is not so: a value is as it was, a half of the quarters, or withheld', () => {
  const coarser = (column: Quasi, value: string): string[] => {
    const half = { '1': '1-2', '2': '1-2', '3': '3-4', '4': '3-4' }[value]
    return [value, WITHHELD, ...(column === 'band' && half !== undefined ? [half] : [])]
  }
  fc.assert(
    fc.property(aRoster, anOrder, (alike, order) => {
      const said = generalise(alike, order).said.flatMap((row, at) => (row ? [{ row, was: alike[at]! }] : []))
      for (const { row, was } of said)
        for (const column of QUASI) expect(coarser(column, was[column])).toContain(row[column])
    }),
    { numRuns: 100, seed: 13 },
  )
})

test('what a study needs most is given up last', () => {
  const alike = ['a', 'b'].flatMap(
    school =>
    ['female', 'male'].map((gender, at): Alike => ({ school_level: 'high', school, grade_band: '9-12', band: '1', gender, demographic: 'en', absence: 'under 5%', adult_contact: 'no week', growth: at ? 'low' : 'high', students: 6 })), // prettier-ignore
  )
  const bySchool = generalise(alike, ['school', 'school_level', 'grade_band', 'band', 'gender', 'demographic'])
  const byGender = generalise(alike, ['gender', 'grade_band', 'band', 'demographic', 'school_level', 'school'])
  expect(new Set(bySchool.said.map(row => row!.school))).toEqual(new Set(['a', 'b']))
  expect(bySchool.ofAll).toContain('gender is not said')
  // By gender alone everybody of a group would have the same growth: it is given up too.
  expect(new Set(byGender.said.map(row => row!.gender))).toEqual(new Set([WITHHELD]))
  expect(bySchool).toMatchObject({ kept: 24, dropped: 0, reached: { k: 12, l: 2 } })
})

test('few students are said more coarsely by themselves, and only who is alone even then is left out', () => {
  const group = (grade: string, sizes: [number, number]): Row[] =>
    sizes.map((students, at) => ({ grade, flag: at ? 'a' : 'b', students: String(students) }))
  const rows = [...group('3', [100, 100]), ...group('4', [6, 3]), ...group('5', [1, 2])]
  const steps = [{ column: 'grade', coarser: () => 'any' }]
  const size = (row: Row): number => Number(row.students)
  const few = generalised(rows, ['grade'], ['flag'], { k: 10, l: 2, steps, mayDrop: 0.1, size })
  expect(few.rows.map(row => row?.grade ?? null)).toEqual(['3', '3', 'any', 'any', 'any', 'any'])
  expect(few.taken).toBe(0)
  const none = generalised(rows.slice(0, 4), ['grade'], ['flag'], { k: 10, l: 2, steps, mayDrop: 0.1, size })
  expect(none.rows.map(row => row?.grade ?? null)).toEqual(['3', '3', null, null])
})

test('k and l of random tables, and of the worked example, are those of pycanon', async () => {
  const python = await pythonWith('privacy', REQUIREMENTS, '3.10')
  const aRow = fc.record({ grade: fc.constantFrom('3', '4', '5'), band: fc.constantFrom('L', 'H'), flag: fc.constantFrom('a', 'b', 'c'), other: fc.constantFrom('x', 'y') }) // prettier-ignore
  const tables = fc.sample(fc.array(aRow, { minLength: 1, maxLength: 80 }), { numRuns: 60, seed: 14 })
  const example = 'LLLHHHLLLLL'.split('').map((band, i) => ({ grade: i < 6 ? '3-4' : '5-6', band, flag: 'ababbaaabab'[i]!, other: 'ababbaaabab'[i]! })) // prettier-ignore
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-privacy-'))
  try {
    const file = join(folder, 'tables.json')
    await writeFile(file, JSON.stringify([example, ...tables]))
    const { stdout } = await run(python, [COUNTS, file])
    const counted = JSON.parse(stdout) as { k: number; l: number }[]
    const ours = [example, ...tables].map(rows => anonymity(rows, ['grade', 'band'], ['flag', 'other']))
    expect(counted).toEqual(ours.map(({ k, l }) => ({ k, l })))
    expect(`k ${counted[0]!.k} l ${counted[0]!.l}\n`).toBe(await readFile(EXAMPLE, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
