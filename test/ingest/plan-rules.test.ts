import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PLAN_HEADER, PLAN_MAPPING, planLoads } from './a-plan-load.ts'
import { sentencesOf } from './planted-sentences.ts'

const at = planLoads()

const CHOICES = {
  files: ['choices.csv'],
  student: { id: '{who}' },
  date: '{day}',
  dateFormat: 'm/d/y',
  offered: '{menu}',
  taken: '{took}',
  choice: '{by}',
}
const REFLECTIONS = {
  files: ['reflections.jsonl'],
  format: 'jsonl',
  student: { id: '{who}' },
  date: '{day}',
  text: '{text}',
  naturalKey: ['{id}'],
}
const faults = async (): Promise<string[]> =>
  (await at.ingest.deadLetters())
    .map(({ reason }) => reason.replace(/^ROW_INVALID: /, '').replace(/\. This \w+ counts.*/, ''))
    .sort()

test('every rule is reported by file, row and column, and stops no other row', async () => {
  const plans = [
    's-1,math,3,0.4,0.6,2025-09-01,2025-12-01,',
    's-2,math,many,,,2025-09-01,,',
    's-2,math,3,0.4,0.4,2025-09-01,,',
    's-2,math,3,,,2025-02-30,,',
    's-2,math,3,,,2025-09-01,2025-08-01,',
    's-2,math,,,,2025-09-01,,',
    ',math,3,,,2025-09-01,,',
    's-1,math,4,0.4,0.6,2025-09-01,2025-12-01,',
    's-1,math,3,0.4,0.6,2025-09-01,2025-12-01,',
    's-2,math,-1,,,2025-09-01,,',
    's-2,math,3,1.5,,2025-09-01,,',
    's-2,math',
  ]
  const lasting = ['s-3,,3,,,2025-09-01,2025-09-01,', 's-3,,3,,,2025-09-02,2025-09-01,']
  const goals = [
    's-1,2025-09-01,2025-12-01,1,A goal,,',
    's-1,2027-09-01,,,Later,,',
    's-1,2025-09-01,,3,Too much,,',
    's-1,2025-09-01,2025-12-01,,Without an outcome,,',
    's-1,2025-09-01,2025-08-01,0,Backwards,,',
    's-1,2025-09-01,2025-12-01,0,Still open,open,',
    's-1,2025-09-01,,,Due before,,2025-08-31',
    `s-1,2025-09-01,,,${'x'.repeat(20_001)},,`,
  ]
  const choices = [
    's-1,9/1/2025,a;b,a,chosen',
    's-1,13/13/2025,a;b,a,chosen',
    's-1,9/1/2025,,,chosen',
    's-1,9/1/2025,a,a,me',
  ]
  const reflections = [
    { id: 1, who: 's-1', day: '2025-09-01', text: 'Good' },
    { who: 's-1', day: '2025-09-01', text: 'Without an id' },
    { id: 3, who: 's-1', day: '2027-09-01' },
  ]
  const [plan, goal] = [PLAN_MAPPING.plans[0]!, PLAN_MAPPING.goals[0]!]
  const through = { ...plan, files: ['lasting.csv'], to: undefined, through: '{to}' }
  const mapping = {
    source: 'plans',
    plans: [plan, through],
    goals: [{ ...goal, state: '{state}', due: '{due}' }],
    choices: [CHOICES],
    reflections: [REFLECTIONS],
  }
  const summary = await at.load({
    'm.json': mapping,
    'plans.csv': `${PLAN_HEADER}${plans.join('\n')}\n`,
    'lasting.csv': `${PLAN_HEADER}${lasting.join('\n')}\n`,
    'goals.csv': `who,set,end,level,goal,state,due\n${goals.join('\n')}\n`,
    'choices.csv': `who,day,menu,took,by\n${choices.join('\n')}\n`,
    'reflections.jsonl': reflections.map(each => `${JSON.stringify(each)}\n`).join('') + '{"id": \n',
  })

  const found = await faults()
  expect(found).toEqual(
    [
      'plans.csv row 3 field units is a string of 4 characters, expected a number',
      'plans.csv row 4 field mix is an object, expected shares that add up to 1',
      'plans.csv row 5 field from is "2025-02-30", expected a date written as y-m-d',
      'plans.csv row 6 field to is "2025-08-01", expected a day after the first',
      'plans.csv row 7 field units is missing, expected units a week, a mix, or both',
      'plans.csv row 8 field who is missing, expected a string',
      'plans.csv row 9 field key is that of an earlier row that says something else, expected one row for each, or a naturalKey that tells them apart',
      'plans.csv row 11 field units is -1, expected at least 0',
      'plans.csv row 12 field own is 1.5, expected at most 1; plans.csv row 12 field mix is an object, expected shares that add up to 1',
      'plans.csv row 13 is a row of 2 fields, expected 8 fields',
      'lasting.csv row 3 field to is "2025-09-01", expected the first day or later',
      'goals.csv row 3 field set is "2027-09-01", expected a day that is not in the future',
      'goals.csv row 4 field level is 3, expected at most 2',
      'goals.csv row 5 field state is missing, expected how it ended: attained, missed or dropped, or a level',
      'goals.csv row 6 field end is "2025-08-01", expected the day it was set, or later',
      'goals.csv row 7 field state is a string of 4 characters, expected how it ended: attained, missed or dropped',
      'goals.csv row 8 field due is "2025-08-31", expected the day it was set, or later',
      'goals.csv row 9 field goal is a string of 20001 characters, expected at most 20000 characters',
      'choices.csv row 3 field day is "13/13/2025", expected a date written as m/d/y',
      'choices.csv row 4 field took is missing, expected something taken, or something offered',
      'choices.csv row 5 field by is a string of 2 characters, expected one of chosen, assigned',
      'reflections.jsonl row 2 field key is missing, expected a value in a column of naturalKey',
      'reflections.jsonl row 3 field day is "2027-09-01", expected a day that is not in the future',
      'reflections.jsonl row 4 is an object that is cut off, expected a JSON object',
    ].sort(),
  )
  expect(await at.ingest.text('dead-letters')).not.toContain('s-1')
  expect(summary).toMatchObject({ read: 30, stored: 5, duplicate: 1, dead: 24 })
  const modules = ['mapped-plans', 'plan-row', 'plan-rows', 'goal-rows', 'choice-rows']
  const sentences = (await Promise.all(modules.map(name => sentencesOf(`load/${name}.ts`)))).flat()
  const told = (await at.ingest.deadLetters()).map(({ reason }) => reason).join('\n')
  expect(sentences.filter(sentence => !sentence.test(told)).map(String)).toEqual([])
})

test.each([
  ['neither units nor mix', { units: undefined, mix: undefined }, 'plans[0].units'],
  ['an end and a last day', { through: '{to}' }, 'plans[0].through'],
  ['complete files of any name', { complete: true, files: ['plans*.csv'] }, 'plans[0].files'],
  ['a column that no header has', { units: '{unit}' }, 'unit'],
  ['a goal in the place of a plan', { level: '{units}' }, 'plans[0][key of 5 characters]'],
])('a mapping file with %s is refused by its place', async (_, change, place) => {
  await at.load({ 'm.json': PLAN_MAPPING, 'plans.csv': PLAN_HEADER, 'goals.csv': 'who,set,end,level,goal\n' })
  await writeFile(
    join(at.folder, 'm.json'),
    JSON.stringify({ ...PLAN_MAPPING, plans: [{ ...PLAN_MAPPING.plans[0], ...change }] }),
  )
  const message = expect.stringContaining(place) as string
  await expect(at.loadFrom(at.folder)).rejects.toMatchObject({ code: 'FILE_INVALID', message })
})

test('a complete block beside another of its kind is refused: each would take back what the other says', async () => {
  const complete = { ...PLAN_MAPPING.plans[0], complete: true }
  const mapping = { ...PLAN_MAPPING, plans: [complete, { ...complete, files: ['others.csv'] }] }
  const message = expect.stringContaining('mapping.plans is an array of 2, expected one block alone') as string
  await expect(at.load({ 'm.json': mapping, 'plans.csv': PLAN_HEADER })).rejects.toMatchObject({ message })
})
