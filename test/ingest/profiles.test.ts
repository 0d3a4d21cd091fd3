import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { OWN_LINES } from '../../infra/vocabulary/vocabulary.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { recompute, store } from '../helpers/records.ts'
import { aLoggedStatement, aMappedStatement } from './a-mapped-statement.ts'

const ADL = 'http://adlnet.gov/expapi/verbs/'
const VIDEO_VERB = 'https://w3id.org/xapi/video/verbs/'
const VIDEO = 'https://w3id.org/xapi/video/activity-type/video'
const MINUTE_MS = 60_000

type Sketch = {
  verb: string
  type?: string
  categories?: string[]
  result?: object
  extensions?: object
  actor?: object
  instructor?: object
  at?: string
}

function statement({ verb, type, categories, result, extensions, actor, instructor, at }: Sketch): object {
  const category = categories?.map(id => ({ id }))
  return {
    id: randomUUID(),
    verb: { id: verb },
    object: { id: 'https://tool.example.org/activity/1', ...(type !== undefined && { definition: { type } }) },
    context: { ...(category && { contextActivities: { category } }), extensions, instructor },
    ...(result && { result }),
    ...(actor && { actor }),
    ...(at !== undefined && { timestamp: at }),
  }
}

/** Kind, mode, choice and minutes of what a statement becomes. */
function told(sketch: Sketch): { kind: string; mode?: string; choice?: string; minutes?: number } {
  const { kind, mode, choice, durationMs } = aMappedStatement({ ...statement(sketch) })
  return {
    kind,
    ...(mode && { mode }),
    ...(choice && { choice }),
    ...(durationMs !== undefined && { minutes: durationMs / MINUTE_MS }),
  }
}

const individual = (kind: string, minutes?: number): object => ({
  kind,
  mode: 'individual',
  ...(minutes !== undefined && { minutes }),
})

describe('cmi5', () => {
  const CATEGORY = 'https://w3id.org/xapi/cmi5/context/categories/cmi5'
  const MOVE_ON = 'https://w3id.org/xapi/cmi5/context/categories/moveon'
  const W3 = 'https://w3id.org/xapi/adl/verbs/'

  test.each([
    [`${ADL}launched`, {}, individual('viewed')],
    [`${ADL}initialized`, {}, individual('started')],
    [`${ADL}completed`, { completion: true, duration: 'PT50M' }, individual('completed')],
    [`${ADL}passed`, { success: true, score: { scaled: 0.9 }, duration: 'PT50M' }, individual('completed')],
    [`${ADL}failed`, { success: false, score: { scaled: 0.2 }, duration: 'PT50M' }, individual('completed')],
    [`${ADL}terminated`, { duration: 'PT25M' }, individual('viewed', 25)],
    [`${W3}abandoned`, { duration: 'PT25M' }, { kind: 'noted' }],
    [`${W3}waived`, { success: true, completion: true }, { kind: 'noted' }],
    [`${W3}satisfied`, {}, individual('completed')],
  ])('%s', (verb, result, expected) => {
    expect(told({ verb, result, categories: [CATEGORY, MOVE_ON] })).toEqual(expected)
  })

  test('the mastery score decides in the tool: the record has its verdict and the score', () => {
    const extensions = { 'https://w3id.org/xapi/cmi5/context/extensions/masteryscore': 0.8 }
    const result = { success: false, score: { scaled: 0.79 }, duration: 'PT1M' }
    const record = aMappedStatement({
      ...statement({ verb: `${ADL}failed`, result, extensions, categories: [CATEGORY] }),
    })
    expect(record).toMatchObject({ kind: 'completed', success: false, score: 0.79 })
  })

  test('outside of cmi5 a completion has the time that it states', () => {
    expect(told({ verb: `${ADL}completed`, result: { duration: 'PT50M' } })).toEqual(individual('completed', 50))
  })

  test('the one category of xAPI 1.0 that stands outside an array is seen', () => {
    const context = { contextActivities: { category: { id: CATEGORY } } }
    const result = { duration: 'PT50M' }
    expect(aMappedStatement({ verb: { id: `${ADL}completed` }, result, context })).not.toHaveProperty('durationMs')
  })
})

describe('video', () => {
  const segments = (text: string): object => ({
    extensions: { 'https://w3id.org/xapi/video/extensions/played-segments': text },
  })

  test.each([
    [`${ADL}initialized`, undefined, individual('started')],
    [`${VIDEO_VERB}played`, segments('0[.]600'), individual('viewed')],
    [`${VIDEO_VERB}paused`, segments('0[.]600[,]900[.]1080'), individual('viewed', 3)],
    [`${VIDEO_VERB}seeked`, segments('0[.]90'), individual('viewed', 1.5)],
    [`${ADL}interacted`, segments('0[.]600'), individual('viewed')],
    [
      `${ADL}completed`,
      { completion: true, duration: 'PT3H', ...segments('0[.]600[,]600[.]660') },
      individual('completed', 1),
    ],
    [`${ADL}completed`, { completion: true, duration: 'PT3H' }, individual('completed')],
    [`${ADL}terminated`, segments('0[.]600'), individual('viewed')],
  ])('%s with %j', (verb, result, expected) => {
    expect(told({ verb, type: VIDEO, ...(result && { result }) })).toEqual(expected)
  })

  test.each([
    ['2x', 5],
    ['0.5x', 20],
    ['1.25x', 8],
    [2, 5],
    ['-2x', 10],
    ['fast', 10],
    ['0x', 10],
  ])('ten minutes of video at speed %s took %s', (speed, minutes) => {
    const extensions = { 'https://w3id.org/xapi/video/extensions/speed': speed }
    expect(told({ verb: `${VIDEO_VERB}paused`, type: VIDEO, result: segments('0[.]600'), extensions }).minutes).toBe(
      minutes,
    )
  })

  test.each(['', '0', '600[.]0', '0[.]0', 'a[.]b', '0[.]600[,]', '0[.]600[.]700', '0[.]1e9', '-5[.]5', '0[.]Infinity'])(
    'played segments that say %j say no time',
    text => {
      expect(told({ verb: `${VIDEO_VERB}paused`, type: VIDEO, result: segments(text) })).not.toHaveProperty('minutes')
    },
  )
})

describe('TinCan, ADL and Activity Streams verbs', () => {
  test.each([
    [`${ADL}preferred`, { kind: 'chose', mode: 'individual', choice: 'chosen' }],
    ['http://id.tincanapi.com/verb/selected', { kind: 'chose', mode: 'individual', choice: 'chosen' }],
    ['http://activitystrea.ms/schema/1.0/submit', individual('completed')],
    ['http://activitystrea.ms/submit', individual('completed')],
    ['http://activitystrea.ms/schema/1.0/create', { kind: 'collaborated' }],
    ['https://w3id.org/xapi/acrossx/verbs/was-assigned', { kind: 'noted', choice: 'assigned' }],
    ['https://w3id.org/xapi/tla/verbs/planned', { kind: 'goal-set', mode: 'individual', choice: 'chosen' }],
    ['https://w3id.org/xapi/adl/verbs/logged-in', { kind: 'noted' }],
  ])('%s', (verb, expected) => {
    expect(told({ verb })).toEqual(expected)
  })

  test('what the sender says of a choice beats the verb', () => {
    expect(told({ verb: `${ADL}preferred`, extensions: { [EXTENSIONS.choice]: 'assigned' } }).choice).toBe('assigned')
  })
})

describe('assessment', () => {
  const ASSESSMENT = 'http://adlnet.gov/expapi/activities/assessment'
  const ITEM = 'http://adlnet.gov/expapi/activities/cmi.interaction'

  test.each([
    ['attempted', ASSESSMENT, undefined, individual('started')],
    ['answered', ITEM, { success: true, response: '3/4', duration: 'PT90S' }, individual('answered', 1.5)],
    ['scored', ASSESSMENT, { score: { scaled: 0.7 } }, individual('scored')],
    ['completed', ASSESSMENT, { completion: true, duration: 'PT12M' }, individual('completed', 12)],
    ['passed', ASSESSMENT, { success: true }, individual('completed')],
    ['suspended', ASSESSMENT, { duration: 'PT12M' }, individual('viewed', 12)],
  ])('%s on %s', (verb, type, result, expected) => {
    expect(told({ verb: ADL + verb, type, ...(result && { result }) })).toEqual(expected)
  })

  test.each(['timed', 'practice', 'proctored'])('Open edX: a %s exam that is handed in is completed', name => {
    const type = `https://w3id.org/xapi/openedx/activity/${name}-assessment`
    expect(told({ verb: `${ADL}terminated`, type })).toEqual(individual('completed'))
  })

  test('Open edX: a problem that the server evaluated is an answer', () => {
    const verb = 'https://w3id.org/xapi/acrossx/verbs/evaluated'
    expect(told({ verb, type: ITEM, result: { success: true } })).toEqual(individual('answered'))
    expect(told({ verb })).toEqual({ kind: 'gave-feedback' })
  })
})

describe('tutoring', () => {
  const SESSION = 'http://id.tincanapi.com/activitytype/tutor-session'
  const MEETING = 'http://adlnet.gov/expapi/activities/meeting'
  const instructor = { mbox: 'mailto:t@example.org' }

  test.each([
    [{ verb: `${ADL}asked` }, { kind: 'asked-help' }],
    [
      { verb: `${ADL}asked`, instructor },
      { kind: 'asked-help', mode: 'adult' },
    ],
    // A hint or a solution that Open edX shows.
    [{ verb: `${ADL}asked`, type: 'http://id.tincanapi.com/activitytype/solution' }, { kind: 'asked-help' }],
    [
      { verb: 'https://homeroom.example/xapi/verbs/gave-help', instructor },
      { kind: 'gave-help', mode: 'adult' },
    ],
    [
      { verb: `${ADL}attended`, type: SESSION, result: { duration: 'PT30M' } },
      { kind: 'met', mode: 'adult', minutes: 30 },
    ],
    [
      { verb: `${ADL}completed`, type: SESSION, result: { duration: 'PT30M' } },
      { kind: 'met', mode: 'adult', minutes: 30 },
    ],
    [
      { verb: `${ADL}attended`, type: MEETING, instructor },
      { kind: 'met', mode: 'adult' },
    ],
    // One meeting that is begun and ended is one contact.
    [{ verb: `${ADL}initialized`, type: MEETING, instructor }, { kind: 'noted' }],
  ])('%j', (sketch, expected) => {
    expect(told(sketch)).toEqual(expected)
  })
})

test.each([
  ['http://activitystrea.ms/create', 'http://id.tincanapi.com/activitytype/goal', 'goal-set'],
  [`${ADL}completed`, 'http://id.tincanapi.com/activitytype/goal', 'goal-met'],
  [`${ADL}answered`, 'https://homeroom.example/xapi/activities/reflection', 'reflected'],
])('%s on %s is %s', (verb, type, kind) => {
  expect(told({ verb, type })).toEqual(individual(kind))
})

test('every line of the table gives its kind, mode and choice', () => {
  expect(OWN_LINES.length).toBeGreaterThan(400)
  for (const { verb, activityType, category, kind, mode, choice } of OWN_LINES) {
    const sketch = { verb, ...(activityType && { type: activityType }), ...(category && { categories: [category] }) }
    const { minutes: _minutes, ...found } = told(sketch)
    expect({ verb, activityType, category, ...found }).toEqual({
      verb,
      activityType,
      category,
      ...found,
      kind,
      ...(mode && { mode }),
      ...(choice && { choice }),
    })
    expect(found.choice).toBe(choice)
  }
})

describe('minutes', () => {
  const CATEGORY = 'https://w3id.org/xapi/cmi5/context/categories/cmi5'
  const played = (text: string): object => ({
    extensions: { 'https://w3id.org/xapi/video/extensions/played-segments': text },
  })

  /** Minutes of effort by day. */
  async function effort(...sketches: Sketch[]): Promise<number[]> {
    const warehouse = await freshWarehouse()
    await store(
      warehouse,
      sketches.map(sketch => aLoggedStatement({ ...statement(sketch) })),
    )
    await recompute(warehouse)
    const [row] = await warehouse.query<{ minutes: number[] }>(
      'select arrayMap(ms -> toFloat64(ms) / 60000, day_ms) as minutes from student_week final where not deleted',
    )
    return row!.minutes
  }

  test('a session and the video inside it count once', async () => {
    const at = (time: string): string => `2026-02-24T${time}:00-05:00`
    expect(
      await effort(
        { verb: `${ADL}initialized`, categories: [CATEGORY], at: at('10:00') },
        { verb: `${VIDEO_VERB}played`, type: VIDEO, at: at('10:01') },
        { verb: `${VIDEO_VERB}paused`, type: VIDEO, result: played('0[.]720'), at: at('10:13') },
        { verb: `${VIDEO_VERB}played`, type: VIDEO, at: at('10:15') },
        { verb: `${ADL}completed`, type: VIDEO, result: played('0[.]720[,]720[.]1020'), at: at('10:20') },
        { verb: `${ADL}terminated`, type: VIDEO, result: played('0[.]720[,]720[.]1020'), at: at('10:22') },
        { verb: `${ADL}completed`, categories: [CATEGORY], result: { duration: 'PT25M' }, at: at('10:24') },
        { verb: `${ADL}terminated`, categories: [CATEGORY], result: { duration: 'PT25M' }, at: at('10:25') },
      ),
      // 10:00 to 10:25, and the minute at a session's end.
    ).toEqual([26])
  })

  test('a completion that took two days gives neither of them the time of both', async () => {
    const session = (day: string, from: string, to: string, duration: string): Sketch[] => [
      { verb: `${ADL}initialized`, categories: [CATEGORY], at: `2026-02-${day}T${from}:00-05:00` },
      { verb: `${ADL}terminated`, categories: [CATEGORY], result: { duration }, at: `2026-02-${day}T${to}:00-05:00` },
    ]
    const passed = { verb: `${ADL}passed`, categories: [CATEGORY], result: { success: true, duration: 'PT40M' } }
    expect(
      await effort(...session('24', '10:00', '10:35', 'PT35M'), ...session('25', '10:00', '10:05', 'PT5M'), {
        ...passed,
        at: '2026-02-25T10:05:00-05:00',
      }),
    ).toEqual([36, 6])
  })

  test('a video without a session counts what was played between play and pause', async () => {
    expect(
      await effort(
        { verb: `${VIDEO_VERB}played`, type: VIDEO, at: '2026-02-24T10:00:00-05:00' },
        { verb: `${VIDEO_VERB}paused`, type: VIDEO, result: played('0[.]1500'), at: '2026-02-24T10:25:00-05:00' },
      ),
    ).toEqual([26])
  })
})
