import { INSTRUMENT } from './a-survey.ts'
import { table, unreadable, type Planted } from './planted.ts'

const LONG = 'x'.repeat(600)
const long = 'a string of 600 characters'
const SAID = {
  who: 'a',
  about: 's-9',
  id: 'r-1',
  when: '2026-02-10 09:00:00',
  role: 'student',
  school: 's-1',
  grade: '5',
  lang: 'en',
  sex: 'f',
}
const BLOCK = {
  instrument: 'climate',
  respondent: { id: '{who}' },
  student: { id: '{about}' },
  response: '{id}',
  answered: '{when}',
  role: '{role}',
  school: '{school}',
  grade: '{grade}',
  language: '{lang}',
  groups: { sex: '{sex}' },
}

/** What rows say beside their answers: alike in both layouts. */
const SAID_CASES: Parameters<typeof table>[1] = [
  [{ who: LONG }, 'who', 'allowed', long],
  [{ about: LONG }, 'about', 'allowed', long],
  [{ id: LONG }, 'id', 'allowed', long],
  [{ when: 'Tuesday' }, 'when', 'allowed', 'a string of 7 characters'],
  [{ when: '2026-05-10 09:00:00' }, 'when', 'allowed', 'a string of 19 characters'],
  [{ when: '' }, 'when', 'required', ''],
  [{ role: 'pupil' }, 'role', 'allowed', 'a string of 5 characters'],
  [{ school: LONG }, 'school', 'allowed', long],
  [{ grade: LONG }, 'grade', 'allowed', long],
  [{ lang: LONG }, 'lang', 'allowed', long],
  [{ sex: LONG }, 'sex', 'allowed', long],
]

const mapping = (...surveys: object[]) => ({ source: 'forms', instruments: ['instrument.json'], surveys })

export const WIDE: Planted = {
  name: 'surveys of which a row is a response',
  files: {
    'instrument.json': INSTRUMENT,
    'mapping.json': mapping(
      { ...BLOCK, layout: 'wide', files: ['wide.csv'], items: { Q3: ['Q3', 'Q3b'] } },
      { ...BLOCK, layout: 'wide', files: ['named.csv'], window: '{season}' },
    ),
    'wide.csv': table({ ...SAID, Q1: '1', Q2: '2', Q3: '3', Q3b: '', C1: '' }, SAID_CASES, {
      key: 'id',
      more: [
        {
          text: 'b,s-9,r-98,2026-02-10 09:00:00,student,s-1,5,en,f,9,2,3,,',
          partly: true,
          faults: [{ field: 'Q1', rule: 'allowed', value: 'a string of 1 character' }],
        },
        {
          text: 'b,s-9,r-99,2026-02-10 09:00:00,student,s-1,5,en,f,1,2,3,4,',
          partly: true,
          faults: [{ field: 'Q3', rule: 'allowed', value: 'a string of 1 character' }],
        },
        unreadable('b,s-9', 'a row of 2 fields'),
      ],
    }),
    'named.csv': table(
      { ...SAID, id: 'n-1', season: 'spring', Q1: '1', Q2: '2', Q3: '3', C1: '' },
      [
        [{ season: 'summer' }, 'season', 'allowed', 'a string of 6 characters'],
        [{ season: '' }, 'season', 'required', ''],
      ],
      { key: 'id' },
    ),
  },
}

export const LONG_LAYOUT: Planted = {
  name: 'surveys of which a row is an answer',
  files: {
    'instrument.json': INSTRUMENT,
    'mapping.json': mapping({ ...BLOCK, layout: 'long', files: ['long.csv'], item: '{item}', answer: '{answer}' }),
    'long.csv': table(
      { ...SAID, item: 'Q1', answer: '1' },
      [
        ...SAID_CASES,
        [{ item: 'Q9' }, 'item', 'allowed', 'a string of 2 characters'],
        [{ answer: '9' }, 'answer', 'allowed', 'a string of 1 character'],
        [{ id: 'r-1', answer: '2' }, 'answer', 'allowed', 'a string of 1 character'],
        [{ id: '', who: '' }, '', 'readable', 'a row without response and respondent'],
      ],
      { key: 'id', more: [unreadable('b,s-9', 'a row of 2 fields')] },
    ),
  },
}
