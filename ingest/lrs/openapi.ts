import { z } from 'zod'
import type { ErrorCode } from '../../infra/errors.ts'
import {
  BYTES,
  INSTANT,
  IRI,
  listOf,
  named,
  query,
  TEXT,
  UUID,
  type Descriptions,
  type Operation,
  type Parameter,
  type Schema,
} from '../../infra/openapi/operation.ts'
import { AgentOrGroup } from '../../schemas/xapi-agent.ts'
import { Activity, Agent, statementSchema } from '../../schemas/xapi.ts'
import { MORE } from './cursor.ts'
import { FORMATS } from './query.ts'

const COMMON = ['CREDENTIALS_MISSING', 'CREDENTIALS_INVALID', 'SCOPE_DENIED', 'VERSION_UNSUPPORTED'] as const
const READ: ErrorCode[] = [...COMMON, 'QUERY_INVALID', 'NOT_FOUND', 'LOG_UNAVAILABLE', 'WAREHOUSE_UNAVAILABLE']
const SENT = ['BODY_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'LOG_BEHIND'] as const
const STORE: ErrorCode[] = [...COMMON, ...SENT, 'RECORD_INVALID', 'RECORD_CONFLICT', 'LOG_UNAVAILABLE']
const CHANGED = ['QUERY_INVALID', 'DOCUMENT_EXISTS', 'CONDITION_MISSING', 'PRECONDITION_FAILED'] as const
const CHANGE: ErrorCode[] = [...COMMON, ...SENT, ...CHANGED, 'STORE_UNAVAILABLE']

const VERSION: Parameter = {
  name: 'X-Experience-API-Version',
  in: 'header',
  required: true,
  schema: { type: 'string', pattern: String.raw`^[12]\.0(\.\d+)?$` },
  description: 'What the request speaks, 1.0.x or 2.0.x; rules and answer are those of 1.0.3 or 2.0.0',
}
const condition = (name: 'If-Match' | 'If-None-Match', description: string): Parameter => ({
  name,
  in: 'header',
  schema: TEXT,
  description,
})
const CONDITIONS = [
  condition('If-Match', 'ETag of the document that is changed'),
  condition('If-None-Match', '`*`: there must be no such document yet'),
]
/** An agent as JSON in a parameter. */
const AGENT = { type: 'string', contentMediaType: 'application/json', contentSchema: named('XapiAgent') }
const STATEMENT: Schema = { oneOf: [named('XapiStatement103'), named('XapiStatement200')] }
const THROUGH = {
  'X-Experience-API-Consistent-Through': 'Everything stored at or before this time can be retrieved',
}
const TAGGED = { ETag: 'SHA-1 of the content, quoted', 'Last-Modified': 'When it was stored' }

const sends = (summary: string, one: Schema): Pick<Operation, 'summary' | 'body' | 'errors' | 'tag' | 'by'> => ({
  tag: 'xAPI',
  by: 'source',
  summary,
  body: { 'application/json': one, 'multipart/mixed': BYTES },
  errors: STORE,
})
const reads = (summary: string): Pick<Operation, 'summary' | 'errors' | 'tag' | 'by'> => ({
  tag: 'xAPI',
  by: 'source',
  summary,
  errors: READ,
})

const FLAG: Schema = { type: 'boolean', default: false }
const FILTERS = [
  VERSION,
  query('statementId', UUID, 'One statement; beside it only format and attachments'),
  query('voidedStatementId', UUID, 'One statement that was voided; beside it only format and attachments'),
  query('agent', AGENT, 'Actor or object; an identified group counts for its own identifier'),
  query('verb', IRI, 'Id of the verb'),
  query('activity', IRI, 'Id of the activity that is the object'),
  query('registration', UUID, 'Registration of the context'),
  query('related_activities', FLAG, 'Activities in the context and in sub-statements count too'),
  query('related_agents', FLAG, 'Everybody who is named anywhere in the statement counts'),
  query('since', INSTANT, 'Stored after it'),
  query('until', INSTANT, 'Stored at it or before'),
  query('limit', { type: 'integer', minimum: 0 }, 'Statements in all; 0: all there are'),
  query('format', { enum: FORMATS, default: 'exact' }, 'Whole, only ids, or with the definitions of this store'),
  query('attachments', FLAG, 'multipart/mixed with the bytes of the attachments'),
  query('ascending', FLAG, 'Oldest first'),
]

const statementAnswer = {
  description: 'The statement, or a page of statements and the address of the next',
  content: {
    'application/json': { oneOf: [...(STATEMENT.oneOf as Schema[]), named('XapiStatementResult')] },
    'multipart/mixed': BYTES,
  },
  headers: THROUGH,
}

const statements: Descriptions['operations'] = {
  'POST /xapi/statements': {
    ...sends('Store statements: all of a request or none', {
      oneOf: [...(STATEMENT.oneOf as Schema[]), listOf(STATEMENT)],
    }),
    parameters: [VERSION],
    answers: {
      200: { description: 'They are durable; their ids, in order', content: { 'application/json': listOf(UUID) } },
    },
    errorShape: 'Refusal',
  },
  'PUT /xapi/statements': {
    ...sends('Store one statement under an id', STATEMENT),
    parameters: [VERSION, query('statementId', UUID, 'Its id', true)],
    answers: { 204: { description: 'It is durable, or was stored before with the same content' } },
    errorShape: 'Refusal',
  },
  'GET /xapi/statements': {
    ...reads('One statement, or those that match'),
    parameters: FILTERS,
    answers: { 200: statementAnswer },
    errorShape: 'Refusal',
  },
  [`GET ${MORE}*`]: {
    ...reads('The next page of statements, where `more` of the last one pointed to'),
    parameters: [VERSION],
    answers: { 200: statementAnswer },
    errorShape: 'Refusal',
  },
}

const others: Descriptions['operations'] = {
  'GET /xapi/about': {
    tag: 'xAPI',
    by: 'anybody',
    summary: 'Versions of xAPI that are spoken',
    answers: { 200: { description: 'Versions', content: { 'application/json': named('XapiAbout') } } },
  },
  'GET /xapi/activities': {
    ...reads('An activity with all that its statements said of it'),
    parameters: [VERSION, query('activityId', IRI, 'Its id', true)],
    answers: { 200: { description: 'The activity', content: { 'application/json': named('XapiActivity') } } },
    errorShape: 'Refusal',
  },
  'GET /xapi/agents': {
    ...reads('The Person of an agent: what the request itself says, as lists'),
    parameters: [VERSION, query('agent', AGENT, 'The agent', true)],
    answers: { 200: { description: 'The person', content: { 'application/json': named('XapiPerson') } } },
    errorShape: 'Refusal',
  },
}

const ACTIVITY_ID = query('activityId', IRI, 'The activity', true)
const AGENT_ASKED = query('agent', AGENT, 'The learner', true)
const REGISTRATION = query('registration', UUID, 'The registration, where there is one')

/** One document resource: what a tool keeps under an id, in a context. */
function documents(path: string, what: string, id: string, context: Parameter[]): Descriptions['operations'] {
  const named = query(id, TEXT, 'Id of the document', true)
  const common = { tag: 'xAPI documents', by: 'source', errorShape: 'Refusal' } as const
  const changed = { 204: { description: 'The change is durable' } }
  const body = { 'application/json': {}, 'application/octet-stream': BYTES, '*/*': BYTES }
  const change = {
    ...common,
    errors: CHANGE,
    answers: changed,
    parameters: [VERSION, ...context, named, ...CONDITIONS],
  }
  return {
    [`GET ${path}`]: {
      ...common,
      summary: `${what}: the document of an id, or all ids`,
      parameters: [
        VERSION,
        ...context,
        query(id, TEXT, 'Id of the document; none: list the ids'),
        query('since', INSTANT, 'Of the list: stored after it'),
        CONDITIONS[1]!,
      ],
      answers: {
        200: { description: 'The document as it was sent, or ids', content: { '*/*': BYTES }, headers: TAGGED },
        304: { description: 'It is the one that If-None-Match names' },
      },
      errors: [...COMMON, 'QUERY_INVALID', 'NOT_FOUND', 'STORE_UNAVAILABLE'],
    },
    [`PUT ${path}`]: { ...change, summary: `${what}: store a document in place of the one there`, body },
    [`POST ${path}`]: { ...change, summary: `${what}: merge a JSON object into the one there`, body },
    [`DELETE ${path}`]: { ...change, summary: `${what}: remove a document` },
  }
}

const state = documents('/xapi/activities/state', 'State of a learner in an activity', 'stateId', [
  ACTIVITY_ID,
  AGENT_ASKED,
  REGISTRATION,
])
state['DELETE /xapi/activities/state'] = {
  ...state['DELETE /xapi/activities/state']!,
  summary: 'State of a learner in an activity: remove a document, or, without an id, all of them',
  parameters: [
    VERSION,
    ACTIVITY_ID,
    AGENT_ASKED,
    REGISTRATION,
    query('stateId', TEXT, 'Id of the document; none: all of them'),
    ...CONDITIONS,
  ],
}

/** What stands under /xapi. HEAD is answered everywhere as GET is, without the body. */
export const xapiDescriptions: Descriptions = {
  operations: {
    ...statements,
    ...others,
    ...state,
    ...documents('/xapi/activities/profile', 'Profile of an activity', 'profileId', [ACTIVITY_ID]),
    ...documents('/xapi/agents/profile', 'Profile of a learner', 'profileId', [AGENT_ASKED]),
  },
  schemas: {
    XapiStatement103: statementSchema('1.0.3'),
    XapiStatement200: statementSchema('2.0.0'),
    XapiAgent: AgentOrGroup,
    XapiActivity: Activity,
    XapiStatementResult: z.strictObject({ statements: z.array(z.looseObject({ id: z.uuid() })), more: z.string() }),
    XapiAbout: z.strictObject({ version: z.array(z.string()) }),
    XapiPerson: z.strictObject({
      objectType: z.literal('Person'),
      name: z.array(z.string()).optional(),
      mbox: z.array(z.string()).optional(),
      mbox_sha1sum: z.array(z.string()).optional(),
      openid: z.array(z.string()).optional(),
      account: z.array(Agent.shape.account.unwrap()).optional(),
    }),
  },
}
