import { beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { differencesOf, pairsOf, type Compared, type Ended } from '../../../processors/climate/differences.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aDistrict, anInstrument, aResponse, gradedSchool, type Sketch } from './a-window.ts'

const ended = (instrument: string, informant: string, window: string, end: string): Ended => ({
  instrument,
  informant,
  window,
  begin: '2026-01-01',
  end,
})

describe('a window is compared', () => {
  const [fall, spring, late] = [
    ended('s', 'student', 'fall', '2025-11-01'),
    ended('s', 'student', 'spring', '2026-03-01'),
    ended('s', 'student', 'late', '2026-06-01'),
  ]

  test('with the one before, and the one after with it', () => {
    expect(pairsOf(spring!, [late!, spring!, fall!]).map(({ window, other_window }) => [window, other_window])).toEqual(
      [
        ['spring', 'fall'],
        ['late', 'spring'],
      ],
    )
  })

  test('with other informants in a window of the same name, students first, whoever is computed', () => {
    const family = ended('f', 'family', 'spring', '2026-03-01')
    const staff = ended('t', 'staff', 'spring', '2026-03-08')
    const all = [staff, fall!, family, spring!]
    const of = (one: Ended) =>
      pairsOf(one, all)
        .filter(({ kind }) => kind === 'informant')
        .map(({ instrument, other_instrument }) => instrument + other_instrument)
        .sort()
    expect([of(spring!), of(family), of(staff)]).toEqual([['sf', 'st'], ['ft', 'sf'], ['ft', 'st']]) // prettier-ignore
  })
})

describe('differences', () => {
  const figure = (window: string, unit_id: string, value: number, rest: Partial<Compared> = {}): Compared => ({
    instrument: 's',
    window,
    subject: 'scale=safety',
    unit_type: 'school',
    unit_id,
    value,
    se: 0.1,
    n: 40,
    limited: false,
    made_of: 'a b',
    ends: '1 4',
    ...rest,
  })
  const pair = { kind: 'window', instrument: 's', window: 'spring', other_instrument: 's', other_window: 'fall' } as const // prettier-ignore

  test('have the root of the sum of squared errors, and a probability raised for the number of schools', () => {
    const schools = ['a', 'b', 'c', 'd']
    const found = differencesOf(pair, [
      ...schools.map((id, at) => figure('spring', id, 3 + at / 10)),
      ...schools.map(id => figure('fall', id, 3)),
    ])
    expect(found.map(({ value }) => value.toFixed(3))).toEqual(['0.000', '0.100', '0.200', '0.300'])
    for (const { se } of found) expect(se).toBeCloseTo(Math.SQRT2 / 10, 12)
    const last = found[3]!
    expect(last.q).toBeCloseTo(4 * last.p, 12)
    expect(last.lo95).toBeCloseTo(0.3 - 1.9908471 * last.se, 6)
  })

  test('are not made where one side is missing, or a scale was made of other questions', () => {
    expect(differencesOf(pair, [figure('spring', 'a', 3), figure('fall', 'b', 3)])).toEqual([])
    expect(differencesOf(pair, [figure('spring', 'a', 3), figure('fall', 'a', 2, { made_of: 'a c' })])).toEqual([])
  })

  test('of two informants are made of questions with the same name, if their answers have the same ends', () => {
    const voices = { ...pair, kind: 'informant', other_instrument: 't', other_window: 'spring' } as const
    const staff = { instrument: 't', made_of: 'a c' }
    expect(differencesOf(voices, [figure('spring', 'a', 3), figure('spring', 'a', 2.5, staff)])).toHaveLength(1)
    const five = { ...staff, ends: '1 5' }
    expect(differencesOf(voices, [figure('spring', 'a', 3), figure('spring', 'a', 2.5, five)])).toEqual([])
  })

  test('of a survey that fewer than half answered are marked', () => {
    const [found] = differencesOf(pair, [figure('spring', 'a', 3), figure('fall', 'a', 2, { limited: true })])
    expect(found!.limited).toBe(true)
  })
})

describe('from the warehouse', () => {
  const emptied = emptiedWarehouse()
  let warehouse: Warehouse
  let district: ReturnType<typeof aDistrict>
  beforeEach(async () => {
    warehouse = await emptied()
    district = aDistrict(warehouse)
    await district.enrol(...gradedSchool('oak', children))
  })
  const children = [...Array(40).keys()].map(i => `oak${i}`)
  const FALL = { id: '2025-fall', begin: '2025-10-01', end: '2025-11-01' }
  const SPRING = { id: '2026-spring', begin: '2026-03-02', end: '2026-03-14' }
  const answersOf = (at: number, more: number): Sketch['answers'] => ({ S1: Math.min(4, 1 + (at % 3) + more) })
  const answered = (window: string, day: string, n: number, more: number, rest: object = {}) =>
    children.slice(0, n).map((who, at) =>
      aResponse({
        who: `${who}`,
        day,
        answers: answersOf(at, more),
        rest: { window, id: crypto.randomUUID(), ...rest },
      }),
    )
  const stored = () =>
    warehouse.query<{ kind: string; text: string; value: number; other_n: number }>(
      `select kind, concat(instrument, ' ', window, ' - ', other_instrument, ' ', other_window, ' ', unit_id, ' ', subject) as text,
         value, other_n from climate_differences final order by text`,
    )

  test('changes since the window before and gaps between voices follow from what may be shown', async () => {
    await district.store(
      anInstrument({ windows: [FALL, SPRING] }),
      anInstrument({ instrument: 'climate-family', informant: 'family', windows: [SPRING] }),
      ...answered('2025-fall', '2025-10-05', 30, 0),
      ...answered('2026-spring', '2026-03-05', 30, 1),
      ...children.slice(0, 12).map((about, at) =>
        aResponse({
          who: `parent of ${about}`,
          about,
          answers: answersOf(at, 0),
          rest: { instrument: 'climate-family', role: 'family' },
        }),
      ),
    )
    await district.run()
    expect(await stored()).toEqual([
      { kind: 'informant', text: 'climate-student 2026-spring - climate-family 2026-spring demo item=S1', value: 1, other_n: 12 }, // prettier-ignore
      { kind: 'informant', text: 'climate-student 2026-spring - climate-family 2026-spring oak item=S1', value: 1, other_n: 12 }, // prettier-ignore
      { kind: 'window', text: 'climate-student 2026-spring - climate-student 2025-fall demo item=S1', value: 1, other_n: 30 }, // prettier-ignore
      { kind: 'window', text: 'climate-student 2026-spring - climate-student 2025-fall oak item=S1', value: 1, other_n: 30 }, // prettier-ignore
    ])
  })

  test('nine parents are compared with nobody, and a window that is taken back either', async () => {
    await district.store(
      anInstrument({ windows: [FALL, SPRING] }),
      anInstrument({ instrument: 'climate-family', informant: 'family', windows: [SPRING] }),
      ...answered('2025-fall', '2025-10-05', 30, 0),
      ...answered('2026-spring', '2026-03-05', 30, 1),
      ...children.slice(0, 9).map((about, at) =>
        aResponse({
          who: `parent of ${about}`,
          about,
          answers: answersOf(at, 0),
          rest: { instrument: 'climate-family', role: 'family' },
        }),
      ),
    )
    await district.run()
    expect((await stored()).map(({ kind }) => kind)).toEqual(['window', 'window'])
    await district.store(anInstrument({ windows: [SPRING] }, '2026-03-20T12:00:00.000Z'))
    await district.run()
    expect(await stored()).toEqual([])
  })
})
