import { table, unreadable, type Planted } from './planted.ts'

const LONG = 'x'.repeat(600)
const long = 'a string of 600 characters'

const orgs = 'sourcedId,name,type'
const ENROLMENT = {
  sourcedId: 'e',
  classSourcedId: 'home',
  schoolSourcedId: 'oak',
  userSourcedId: 's-1',
  role: 'student',
  beginDate: '2025-09-01',
  endDate: '2026-06-01',
}
const USER = {
  sourcedId: 's-1',
  role: 'student',
  username: '',
  givenName: '',
  familyName: '',
  identifier: '',
  email: '',
}

/** What schemas ask of single fields is planted field by field in load-rules.test.ts; here, what rows say of each other. */
export const ONEROSTER: Planted = {
  name: 'rosters of OneRoster',
  files: {
    'orgs.csv': [
      orgs,
      'oak,Oak,school',
      unreadable('elm,Elm', 'a row of 2 fields'),
      unreadable('ash,"Ash"s,school', 'a quoted field that is not closed before the next delimiter'),
      unreadable('fir,F\ufffdr,school', 'bytes that are not UTF-8'),
    ],
    'academicSessions.csv': table(
      { sourcedId: 'year', type: 'term', startDate: '2025-08-25', endDate: '2026-06-13' },
      [
        [{ startDate: 'autumn' }, 'startDate', 'allowed', 'a string of 6 characters'],
        [{ endDate: '2025-08-25' }, 'endDate', 'order', '"2025-08-25"'],
      ],
      { key: 'sourcedId' },
    ),
    'courses.csv': table({ sourcedId: 'math', subjects: 'Math' }, [
      [{ sourcedId: LONG }, 'sourcedId', 'allowed', long],
    ]),
    'classes.csv': table(
      { sourcedId: 'home', classType: 'homeroom', schoolSourcedId: 'oak' },
      [[{ schoolSourcedId: 'nowhere' }, 'schoolSourcedId', 'reference', 'nowhere']],
      { key: 'sourcedId' },
    ),
    'roles.csv': table({ sourcedId: 'r', userSourcedId: 's-9', role: 'student' }, [
      [{ userSourcedId: '' }, 'userSourcedId', 'required', ''],
    ]),
    'demographics.csv': table({ sourcedId: 's-1', sex: 'female' }, [
      [{ sourcedId: LONG }, 'sourcedId', 'allowed', long],
    ]),
    'users.csv': [
      ...table(USER, [
        [{ sourcedId: 's-2', role: 'pupil' }, 'role', 'allowed', 'a string of 5 characters'],
        [{ sourcedId: 's-3', role: '' }, 'role', 'allowed', 'missing, here and in roles.csv'],
        [{ sourcedId: 's-1' }, 'sourcedId', 'unique', 'a string of 3 characters'],
      ]),
      's-4,student,,,,,both@example.org',
      // Of two who claim the same, both lose it.
    ]
      .map((line, i) =>
        i === 5
          ? {
              text: line as string,
              partly: true,
              faults: [{ field: 'email', rule: 'unique', value: 'a string of 16 characters' }],
            }
          : line,
      )
      .concat([
        {
          text: 's-5,student,,,,,both@example.org',
          partly: true,
          faults: [{ field: 'email', rule: 'unique', value: 'a string of 16 characters' }],
        },
      ]),
    'enrollments.csv': table(
      ENROLMENT,
      [
        [{ userSourcedId: 's-99' }, 'userSourcedId', 'reference', 'a string of 4 characters'],
        [{ role: 'pupil' }, 'role', 'allowed', 'a string of 5 characters'],
        [{ endDate: '2025-08-31' }, 'endDate', 'order', '"2025-08-31"'],
      ],
      {
        key: 'sourcedId',
        more: [
          {
            text: 'e-9,gone,oak,s-4,student,2025-09-01,',
            faults: [
              { field: 'classSourcedId', rule: 'reference', value: 'gone' },
              { field: 'classSourcedId', rule: 'no advisory', value: 'gone' },
            ],
          },
        ],
      },
    ),
  },
}

const RESULT = {
  sourcedId: 'r',
  status: '',
  studentSourcedId: 's-1',
  score: '7',
  scoreDate: '2026-01-30',
  scorePercentile: '50',
  scoreStatus: 'fully graded',
  textScore: 'B',
  scoreScaleSourcedId: 'ab',
}
const results = (column: string): Planted['files'][string] =>
  table(
    { ...RESULT, [column]: 'quiz' },
    [
      [{ studentSourcedId: '' }, 'studentSourcedId', 'required', ''],
      [{ [column]: '' }, column, 'required', ''],
      [{ [column]: 'gone' }, column, 'reference', 'a string of 4 characters'],
      [{ score: 'seven' }, 'score', 'allowed', 'a string of 5 characters'],
      [{ scoreDate: '2026-02-30' }, 'scoreDate', 'allowed', '"2026-02-30"'],
      [{ scorePercentile: '101' }, 'scorePercentile', 'allowed', 'a string of 3 characters'],
      [{ scoreStatus: 'graded' }, 'scoreStatus', 'allowed', 'a string of 6 characters'],
      [{ textScore: 'B'.repeat(200) }, 'textScore', 'allowed', 'a string of 200 characters'],
      [{ scoreScaleSourcedId: LONG }, 'scoreScaleSourcedId', 'allowed', long],
      [{ status: 'gone' }, 'status', 'allowed', 'a string of 4 characters'],
      [{ sourcedId: 'r', score: '8' }, 'sourcedId', 'unique', 'a string of 1 character'],
    ],
    { key: 'sourcedId' },
  )
const item = (more: Record<string, string>, cases: Parameters<typeof table>[1]): Planted['files'][string] =>
  table({ sourcedId: 'quiz', title: 'Quiz', resultValueMin: '0', resultValueMax: '9', ...more }, [
    [{ title: LONG }, 'title', 'allowed', long],
    [{ resultValueMin: 'low' }, 'resultValueMin', 'allowed', 'a string of 3 characters'],
    [{ resultValueMax: 'high' }, 'resultValueMax', 'allowed', 'a string of 4 characters'],
    ...cases,
  ])

/** Gradebooks: what schemas ask of each field, and what rows say of each other. */
export const ONEROSTER_SCORES: Planted = {
  name: 'gradebooks of OneRoster',
  files: {
    'categories.csv': table({ sourcedId: 'c', title: 'Tests' }, [[{ title: LONG }, 'title', 'allowed', long]]),
    'scoreScales.csv': table({ sourcedId: 'ab', title: 'Letters', scoreScaleValue: '{A:4}' }, [
      [{ sourcedId: LONG }, 'sourcedId', 'allowed', long],
    ]),
    'lineItems.csv': item(
      { classSourcedId: 'm', categorySourcedId: 'c', gradingPeriodSourcedId: 'g', scoreScaleSourcedId: 'ab' },
      [
        [{ classSourcedId: LONG }, 'classSourcedId', 'allowed', LONG.slice(0, 256)],
        [{ categorySourcedId: LONG }, 'categorySourcedId', 'allowed', long],
        [{ gradingPeriodSourcedId: LONG }, 'gradingPeriodSourcedId', 'allowed', long],
        [{ scoreScaleSourcedId: LONG }, 'scoreScaleSourcedId', 'allowed', long],
      ],
    ),
    'results.csv': results('lineItemSourcedId'),
    'assessmentLineItems.csv': item({ academicSessionSourcedId: 'g' }, [
      [{ academicSessionSourcedId: LONG }, 'academicSessionSourcedId', 'allowed', long],
    ]),
    'assessmentResults.csv': results('assessmentLineItemSourcedId'),
  },
}

export const CALENDAR: Planted = {
  name: 'calendars',
  files: {
    'orgs.csv': [orgs, 'oak,Oak,school'],
    'calendar.csv': table(
      { schoolSourcedId: 'oak', date: '2026-01-19', schoolDay: 'false', reason: 'Holiday' },
      [
        [{ date: '2026-02-30' }, 'date', 'allowed', '"2026-02-30"'],
        [{ date: '' }, 'date', 'required', ''],
        [{ schoolDay: 'no' }, 'schoolDay', 'allowed', 'a string of 2 characters'],
        [{ reason: LONG }, 'reason', 'allowed', long],
        [{ schoolSourcedId: LONG }, 'schoolSourcedId', 'allowed', LONG.slice(0, 256)],
        [{ schoolSourcedId: 'elm' }, 'schoolSourcedId', 'reference', 'elm'],
      ],
      { more: [unreadable(',2026-01-20', 'a row of 2 fields')] },
    ),
  },
}
