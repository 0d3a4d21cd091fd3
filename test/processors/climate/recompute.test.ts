import { beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { finiteMean } from '../../../processors/statistics/finite-mean.ts'
import { groupSums } from '../../../processors/statistics/group-sums.ts'
import { wilson } from '../../../processors/statistics/wilson.ts'
import { clearStage, pendingStages } from '../../../processors/touched-stages.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { anAlias } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { AFTER, aDistrict, anInstrument, aResponse, gradedSchool, ITEMS, type Sketch } from './a-window.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
let district: ReturnType<typeof aDistrict>
beforeEach(async () => {
  warehouse = await emptied()
  district = aDistrict(warehouse)
})

const names = (school: string, n: number): string[] => [...Array(n).keys()].map(i => `${school}${i}`)
const SCHOOLS = { oak: names('oak', 90), elm: names('elm', 60), ash: names('ash', 14) }
const enrolAll = () => district.enrol(...Object.entries(SCHOOLS).flatMap(([id, all]) => gradedSchool(id, all)))

/** Answers of one who feels so: all items follow one feeling with some noise, reversed ones the other way round. */
function answersOf(uniform: () => number, feeling: number): Sketch['answers'] {
  return Object.fromEntries(
    ITEMS.map(({ id, reverse }) => {
      const felt = Math.max(1, Math.min(4, Math.round(feeling + 1.2 * (uniform() - 0.5))))
      return [id, uniform() < 0.04 ? null : reverse ? 5 - felt : felt]
    }),
  )
}

/** Three quarters of the larger schools, nine of the small one. */
function sketches(): (Sketch & { school: string })[] {
  const uniform = uniforms(20261122)
  const some = { oak: SCHOOLS.oak.slice(0, 70), elm: SCHOOLS.elm.slice(0, 45), ash: SCHOOLS.ash.slice(0, 9) }
  return Object.entries(some).flatMap(([school, who]) =>
    who.map(one => ({
      who: one,
      school,
      answers: answersOf(uniform, (school === 'elm' ? 3 : 2.4) + 1.6 * (uniform() - 0.5)),
    })),
  )
}

const scored = (answers: Sketch['answers'], ids: readonly string[]): number[] =>
  ids.flatMap(id => {
    const value = answers[id]
    return typeof value === 'number' ? [ITEMS.find(one => one.id === id)!.reverse ? 5 - value : value] : []
  })
const SLICE = 'informant=student,instrument=climate-student'

describe('a window that has ended', () => {
  const all = sketches()
  beforeEach(async () => {
    await enrolAll()
    await district.store(anInstrument(), ...all.map(one => aResponse({ ...one, school: '' })))
    await district.run()
  })

  test('has the scores of schools and grades that a plain computation has', async () => {
    const found = await district.figures("indicator = 'climate_score'")
    const safety = ['S1', 'S2', 'S3', 'S4']
    const of = (keep: (one: (typeof all)[number]) => boolean, eligible: number) => {
      const scores = all.filter(keep).flatMap(({ answers }) => {
        const values = scored(answers, safety)
        return values.length >= 3 ? [values.reduce((sum, value) => sum + value, 0) / values.length] : []
      })
      return { n: scores.length, ...finiteMean(groupSums(new Int32Array(scores.length), Float64Array.from(scores), 1)[0]!, eligible)! } // prettier-ignore
    }
    const oak = of(({ school }) => school === 'oak', 90)
    expect(found.get(`climate_score oak ${SLICE},scale=safety`)).toMatchObject({
      n: oak.n,
      enrolled: 90,
      status: 'ok',
      reason: '',
      value: expect.closeTo(oak.value, 12),
      se: expect.closeTo(oak.se, 12),
      lo95: expect.closeTo(oak.lo95, 6),
      hi95: expect.closeTo(oak.hi95, 6),
    })
    const grade = of(({ school, who }) => school === 'elm' && Number(who!.slice(3)) % 3 === 1, 20)
    expect(found.get(`climate_score elm grade=04,${SLICE},scale=safety`)).toMatchObject({
      n: grade.n,
      enrolled: 20,
      value: expect.closeTo(grade.value, 12),
    })
    const whole = of(() => true, 164)
    expect(found.get(`climate_score demo ${SLICE},scale=safety`)).toMatchObject({
      n: whole.n,
      enrolled: 164,
      value: expect.closeTo(whole.value, 12),
      se: expect.closeTo(whole.se, 12),
    })
  })

  test('has favourable shares of single questions with Wilson’s interval, and their means', async () => {
    const found = await district.figures("unit_id = 'oak'")
    const values = all.filter(({ school }) => school === 'oak').flatMap(({ answers }) => scored(answers, ['B2']))
    const share = wilson(values.filter(value => value >= 3).length, values.length)!
    expect(found.get(`item_favourable oak ${SLICE},item=B2`)).toMatchObject({
      n: values.length,
      value: expect.closeTo(share.value, 12),
      lo95: expect.closeTo(share.lo95, 12),
      hi95: expect.closeTo(share.hi95, 12),
    })
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(found.get(`item_score oak ${SLICE},item=B2`)).toMatchObject({ value: expect.closeTo(mean, 12) })
  })

  test('nine answers are said to be fewer than ten, in every figure of the school', async () => {
    const found = await district.figures("unit_id = 'ash'")
    expect(found.size).toBeGreaterThan(30)
    for (const [key, row] of found) {
      expect(row, key).toMatchObject({ value: null, se: null, lo95: null, hi95: null, status: 'insufficient', reason: 'fewer than 10 answers' }) // prettier-ignore
    }
    expect(await warehouse.query("select 1 from climate_schools final where school_id = 'ash'")).toEqual([])
  })

  test('says how many of those on the roster answered', async () => {
    const found = await district.figures("indicator = 'survey_response'")
    expect(found.get(`survey_response oak ${SLICE}`)).toMatchObject({ value: 70 / 90, n: 70, enrolled: 90, reason: '' })
    expect(found.get(`survey_response demo ${SLICE}`)).toMatchObject({ value: 124 / 164, n: 124, enrolled: 164 })
  })

  test('scores what hangs together, and says why it does not score the rest', async () => {
    const scales = await warehouse.query<{ scale: string; status: string; reason: string }>(
      'select scale, status, reason from climate_scales final order by scale',
    )
    expect(scales).toEqual([
      { scale: 'belonging', status: 'ok', reason: '' },
      { scale: 'safety', status: 'ok', reason: '' },
      { scale: 'safety/bullying', status: 'insufficient', reason: 'questions: 2; 3 are needed for a score' },
      { scale: 'safety/physical', status: 'insufficient', reason: 'questions: 2; 3 are needed for a score' },
      { scale: 'sel/self-awareness', status: 'insufficient', reason: 'questions: 1; 3 are needed for a score' },
      { scale: 'sel/self-management', status: 'insufficient', reason: 'questions: 1; 3 are needed for a score' },
    ])
    const found = await district.figures("indicator = 'climate_score'")
    expect(found.get(`climate_score oak ${SLICE},scale=safety/bullying`)).toMatchObject({
      value: null,
      status: 'insufficient',
      reason: 'questions: 2; 3 are needed for a score',
    })
    const [safety] = await warehouse.query<Record<string, number>>(
      "select alpha, omega, tau2, icc1 from climate_scales final where scale = 'safety'",
    )
    expect(safety!['alpha']).toBeGreaterThan(0.7)
    expect(safety!['omega']).toBeGreaterThan(0.7)
    expect(safety!['tau2']).toBeGreaterThan(0)
    expect(safety!['icc1']).toBeGreaterThan(0)
  })

  test('draws schools towards all of them, and weighs grades by the roster', async () => {
    const rows = await warehouse.query<{ school_id: string; shrunken: number; keep: number; weighted: number }>(
      "select school_id, shrunken, keep, weighted from climate_schools final where scale = 'safety' order by school_id",
    )
    expect(rows.map(({ school_id }) => school_id)).toEqual(['elm', 'oak'])
    const found = await district.figures("indicator = 'climate_score'")
    for (const { school_id, shrunken, keep, weighted } of rows) {
      const raw = found.get(`climate_score ${school_id} ${SLICE},scale=safety`)!.value!
      expect(keep).toBeGreaterThan(0)
      expect(keep).toBeLessThan(1)
      expect(Math.abs(shrunken - raw)).toBeLessThan(0.2)
      expect(Math.abs(weighted - raw)).toBeLessThan(0.1)
    }
  })

  test('computed again, from entries in another order and twice, has the same rows bit by bit', async () => {
    const rows = () => warehouse.query('select * except computed from indicators final order by all')
    const scales = () => warehouse.query('select * except computed from climate_scales final order by all')
    const [before, scalesBefore] = [await rows(), await scales()]
    await district.store(...[...all, ...all].reverse().map(one => aResponse({ ...one, school: '' })))
    await district.run()
    expect(await rows()).toEqual(before)
    expect(await scales()).toEqual(scalesBefore)
    expect(before.length).toBeGreaterThan(100)
  })
})

describe('when', () => {
  const one = { who: 'oak0', answers: { S1: 4 } }

  test('a window that runs has no figures, not even how many answered', async () => {
    await enrolAll()
    await district.store(anInstrument(), aResponse(one))
    await district.run('2026-03-14T03:59:00Z')
    expect((await district.figures()).size).toBe(0)
    await district.run('2026-03-14T04:01:00Z')
    expect((await district.figures()).size).toBeGreaterThan(0)
  })

  test('a window that has ended is computed by whatever wakes the stage next', async () => {
    await district.store(anInstrument(), aResponse(one))
    await district.run('2026-06-01T12:00:00Z', ['2026-05-25'])
    expect((await district.figures()).size).toBeGreaterThan(0)
  })

  test('a late answer counts, a window opened again or taken back has no figures any more', async () => {
    await district.store(anInstrument(), ...names('oak', 11).map(who => aResponse({ ...one, who, school: 'oak' })))
    await district.run()
    const response = async () => (await district.figures("indicator = 'survey_response' and unit_id = 'demo'")).get(`survey_response demo ${SLICE}`) // prettier-ignore
    expect(await response()).toMatchObject({ n: 11 })
    await district.store(aResponse({ ...one, who: 'late', school: 'oak' }))
    await district.run()
    expect(await response()).toMatchObject({ n: 12 })
    const reopened = anInstrument({ windows: [{ id: '2026-spring', begin: '2026-03-02', end: '2026-04-02' }] }, '2026-03-15T12:00:00.000Z') // prettier-ignore
    await district.store(reopened)
    await district.run()
    expect((await district.figures()).size).toBe(0)
    expect(await warehouse.query('select 1 from climate_windows final')).toEqual([])
  })
})

describe('what wakes a window, with no event in its weeks', () => {
  const waiting = async () => {
    const pending = (await pendingStages(warehouse)).get('climate') ?? { weeks: [], touches: [] }
    await clearStage(warehouse, 'climate', pending)
    return pending.weeks
  }

  test('an instrument, an answer in it, an enrolment, an alias of somebody who answered', async () => {
    await district.store(anInstrument())
    expect(await waiting()).toEqual(['2026-03-09'])
    await district.store(aResponse({ who: 'oak0', answers: { S1: 4 } }))
    expect(await waiting()).toEqual(['2026-03-09'])
    await district.enrol(...gradedSchool('oak', names('oak', 3)))
    expect(await waiting()).toEqual(['2026-03-09'])
    await district.enrol(anAlias('a tool’s name for oak1', 'oak1'))
    expect(await waiting()).toEqual([])
    await district.store(aResponse({ who: 'a name of oak2', answers: { S1: 1 } }))
    await waiting()
    await district.enrol(anAlias('a name of oak2', 'oak2'))
    expect(await waiting()).toEqual(['2026-03-09'])
  })

  test('answers under two names are one person’s once that is known', async () => {
    await district.enrol(...gradedSchool('oak', names('oak', 12)))
    await district.store(
      anInstrument(),
      ...names('oak', 12).map((who, at) => aResponse({ who, answers: { S1: 1 + (at % 4) } })),
      aResponse({ who: 'a name of oak2', school: 'oak', answers: { S1: 1 } }),
    )
    await district.run()
    const n = async () => (await district.figures()).get(`survey_response oak ${SLICE}`)!.n
    expect(await n()).toBe(13)
    await district.enrol(anAlias('a name of oak2', 'oak2'))
    await district.run(AFTER, await waiting())
    expect(await n()).toBe(12)
  })
})

describe('who could have answered', () => {
  test('response over 100 % is no share, and takes nothing off the error of a mean', async () => {
    await district.enrol(...gradedSchool('oak', names('oak', 12)))
    await district.store(
      anInstrument(),
      ...names('anonymous', 15).map((anonymous, at) =>
        aResponse({ anonymous, school: 'oak', answers: { S1: 1 + (at % 4) } }),
      ),
    )
    await district.run()
    const found = await district.figures("unit_id = 'oak'")
    expect(found.get(`survey_response oak ${SLICE}`)).toMatchObject({
      value: null,
      n: 15,
      enrolled: 12,
      status: 'insufficient',
      reason: 'more answers than people on the roster',
    })
    const values = [...Array(15).keys()].map(at => 1 + (at % 4))
    const mean = finiteMean(groupSums(new Int32Array(15), Float64Array.from(values), 1)[0]!, 12)!
    expect(found.get(`item_score oak ${SLICE},item=S1`)).toMatchObject({
      value: expect.closeTo(mean.value, 12),
      se: expect.closeTo(mean.se, 12),
      reason: 'more answers than people on the roster',
    })
  })

  test('grades that nobody answered from were not asked; fewer than half is said to be limited', async () => {
    await district.enrol(...gradedSchool('oak', names('oak', 90)))
    // oak0, oak3 … are in grade 03.
    const thirds = names('oak', 90).filter((_, at) => at % 3 === 0)
    await district.store(
      anInstrument(),
      ...thirds.slice(0, 12).map((who, at) => aResponse({ who, answers: { S1: 1 + (at % 4) } })),
    )
    await district.run()
    expect((await district.figures()).get(`survey_response oak ${SLICE}`)).toMatchObject({
      n: 12,
      enrolled: 30,
      value: 0.4,
      reason: 'limited: fewer than half answered',
    })
  })

  test('families answer about students and are reported question by question; staff by the classes they teach', async () => {
    const children = names('oak', 40)
    const teachers = names('teacher', 12)
    await district.enrol(
      ...gradedSchool('oak', children),
      ...teachers.map(name => ({
        type: 'enrolment' as const,
        source: 'sis',
        storedAt: '2025-08-01T12:00:00.000Z',
        status: 'active' as const,
        id: `${name}|oak`,
        person: aResponse({ who: name, answers: {} }).respondent!,
        class: 'oak-1',
        school: 'oak',
        role: 'teacher' as const,
        begin: '2025-08-25',
        end: null,
      })),
    )
    const of = (informant: 'family' | 'staff') => ({ instrument: `climate-${informant}`, role: informant === 'family' ? 'family' : 'teacher' }) as const // prettier-ignore
    await district.store(
      anInstrument({ instrument: 'climate-family', informant: 'family' }),
      anInstrument({ instrument: 'climate-staff', informant: 'staff' }),
      ...children.slice(0, 15).map((about, at) => aResponse({ who: `parent of ${about}`, about, answers: { S1: 1 + (at % 4), S2: 1 + (at % 4), S3: 4 - (at % 4) , S4: 3 }, rest: of('family') })), // prettier-ignore
      ...teachers.slice(0, 11).map((who, at) => aResponse({ who, answers: { S1: 1 + (at % 4) }, rest: of('staff') })),
    )
    await district.run()
    const found = await district.figures("unit_id = 'oak'")
    expect(found.get('survey_response oak informant=family,instrument=climate-family')).toMatchObject({ n: 15, enrolled: 40, value: 0.375 }) // prettier-ignore
    expect(found.get('survey_response oak informant=staff,instrument=climate-staff')).toMatchObject({ n: 11, enrolled: 12 }) // prettier-ignore
    expect(found.get('climate_score oak informant=family,instrument=climate-family,scale=safety')).toMatchObject({
      value: null,
      status: 'not_applicable',
      reason: 'families are reported question by question',
    })
    expect(found.get('item_score oak informant=family,instrument=climate-family,item=S1')).toMatchObject({ n: 15, status: 'ok' }) // prettier-ignore
    expect([...found.keys()].filter(key => key.includes('grade='))).toEqual([])
  })

  test('twelve who all give the same answer have a share and no mean', async () => {
    await district.enrol(...gradedSchool('oak', names('oak', 30)))
    await district.store(anInstrument(), ...names('oak', 12).map(who => aResponse({ who, answers: { S1: 4 } })))
    await district.run()
    const found = await district.figures("unit_id = 'oak'")
    expect(found.get(`item_score oak ${SLICE},item=S1`)).toMatchObject({ value: null, reason: 'everybody gave the same answer' }) // prettier-ignore
    expect(found.get(`item_favourable oak ${SLICE},item=S1`)).toMatchObject({ value: 1, hi95: 1 })
  })
})

test('two versions that ask a topic by other questions have no score of it, and share the questions that are alike', async () => {
  await enrolAll()
  const changed = ITEMS.map(one => (one.id === 'B3' ? { ...one, id: 'B4' } : one))
  const some = sketches()
  await district.store(
    anInstrument(),
    anInstrument({ version: '2', items: changed }),
    ...some.map((one, at) =>
      aResponse({
        ...one,
        school: '',
        ...(at % 2 === 1 && { answers: { ...one.answers, B3: null }, rest: { version: '2' } }),
      }),
    ),
  )
  await district.run()
  const found = await district.figures("unit_id = 'demo'")
  expect(found.get(`climate_score demo ${SLICE},scale=belonging`)).toMatchObject({
    value: null,
    reason: 'versions of the survey ask it by different questions',
  })
  expect(found.get(`climate_score demo ${SLICE},scale=safety`)).toMatchObject({ status: 'ok' })
  expect(found.get(`item_score demo ${SLICE},item=S1`)!.n).toBeGreaterThan(110)
})
