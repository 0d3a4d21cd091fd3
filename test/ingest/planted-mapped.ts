import { objects, table, unreadable, type Planted } from './planted.ts'

const LONG = 'x'.repeat(70_000)
const long = 'a string of 70000 characters'
const kim = [{ id: '{id}', idType: 'sourcedId', role: '{role}' }]

const INTERACTION = { files: ['met.csv'], time: { text: '{at}' }, kind: 'met', participants: kim, skills: '{skills}' }
const GOOD = { id: 's-1', role: 'student', at: '2026-02-02T09:15:00-05:00', skills: 'a;b' }

/** What the schema asks of single fields is planted field by field in load-rules.test.ts. */
export const INTERACTIONS: Planted = {
  name: 'interactions by a mapping file',
  files: {
    'mapping.json': {
      source: 'rows',
      interactions: [
        INTERACTION,
        { ...INTERACTION, files: ['met.jsonl'], format: 'jsonl' },
        { ...INTERACTION, files: ['team.csv'], together: ['{team}'] },
      ],
    },
    'met.csv': table(
      GOOD,
      [
        [{ id: '' }, 'participants[0].id', 'required', ''],
        [{ id: LONG }, 'participants[0].id', 'allowed', long],
        [{ role: 'pupil' }, 'participants[0].role', 'allowed', 'a string of 5 characters'],
        [{ skills: LONG }, 'skills[0]', 'allowed', long],
        [{ at: '2026-02-30T09:15:00-05:00' }, 'at', 'allowed', '"2026-02-30T09:15:00-05:00"'],
      ],
      { more: [unreadable('s-1,student', 'a row of 2 fields')] },
    ),
    'team.csv': table({ ...GOOD, team: 'blue' }, [[{ team: '' }, 'together', 'required', '']]),
    'met.jsonl': objects(
      GOOD,
      [[{ at: 'noon' }, 'at', 'allowed', 'a string of 4 characters']],
      [
        unreadable('{"id":"s-1",', 'an object that is cut off'),
        JSON.stringify({ ...GOOD, skills: 'c' }),
        unreadable('{"id":s-1}', '10 characters that are not JSON'),
        unreadable('s-1', '3 characters that are no JSON object'),
        unreadable('{"id":"s-\ufffd"}', 'an object with bytes that are not UTF-8'),
        unreadable('{"id":"s-1', 'an object that is cut off inside a text'),
      ],
    ),
  },
}

const PERSON = {
  id: 's-1',
  role: 'student',
  grade: '5',
  class: 'home',
  label: 'HR',
  subject: 'Math',
  school: 'oak',
  begin: '2025-09-01',
  end: '2026-06-01',
  sex: 'female',
}

export const ROSTERS: Planted = {
  name: 'rosters by a mapping file',
  files: {
    'mapping.json': {
      source: 'rows',
      rosters: [
        {
          files: ['people.csv'],
          persons: [
            {
              ...Object.fromEntries(Object.keys(PERSON).flatMap(name => (name === 'sex' ? [] : [[name, `{${name}}`]]))),
              groups: { sex: '{sex}' },
            },
          ],
        },
      ],
    },
    'people.csv': table(
      PERSON,
      [
        [{ id: '' }, 'id', 'required', ''],
        [{ role: 'pupil' }, 'role', 'allowed', 'a string of 5 characters'],
        [{ grade: 'the fifth of them all' }, 'grade', 'allowed', 'a string of 21 characters'],
        [{ class: LONG }, 'class', 'allowed', long],
        [{ label: LONG }, 'label', 'allowed', long],
        [{ subject: LONG }, 'subject', 'allowed', long],
        [{ school: '' }, 'school', 'required', ''],
        [{ begin: '' }, 'begin', 'required', ''],
        [{ begin: '2025-09-31' }, 'begin', 'allowed', '"2025-09-31"'],
        [{ end: 'June' }, 'end', 'allowed', 'a string of 4 characters'],
        [{ sex: LONG }, 'groups.sex', 'allowed', long],
        [{ id: 's-1', grade: '6' }, 'id', 'allowed', 'a person whom an earlier row gives another role, grade or group'],
      ],
      { key: 'id', more: [unreadable('s-1', 'a row of 1 fields')] },
    ),
  },
}

export const ALIASES: Planted = {
  name: 'identifiers by a mapping file',
  files: {
    'mapping.json': {
      source: 'rows',
      aliases: [
        {
          files: ['ids.csv'],
          identifiers: [
            { id: '{state}', idType: 'identifier' },
            { id: '{mail}', idType: 'email' },
          ],
        },
      ],
    },
    'ids.csv': table(
      { state: '417', mail: 'kim@example.org' },
      [
        [{ mail: '' }, 'identifiers', 'allowed', 'one with a value'],
        [{ state: LONG }, 'identifiers[0]', 'allowed', 'a text of 70000 characters'],
      ],
      {
        more: [
          { text: ',', faults: [{ field: 'identifiers', rule: 'allowed', value: 'none with a value' }] },
          unreadable('1,2,3', 'a row of 3 fields'),
        ],
      },
    ),
  },
}

const SCORE = {
  who: 's-1',
  test: 'map',
  subject: 'math',
  when: '2025-09-16',
  season: 'fall',
  grade: '5',
  points: '200',
  error: '3',
  rank: '50',
  level: 'Met',
  school: 'oak',
  teacher: 't-1',
}

export const SCORES: Planted = {
  name: 'scores by a mapping file',
  files: {
    'mapping.json': {
      source: 'rows',
      scores: [
        {
          files: ['scores.csv'],
          student: { id: '{who}' },
          teacher: { id: '{teacher}' },
          test: '{test}',
          subject: '{subject}',
          date: '{when}',
          window: '{season}',
          grade: '{grade}',
          score: '{points}',
          csem: '{error}',
          percentile: '{rank}',
          level: '{level}',
          school: '{school}',
          range: [100, 300],
        },
        {
          files: ['dated.csv'],
          student: { id: '{who}' },
          test: 'map',
          subject: 'math',
          date: '{when}',
          window: {},
          score: '{points}',
        },
      ],
    },
    'scores.csv': table(
      SCORE,
      [
        [{ who: '' }, 'who', 'required', ''],
        [{ teacher: LONG }, 'teacher', 'allowed', long],
        [{ test: '' }, 'test', 'required', ''],
        [{ subject: LONG }, 'subject', 'allowed', long],
        [{ when: '9/16/2025' }, 'when', 'allowed', '"9/16/2025"'],
        [{ when: '2035-09-16' }, 'when', 'allowed', '"2035-09-16"'],
        [{ season: '' }, 'season', 'required', ''],
        [{ grade: LONG }, 'grade', 'allowed', long],
        [{ points: '20' }, 'points', 'allowed', 'a string of 2 characters'],
        [{ points: 'many' }, 'points', 'allowed', 'a string of 4 characters'],
        [{ error: '0' }, 'error', 'allowed', 'a string of 1 character'],
        [{ rank: '101' }, 'rank', 'allowed', 'a string of 3 characters'],
        [{ level: LONG }, 'level', 'allowed', long],
        [{ school: LONG }, 'school', 'allowed', long],
        [{ who: 's-1', points: '201' }, 'score', 'unique', 'another one than an earlier row has for the same sitting'],
      ],
      { key: 'who', more: [unreadable('s-1,map', 'a row of 2 fields')] },
    ),
    // The window is that of the date.
    'dated.csv': table({ who: 's-1', when: '2025-09-16', points: '3' }, [], {
      more: [
        {
          text: 's-1,then,3',
          faults: [
            { field: 'when', rule: 'allowed', value: 'a string of 4 characters' },
            { field: 'window', rule: 'required', value: '' },
          ],
        },
      ],
    }),
  },
}
