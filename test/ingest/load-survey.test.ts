import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { counted, INSTRUMENT, loadPath, loadSurvey, mappingOf, surveys, WHEN, WIDE } from './a-survey.ts'
import { NOW } from './start-ingest.ts'

const { warehouse, load } = await surveys()
const responses = (columns: string) =>
  warehouse.query<Record<string, unknown>>(`select ${columns} from survey_responses_counted order by all`)

test('the examples: Google Forms, Qualtrics and a long export become one table', async () => {
  const path = fileURLToPath(new URL('../../infra/examples/survey/mapping.json', import.meta.url))
  const { summary, dead } = await loadPath(warehouse, path)
  expect(dead).toEqual([])
  expect(summary).toMatchObject({ read: 13, stored: 13, dead: 0, partly: 0, refused: [], unused: [] })
  expect(await counted(warehouse)).toEqual([
    '2026-spring s-lincoln 05: B1=2 S1=3',
    '2026-spring s-lincoln 05: B1=3 B2=3 E1=3 S1=4',
    '2026-spring s-lincoln 05: B1=4 B2=4 E1=3 S1=4',
    '2026-spring s-lincoln 05: B1=4 B2=4 E1=declined S1=3',
    '2026-spring s-oak 04: B1=3 B2=2 E1=4 S1=3',
    '2026-spring s-oak 04: B1=3 B2=4 E1=4 S1=4',
    '2026-spring s-oak 04: B1=missing B2=2 E1=missing S1=2',
  ])
})

test('the example of the README works as it stands there', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const mapping = readme.split('**Surveys**')[1]!.split('```json\n')[1]!.split('\n```')[0]!
  const block = { ...(JSON.parse(mapping) as object), instruments: ['instrument.json'] }
  const rows = ['Timestamp,Email Address,School,Q1,Q2,Q3,C1', '2026/02/10 9:03:12 AM EST,t@example.org,Lincoln,4,1,4,']
  const instrument = { ...INSTRUMENT, instrument: 'staff', informant: 'staff' }
  await loadSurvey(warehouse, block, { 'staff-1.csv': rows.join('\n') }, { instrument })
  expect(await counted(warehouse, "role = 'staff'")).toEqual(['spring s-1 : Q1=4 Q2=4 Q3=4'])
})

test('a complete export with a row that could not be used takes nothing back, and says so', async () => {
  const complete = { ...mappingOf(WIDE), complete: true }
  const row = (who: string, when = WHEN): string => `${who},${when},s-1,5,1,1,1,`
  await load([row('a'), row('b'), row('c')], complete)
  const { summary } = await load([row('a'), row('b', 'yesterday')], complete, { at: NOW + 1000 })
  expect(await counted(warehouse)).toHaveLength(3)
  expect(summary.broken).toEqual([
    'source forms: 1 row of a complete export could not be used, so that nobody knows what is not there any more: nothing is taken back',
  ])
  await load([row('a')], complete, { at: NOW + 2000 })
  expect(await counted(warehouse)).toHaveLength(1)
})

describe('layouts', () => {
  test('Microsoft Forms: question texts with hard spaces, short years, nobody signed in', async () => {
    const block = {
      ...WIDE,
      respondent: { id: '{Email}', idType: 'email' },
      answered: '{Completion time}',
      school: 's-1',
      grade: '5',
    }
    const rows = [
      'ID,Start time,Completion time,Email,Name,I feel safe.\u00a0,I feel left out.\u00a0,I am known.,What else?',
      '1,2/10/26 9:00:01,2/10/26 9:03:12,kim@example.org,Kim Example,Agree,Disagree,Strongly agree,',
      '2,2/10/26 9:00:01,2/10/26 9:03:12,anonymous,,Agree,Agree,Agree,',
    ]
    const { summary, surveys } = await loadSurvey(warehouse, mappingOf(block), { 'forms.csv': rows.join('\r\n') })
    expect(summary).toMatchObject({ read: 2, stored: 2, dead: 0 })
    expect(await counted(warehouse)).toEqual(['spring s-1 05: Q1=3 Q2=2 Q3=3', 'spring s-1 05: Q1=3 Q2=3 Q3=4'])
    const people = surveys.flatMap(entry => (entry.type === 'response' ? [entry.respondent === null] : []))
    expect(people.sort()).toEqual([false, true])
  })

  test('a question in several sections of a form is answered in one of them; rows of a grid are items', async () => {
    const rows = [
      'who,when,school,grade,How true? [I feel safe.],Me siento seguro.,I feel left out.,I feel left out.,I am known.,C1',
      `a,${WHEN},s-1,5,Agree,,Agree,,Agree,`,
      `b,${WHEN},s-1,5,,De acuerdo,,Disagree,Agree,`,
      `c,${WHEN},s-1,5,Agree,Muy de acuerdo,Agree,Agree,Agree,`,
    ]
    const { summary, dead } = await loadSurvey(warehouse, mappingOf(WIDE), { 'rows.csv': rows.join('\n') })
    expect(summary).toMatchObject({ read: 3, stored: 3, partly: 1 })
    expect(dead.map(({ place }) => place)).toEqual(['rows.csv row 4 field How true? [I feel safe.]'])
    expect(await counted(warehouse)).toEqual([
      'spring s-1 05: Q1=3 Q2=2 Q3=3',
      'spring s-1 05: Q1=3 Q2=3 Q3=3',
      'spring s-1 05: Q1=unreadable Q2=2 Q3=3',
    ])
  })

  test('a long export: rows of a response anywhere, items by id or text, the later of two answers counts', async () => {
    const block = {
      layout: 'long',
      files: ['*.csv'],
      instrument: 'climate',
      response: '{r}',
      respondent: { id: '{who}' },
      answered: '{when}',
      school: '{school}',
      item: '{item}',
      answer: '{answer}',
      items: { safe: 'Q1' },
    }
    const rows = [
      'r,who,when,school,item,answer',
      `1,a,2026-02-10 09:00,s-1,safe,Agree`,
      `2,b,2026-02-10 09:00,s-1,Q1,1`,
      `1,a,2026-02-10 09:05,s-1,I feel safe.,4`,
      `1,a,2026-02-10 09:01,s-1,Q2,`,
      `1,a,2026-02-10 09:01,s-1,Q2,1`,
      `2,b,2026-02-10 09:00,s-1,Q3,2`,
      `2,b,2026-02-10 09:00,s-1,Q3,3`,
      `2,b,2026-02-10 09:00,s-1,Q9,3`,
      `2,b,2026-02-10 09:00,s-1,Q2,perhaps`,
    ]
    const { summary, dead } = await loadSurvey(warehouse, mappingOf(block), { 'long.csv': rows.join('\n') })
    expect(summary).toMatchObject({ read: 9, stored: 6, dead: 3 })
    expect(dead.map(({ place, reason }) => `${place}: ${reason.slice(0, reason.indexOf('. '))}`).sort()).toEqual([
      "long.csv row 10 field answer: ROW_INVALID: long.csv row 10 field answer is a string of 7 characters, expected a step of its scale: 1 to 4, or Strongly disagree, Disagree, Agree, Strongly agree, Don't know",
      'long.csv row 8 field answer: ROW_INVALID: long.csv row 8 field answer is another answer to the same item at the same time, expected one answer; neither counts',
      'long.csv row 9 field item: ROW_INVALID: long.csv row 9 field item is a string of 2 characters, expected an item of climate 1',
    ])
    expect(await counted(warehouse)).toEqual([
      'spring s-1 : Q1=1 Q2=unreadable Q3=unreadable',
      'spring s-1 : Q1=4 Q2=4',
    ])
  })

  test('labels of any language, numbers, both, codes, and numbers that the tool has turned round', async () => {
    const block = { ...WIDE, recode: { '11': '1', '12': '2', x: 'Agree' }, turned: ['Q2'], missing: ['-99'] }
    const rows = [
      'a,WHEN,s-1,5,strongly  AGREE,Muy en desacuerdo,4 - Strongly agree,',
      'b,WHEN,s-1,5,Agree (3),1,11,',
      'c,WHEN,s-1,5,Don\u2019t know,4,x,',
      'd,WHEN,s-1,5,-99,12,3.0,',
      'e,WHEN,s-1,5,5,4 - Agree,3.5,',
    ].map(row => row.replace('WHEN', WHEN))
    const { dead } = await load(rows, mappingOf(block))
    expect(await counted(warehouse)).toEqual([
      'spring s-1 05: Q1=3 Q2=1 Q3=1',
      'spring s-1 05: Q1=4 Q2=4 Q3=4',
      'spring s-1 05: Q1=declined Q2=4 Q3=3',
      'spring s-1 05: Q1=missing Q2=2 Q3=3',
    ])
    // Of a response without a single answer that can be read, only the dead letter is left in the figures.
    expect(dead.map(({ place }) => place)).toEqual(['rows.csv row 6 field Q1'])
  })
})

describe('which responses count', () => {
  test('of several of one person in a window the last complete one; other windows and other persons beside', async () => {
    await load([
      'a,2026-02-10 09:00:00,s-1,5,1,1,1,',
      'a,2026-02-11 09:00:00,s-1,5,2,2,2,',
      'a,2026-02-12 09:00:00,s-1,5,3,,,',
      'a,2025-10-12 09:00:00,s-1,5,4,4,4,',
      'b,2026-02-10 09:00:00,s-1,5,,1,,',
      'b,2026-02-11 09:00:00,s-1,5,4,3,,',
      'b,2026-02-12 09:00:00,s-1,5,,2,2,',
      'c,2026-02-12 09:00:00,s-1,5,,,,',
    ])
    expect(await counted(warehouse)).toEqual([
      'fall s-1 05: Q1=4 Q2=1 Q3=4',
      'spring s-1 05: Q1=2 Q2=3 Q3=2',
      'spring s-1 05: Q1=missing Q2=3 Q3=2',
    ])
    expect(await responses('asked, answered, complete, counts')).toEqual([
      { asked: 3, answered: 0, complete: 0, counts: 0 },
      { asked: 3, answered: 1, complete: 0, counts: 0 },
      { asked: 3, answered: 1, complete: 0, counts: 0 },
      { asked: 3, answered: 2, complete: 0, counts: 0 },
      { asked: 3, answered: 2, complete: 0, counts: 1 },
      { asked: 3, answered: 3, complete: 1, counts: 0 },
      { asked: 3, answered: 3, complete: 1, counts: 1 },
      { asked: 3, answered: 3, complete: 1, counts: 1 },
    ])
  })

  test('two identifiers are one person as soon as the roster says so', async () => {
    const { surveys } = await load(['a,2026-02-10 09:00:00,s-1,5,1,1,1,', 'a2,2026-02-11 09:00:00,s-1,5,2,2,2,'])
    expect(await counted(warehouse)).toHaveLength(2)
    const people = surveys.flatMap(entry => (entry.type === 'response' ? [entry.respondent!] : []))
    await warehouse.command(
      `insert into person_of select unhex(arrayJoin(splitByChar(',', {people:String}))), unhex({person:String}), 'sis', 1, 0`,
      { people: people.join(','), person: people[0] },
    )
    expect(await counted(warehouse)).toEqual(['spring s-1 05: Q1=2 Q2=3 Q3=2'])
  })

  test('a family that answers about two children answers twice', async () => {
    const instrument = { ...INSTRUMENT, informant: 'family' }
    const block = { ...WIDE, student: { id: '{child}' } }
    const rows = ['who,child,when,school,grade,Q1,Q2,Q3,C1', `mum,x,${WHEN},s-1,5,1,1,1,`, `mum,y,${WHEN},s-1,4,2,2,2,`]
    await loadSurvey(warehouse, mappingOf(block), { 'rows.csv': rows.join('\n') }, { instrument })
    expect(await counted(warehouse, "informant = 'family' and role = 'family'")).toHaveLength(2)
  })

  test('a declined answer is an answer; what is optional or was not asked is not needed', async () => {
    const items = INSTRUMENT.items.map(item => (item.id === 'Q2' ? { ...item, optional: true } : item))
    const block = { ...WIDE, notAsked: ['Q3'], items: { C1: 'Q3' } }
    await load([`a,${WHEN},s-1,5,Don't know,,,`], mappingOf(block), { instrument: { ...INSTRUMENT, items } })
    expect(await responses('asked, answered, complete, counts')).toEqual([
      { asked: 1, answered: 1, complete: 1, counts: 1 },
    ])
  })

  test('two versions in one window: each response is read by its own, and one of them counts', async () => {
    const five = { ...INSTRUMENT.scales.agree, max: 5, labels: {}, declined: {} }
    const second = { ...INSTRUMENT, version: '2', scales: { agree: five } }
    await load([`a,2026-02-10 09:00:00,s-1,5,1,1,1,`, `b,2026-02-10 09:00:00,s-1,5,4,4,4,`])
    await load([`a,2026-02-11 09:00:00,s-1,5,5,1,5,`], mappingOf(WIDE), { instrument: second })
    expect(await counted(warehouse, "version = '1'")).toEqual(['spring s-1 05: Q1=4 Q2=1 Q3=4'])
    expect(await counted(warehouse, "version = '2'")).toEqual(['spring s-1 05: Q1=5 Q2=5 Q3=5'])
  })

  test('reverse coding and domains are those of the instrument when it is read: correcting it corrects what was answered', async () => {
    await load([`a,${WHEN},s-1,5,1,1,1,`])
    expect(await counted(warehouse)).toEqual(['spring s-1 05: Q1=1 Q2=4 Q3=1'])
    const items = INSTRUMENT.items.map(item => ({ ...item, reverse: item.id === 'Q1', domain: 'corrected' }))
    await load([], mappingOf(WIDE), { instrument: { ...INSTRUMENT, items }, at: NOW + 1000 })
    expect(await counted(warehouse, "domain = 'corrected'")).toEqual(['spring s-1 05: Q1=4 Q2=1 Q3=1'])
    expect(await warehouse.query('select toFloat64(sum(value)) as sum from survey_answers final')).toEqual([{ sum: 3 }])
  })
})
