import { z } from 'zod'
import { named, query, TEXT, type Descriptions, type Operation } from '../infra/openapi/operation.ts'
import { catalogue } from '../schemas/catalogue.ts'
import { IndicatorRow, UnitType } from '../schemas/indicator.ts'
import { LANGUAGES } from './language.ts'

const HTML = { 'text/html': TEXT }
/** Browsers get a page, machines JSON. */
const REFUSED = { ...HTML, 'application/json': named('Problem') }

function page(summary: string): Operation {
  return {
    tag: 'Pages',
    by: 'session',
    summary,
    answers: { 200: { description: 'The page', content: HTML } },
    errors: [
      'CREDENTIALS_MISSING',
      'SCOPE_DENIED',
      'NOT_FOUND',
      'RATE_LIMITED',
      'WAREHOUSE_UNAVAILABLE',
      'LOG_UNAVAILABLE',
    ],
    errorShape: 'Page',
  }
}
const WEEK = query('week', { type: 'string', pattern: String.raw`^\d{4}-W\d{2}$` }, 'ISO week; default: see the page')
const WINDOW = query('window', TEXT, 'Name of a survey’s window; default: the newest of most voices')
const EXPLORED = [
  query('indicator', { enum: catalogue.map(({ id }) => id) }, 'Id in the catalogue; the page has a default'),
  query('measure', TEXT, 'What it is measured by, for example subject:math,test:state; default: the first there is'),
  query('unit', { type: 'array', items: TEXT, maxItems: 4 }, 'district, or school: and a sourcedId; one for each line'),
  query(
    'group',
    { type: 'array', items: TEXT, maxItems: 4 },
    'Which students, for example grade:09; one for each unit',
  ),
  query('year', TEXT, 'Year in which a school year begins, or all'),
  query(
    'week',
    { type: 'string', pattern: String.raw`^\d{4}-W\d{2}$` },
    'ISO week that is read out; default: the newest',
  ),
  query('snapshot', { type: 'integer' }, 'A published snapshot; default: the newest'),
]
const explored = (what: string, type: string): Operation => ({
  tag: 'Figures',
  by: 'session',
  summary: `${what} of exactly what the explorer shows at the same parameters`,
  parameters: EXPLORED,
  answers: { 200: { description: 'The file', content: { [type]: TEXT } } },
  errors: [
    'CREDENTIALS_MISSING',
    'SCOPE_DENIED',
    'QUERY_INVALID',
    'NOT_FOUND',
    'RATE_LIMITED',
    'WAREHOUSE_UNAVAILABLE',
  ],
})
const forResearch = (summary: string, type: string): Operation => ({
  tag: 'Figures',
  by: 'session',
  summary,
  answers: { 200: { description: 'The file', content: { [type]: TEXT } } },
  errors: ['CREDENTIALS_MISSING', 'SCOPE_DENIED', 'NOT_FOUND', 'RATE_LIMITED', 'WAREHOUSE_UNAVAILABLE'],
})
const FORM = { 'application/x-www-form-urlencoded': named('Form') }

/** A page in words, in the language of who is asked. */
const REFUSED_SURVEY = {
  404: { description: 'The link opens no survey', content: HTML },
  410: { description: 'The survey is closed', content: HTML },
  429: { description: 'Too many requests', content: HTML },
  500: { description: 'A fault of ours', content: HTML },
  503: { description: 'It may not have been kept; the same page again is never counted twice', content: HTML },
}

/** A form that changes something of the reader's own. */
const changed = (summary: string, back: string): Operation => ({
  ...page(summary),
  body: FORM,
  answers: {
    303: { description: `Kept; back to ${back}`, headers: { Location: 'Address' } },
    400: { description: 'What to correct; nothing was kept', content: HTML },
    403: { description: 'The form is not ours', content: REFUSED },
    404: { description: 'The reader has nothing of this id', content: REFUSED },
  },
})
/** A press of the button, or of a mailbox by itself. */
const PRESS = { 'application/x-www-form-urlencoded': named('MailPress') }
const mailLink = (summary: string): Operation => ({
  tag: 'Pages',
  by: 'anybody',
  summary,
  answers: { 200: { description: 'The page', content: HTML } },
  errors: ['NOT_FOUND', 'RATE_LIMITED', 'WAREHOUSE_UNAVAILABLE'],
  errorShape: 'Page',
})
const DONE = [query('done', TEXT, 'What was done a moment ago')]

/** Notes on the charts of a unit: the list, writing one, taking one back. */
const annotated = (path: string, of: string): Descriptions['operations'] => ({
  [`GET ${path}`]: {
    ...page(`The notes on the charts of ${of}`),
    parameters: [
      query('kept', TEXT, 'Note that was written a moment ago'),
      query('taken-back', TEXT, 'Note that was taken back a moment ago'),
    ],
  },
  [`POST ${path}`]: {
    ...page(`Write a note on the charts of ${of}`),
    body: FORM,
    answers: {
      303: { description: 'Kept; back to the list', headers: { Location: 'Address' } },
      400: { description: 'The form again, saying what to correct; nothing was kept', content: HTML },
      403: { description: 'The form is not ours, or the reader may not write there', content: REFUSED },
    },
  },
  [`POST ${path}/take-back`]: {
    ...page(`Take a note on the charts of ${of} back`),
    body: FORM,
    answers: {
      303: { description: 'Kept; back to the list', headers: { Location: 'Address' } },
      403: { description: 'The form is not ours, or the reader may not write there', content: REFUSED },
      404: { description: 'No such note', content: REFUSED },
    },
  },
})

/** What people look at, and the figures behind it. */
export const dashboardDescriptions: Descriptions = {
  operations: {
    'GET /': {
      ...page('To the first page of who is signed in'),
      answers: { 303: { description: 'Where to', headers: { Location: 'Address' } } },
    },
    'GET /district': { ...page('All schools'), parameters: [WEEK] },
    'GET /explore': {
      ...page('Any published indicator, for up to four units or groups of students'),
      parameters: EXPLORED,
      errors: [...page('').errors!, 'QUERY_INVALID'],
    },
    'GET /explore/:file': {
      tag: 'Pages',
      by: 'anybody',
      summary: 'The explorer’s script',
      answers: { 200: { description: 'JavaScript', content: { 'text/javascript': TEXT } } },
      errors: ['NOT_FOUND'],
    },
    'GET /api/explore.csv': explored('CSV', 'text/csv'),
    'GET /api/explore.parquet': explored('Parquet', 'application/vnd.apache.parquet'),
    'GET /api/explore.arrow': explored('Arrow stream', 'application/vnd.apache.arrow.stream'),
    'GET /api/explore.svg': explored('Picture', 'image/svg+xml'),
    'GET /api/explore.txt': explored('Codebook and citation', 'text/plain'),
    'GET /schools/:id': { ...page('One school'), parameters: [WEEK] },
    'GET /schools/:id/report': {
      ...page('One school on two to four sheets: four sentences, what changed, three questions worth asking'),
      parameters: [WEEK, query('lang', { enum: [...LANGUAGES] }, 'Language; default: en')],
      errors: [...page('').errors!, 'QUERY_INVALID'],
    },
    'GET /district/climate': {
      ...page('How school feels in the district, question by question and school by school'),
      parameters: [WINDOW, query('question', TEXT, 'Item of a survey for the table of schools')],
      errors: [...page('').errors!, 'QUERY_INVALID'],
    },
    'GET /schools/:id/climate': {
      ...page('How school feels at one school, question by question'),
      parameters: [WINDOW],
      errors: [...page('').errors!, 'QUERY_INVALID'],
    },
    'GET /classes/:id': {
      ...page('One class or advisory, for those who may see its live figures'),
      parameters: [WEEK],
    },
    'GET /students/:id': page('The learner profile of one student, for the student’s own adviser and teachers'),
    'GET /students/:id/brief': {
      ...page('One sheet before a meeting with a student, for the student’s own adviser'),
      parameters: [query('recorded', TEXT, 'Conversation that was recorded a moment ago')],
    },
    'GET /advisories/:id/briefs': page('The briefs of a whole advisory, one sheet each, for its adviser'),
    'GET /advisories/:id/map': page('Who is in contact with whom in an advisory, for its adviser'),
    'GET /students/:id/conversation': page('The form for recording a conversation, and the earlier ones'),
    'POST /students/:id/conversation': {
      ...page('Record a conversation'),
      body: FORM,
      answers: {
        303: { description: 'Kept; on to the brief', headers: { Location: 'Address' } },
        400: { description: 'The form again, saying what to correct; nothing was recorded', content: HTML },
        403: { description: 'The form is not ours, or it is about no student of the reader', content: REFUSED },
      },
    },
    'POST /students/:id/conversation/take-back': {
      ...page('Take back a conversation that the reader recorded'),
      body: FORM,
      answers: {
        303: { description: 'Kept; on to the brief', headers: { Location: 'Address' } },
        403: { description: 'The form is not ours, or it is about no student of the reader', content: REFUSED },
        404: { description: 'No conversation of the reader', content: REFUSED },
      },
    },
    'GET /home': page('Where an adviser begins: offers of help that wait, and the own students by name'),
    'GET /inbox': {
      ...page('Offers of help for the students of an adviser'),
      parameters: [query('answered', TEXT, 'Alarm that was answered a moment ago')],
    },
    'POST /inbox/:alarm': {
      ...page('Answer an offer of help'),
      body: FORM,
      answers: {
        303: { description: 'Kept; back to the inbox', headers: { Location: 'Address' } },
        403: { description: 'The form is not ours, or it is about no student of the reader', content: REFUSED },
      },
    },
    ...annotated('/district/annotations', 'the district'),
    ...annotated('/schools/:id/annotations', 'a school'),
    'GET /views': page('The saved views of the reader'),
    'POST /views': changed('Save a view: the address of a page under a name', 'the list'),
    'POST /views/delete': changed('Delete a saved view', 'the list'),
    'GET /subscriptions': { ...page('What the reader is told by e-mail'), parameters: DONE },
    'POST /subscriptions/address': changed('Send a confirmation link to an e-mail address', 'the page'),
    'POST /subscriptions/address/forget': changed('Forget the e-mail address', 'the page'),
    'POST /subscriptions/report': changed('Subscribe to a monthly report', 'the page'),
    'POST /subscriptions/threshold': changed('Be told when a published figure crosses a threshold', 'the page'),
    'POST /subscriptions/end': changed('End a subscription', 'the page'),
    'GET /mail/confirm/:token': mailLink('Asks whether a mailbox is the reader’s'),
    'POST /mail/confirm/:token': { ...mailLink('Confirm a mailbox'), body: PRESS },
    'GET /mail/end/:token': mailLink('Asks whether to end a kind of mail'),
    'POST /mail/end/:token': {
      ...mailLink('End a kind of mail; also by one press in a mailbox (RFC 8058)'),
      body: PRESS,
    },
    'GET /research': page('How to connect to the data for research, how to cite it, and its codebook'),
    'GET /api/research/codebook.json': forResearch('The codebook', 'application/json'),
    'GET /api/research/codebook.csv': forResearch('The codebook', 'text/csv'),
    'GET /api/research/sql/:indicator': forResearch('What computes an indicator: SQL, as far as SQL can', 'text/plain'),
    'GET /catalogue': page('Every indicator and what it means'),
    'GET /status': page('How far the data is'),
    'GET /audit': {
      ...page('Who saw what, who signed in, what was refused'),
      parameters: [
        query('account', TEXT, 'Of one account; default: of all'),
        query('unit', TEXT, 'About one unit, for example student: and the pseudonym; default: about any'),
        query('before', { type: 'integer' }, 'What came earlier, milliseconds since 1970; default: the latest'),
      ],
      errors: ['CREDENTIALS_MISSING', 'SCOPE_DENIED', 'QUERY_INVALID', 'WAREHOUSE_UNAVAILABLE', 'LOG_UNAVAILABLE'],
    },
    'GET /style.css': {
      tag: 'Pages',
      by: 'anybody',
      summary: 'The stylesheet',
      answers: { 200: { description: 'CSS', content: { 'text/css': TEXT } } },
    },
    'GET /sign-in': {
      ...page('To the sign-in provider; without one, how to get a link'),
      by: 'anybody',
      parameters: [query('to', TEXT, 'Path of Homeroom to go to afterwards')],
      answers: {
        200: { description: 'How to get a link', content: HTML },
        303: { description: 'To the provider', headers: { Location: 'Address', 'Set-Cookie': 'What has begun' } },
      },
      errors: ['RATE_LIMITED', 'SIGN_IN_UNAVAILABLE'],
    },
    'GET /sign-in/callback': {
      ...page('Back from the sign-in provider'),
      by: 'anybody',
      parameters: [query('code', TEXT, 'The provider’s code'), query('state', TEXT, 'What was sent to the provider')],
      answers: {
        303: { description: 'Signed in', headers: { Location: 'Address', 'Set-Cookie': 'The session' } },
      },
      errors: ['SIGN_IN_REFUSED', 'SCOPE_DENIED', 'RATE_LIMITED', 'SIGN_IN_UNAVAILABLE'],
    },
    'GET /sign-in/:token': {
      ...page('Asks whether to sign in by a single-use link'),
      by: 'anybody',
    },
    'POST /sign-in': {
      ...page('Sign in by a single-use link'),
      by: 'anybody',
      body: FORM,
      answers: {
        303: { description: 'Signed in', headers: { Location: 'Address', 'Set-Cookie': 'The session' } },
        403: { description: 'The link was used, is too old or unknown, or the form is not ours', content: REFUSED },
        429: { description: 'Too many tries', content: REFUSED },
      },
    },
    'GET /survey/:token': {
      tag: 'Surveys',
      by: 'anybody',
      summary: 'What a survey asks whoever holds the link; reading it changes nothing',
      parameters: [
        query('lang', TEXT, 'Language; default: the browser’s, as far as the survey has it'),
        query(
          'page',
          { type: 'integer' },
          'Page, from 1, of those that were reached; default: the first that was not sent',
        ),
      ],
      answers: {
        200: { description: 'The page; when all was sent, a thank-you', content: HTML },
        403: { description: 'The survey is not open yet', content: HTML },
        ...REFUSED_SURVEY,
      },
    },
    'POST /survey/:token': {
      tag: 'Surveys',
      by: 'anybody',
      summary: 'Keep one page of answers, or agree or not to be asked again and again',
      body: { 'application/x-www-form-urlencoded': named('SurveyForm') },
      answers: {
        303: { description: 'Kept; on to what comes next', headers: { Location: 'Address' } },
        400: { description: 'The page again, saying what to correct; nothing of it was kept', content: HTML },
        403: { description: 'The survey is not open yet, or the form came from another site', content: HTML },
        413: { description: 'The page is too large', content: HTML },
        ...REFUSED_SURVEY,
      },
    },
    'POST /sign-out': {
      ...page('Sign out'),
      body: FORM,
      answers: {
        200: { description: 'Signed out here; the page leads to where one signs out of the provider', content: HTML },
        303: { description: 'Signed out', headers: { Location: 'Address' } },
        403: { description: 'The form is not ours', content: REFUSED },
      },
    },
    'GET /api/indicators': {
      tag: 'Figures',
      by: 'session',
      summary: 'The figures of one indicator and unit, live or published as the reader may see them',
      parameters: [
        query('indicator', { enum: catalogue.map(({ id }) => id) }, 'Id in the catalogue', true),
        query('unit_type', { enum: UnitType.exclude(['student']).options }, 'Kind of unit', true),
        query('unit_id', TEXT, 'sourcedId; the district needs none'),
        query('week', { type: 'string', pattern: String.raw`^\d{4}-W\d{2}$` }, 'ISO week; all weeks without it'),
      ],
      answers: { 200: { description: 'Rows by week', content: { 'application/json': named('Figures') } } },
      errors: [
        'CREDENTIALS_MISSING',
        'SCOPE_DENIED',
        'QUERY_INVALID',
        'RATE_LIMITED',
        'WAREHOUSE_UNAVAILABLE',
        'LOG_UNAVAILABLE',
      ],
    },
  },
  schemas: {
    Form: z.looseObject({ _csrf: z.string(), token: z.string().optional() }),
    MailPress: z.looseObject({ 'List-Unsubscribe': z.string().optional() }),
    /** Answers of a page are in the fields `a.<item>`: a step, `declined0`, text, or nothing. */
    SurveyForm: z.looseObject({
      do: z.enum(['answer', 'agree', 'withdraw']).optional(),
      page: z.string().optional(),
    }),
    Figures: z.strictObject({
      tier: z.enum(['live', 'published']),
      /** null: live figures, or none are published. */
      snapshot: z.string().nullable(),
      rows: z.array(IndicatorRow),
    }),
  },
}
