/** Rules of xAPI with a statement that breaks each, and one beside it that keeps it. Used by several tests. */
import type { XapiVersion } from '../../schemas/xapi.ts'
import { aStatement } from './a-statement.ts'
import { context, differing, KIM, ofVersion2, sub, type Change } from './xapi-version-rules.ts'

type Json = Record<string, unknown>
export type Rule = { rule: string; bad: unknown; at: string; good: Json; versions: readonly XapiVersion[] }

const REF = { objectType: 'StatementRef', id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' }
const ATTACHMENT = {
  usageType: 'http://example.org/usage',
  display: { en: 'A' },
  contentType: 'text/plain; charset=ascii',
  length: 27,
  sha2: '495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a',
  fileUrl: 'http://example.org/file',
}
const { interactionType: _type, ...plain } = (aStatement().object as Json).definition as Json
const definition = (changes: Json): Json => ({
  object: { id: 'http://example.org/a', definition: { ...plain, ...changes } },
})
const result = (changes: Json): Json => ({ result: changes })
const extensions = { 'http://example.org/ext': null }

const changes: Change[] = [
  ['an actor is needed', '.actor', { actor: undefined }, { actor: KIM }],
  ['a verb is needed', '.verb', { verb: undefined }, {}],
  ['an object is needed', '.object', { object: undefined }, {}],
  ['null is allowed in extensions only', '.result', { result: null }, context({ extensions })],
  ['unknown properties are refused', '[key of 5 characters]', { extra: 1 }, {}],
  ['an id is a UUID', '.id', { id: 'row-7' }, { id: 'AA97B177-9383-4934-8543-0F91A7A02836' }],
  ['a timestamp is ISO 8601', '.timestamp', { timestamp: 'yesterday' }, { timestamp: '2026-03-02T09:00:00-05:00' }],
  [
    'the zone -00:00 is refused',
    '.timestamp',
    { timestamp: '2026-03-02T09:00:00-00:00' },
    { timestamp: '2026-03-02T09:00:00+00:00' },
  ],
  ['stored is ISO 8601', '.stored', { stored: 'now' }, { stored: '2026-03-02T09:00:00Z' }],
  ['a version is 1.0 or 1.0.x', '.version', { version: '1.1.0' }, { version: '1.0.9' }],
  ['an agent has an identifier', '.actor', { actor: { name: 'Kim' } }, { actor: { ...KIM, name: 'Kim' } }],
  [
    'an agent has one identifier only',
    '.actor',
    { actor: { ...KIM, openid: 'http://kim.example.org' } },
    { actor: { openid: 'http://kim.example.org' } },
  ],
  ['an mbox is a mailto IRI', '.actor.mbox', { actor: { mbox: 'kim@example.org' } }, { actor: KIM }],
  [
    'a SHA-1 has 40 digits',
    '.actor.mbox_sha1sum',
    { actor: { mbox_sha1sum: 'abc' } },
    { actor: { mbox_sha1sum: 'ebd31e95054c018b10727ccffd2ef2ec3a016ee9' } },
  ],
  [
    'an openid is an IRI',
    '.actor.openid',
    { actor: { openid: 'kim' } },
    { actor: { openid: 'https://kim.example.org' } },
  ],
  ['an account has a home page', '.actor.account.homePage', { actor: { account: { name: 'kim' } } }, {}],
  ['an account has a name', '.actor.account.name', { actor: { account: { homePage: 'https://a.example.org' } } }, {}],
  [
    'an account has nothing else',
    '.actor.account.role',
    { actor: { account: { homePage: 'https://a.example.org', name: 'kim', role: 1 } } },
    {},
  ],
  ['a name is a string', '.actor.name', { actor: { ...KIM, name: 7 } }, { actor: { ...KIM, name: '' } }],
  [
    'objectType is Agent or Group, in that case',
    '.actor.objectType',
    { actor: { ...KIM, objectType: 'agent' } },
    { actor: { ...KIM, objectType: 'Agent' } },
  ],
  [
    'an anonymous group has members',
    '.actor',
    { actor: { objectType: 'Group' } },
    { actor: { objectType: 'Group', member: [KIM] } },
  ],
  [
    'an identified group has one identifier',
    '.actor',
    { actor: { objectType: 'Group', ...KIM, openid: 'http://a.example.org', member: [KIM] } },
    { actor: { objectType: 'Group', ...KIM } },
  ],
  [
    'members are agents',
    '.actor.member[0].objectType',
    { actor: { objectType: 'Group', member: [{ objectType: 'Group', ...KIM }] } },
    { actor: { objectType: 'Group', member: [{ objectType: 'Agent', ...KIM }] } },
  ],
  ['an agent has no members', '.actor.member', { actor: { ...KIM, member: [KIM] } }, {}],
  ['a verb id is an IRI', '.verb.id', { verb: { id: 'answered' } }, { verb: { id: 'http://example.org/did' } }],
  ['a verb has no more than id and display', '.verb.name', { verb: { id: 'http://example.org/did', name: 'x' } }, {}],
  ['a display is a language map', '.verb.display', { verb: { id: 'http://example.org/did', display: 'did' } }, {}],
  [
    'keys of language maps are language tags',
    '.verb.display[key of 9 characters]',
    { verb: { id: 'http://example.org/did', display: { something: 'did' } } },
    { verb: { id: 'http://example.org/did', display: { 'zh-Hans-CN': 'x' } } },
  ],
  [
    'values of language maps are strings',
    '.verb.display.en',
    { verb: { id: 'http://example.org/did', display: { en: null } } },
    {},
  ],
  ['an activity id is an IRI', '.object.id', { object: { id: 'lesson 12' } }, { object: { id: 'urn:lesson:12' } }],
  [
    'an activity needs an id',
    '.object.id',
    { object: { definition: {} } },
    { object: { id: 'urn:lesson:12', definition: {} } },
  ],
  [
    'an object type is one of five',
    '.object.objectType',
    { object: { objectType: 'activity', id: 'urn:a' } },
    { object: { objectType: 'Activity', id: 'urn:a' } },
  ],
  [
    'a definition type is an IRI',
    '.object.definition.type',
    definition({ type: 'lesson' }),
    definition({ type: 'http://example.org/lesson' }),
  ],
  [
    'more info is an IRL',
    '.object.definition.moreInfo',
    definition({ moreInfo: 'look here' }),
    definition({ moreInfo: 'https://example.org/more' }),
  ],
  [
    'an interaction type is one of ten',
    '.object.definition.interactionType',
    definition({ interactionType: 'TrueFalse' }),
    definition({ interactionType: 'true-false' }),
  ],
  [
    'a response pattern is an array of strings',
    '.object.definition.correctResponsesPattern[0]',
    definition({ interactionType: 'numeric', correctResponsesPattern: [4] }),
    definition({ interactionType: 'numeric', correctResponsesPattern: ['4'] }),
  ],
  [
    'choices need an interaction type',
    '.object.definition',
    definition({ choices: [{ id: 'a' }] }),
    definition({ interactionType: 'choice', choices: [{ id: 'a', description: { en: 'A' } }] }),
  ],
  [
    'component ids are distinct',
    '.object.definition.choices',
    definition({ interactionType: 'choice', choices: [{ id: 'a' }, { id: 'a' }] }),
    definition({ interactionType: 'choice', choices: [{ id: 'a' }, { id: 'b' }] }),
  ],
  [
    'a component needs an id',
    '.object.definition.scale[0].id',
    definition({ interactionType: 'likert', scale: [{ description: { en: 'A' } }] }),
    definition({ interactionType: 'likert', scale: [{ id: '1' }] }),
  ],
  [
    'extension keys are IRIs',
    '.object.definition.extensions[key of 11 characters]',
    definition({ extensions: { 'should fail': 1 } }),
    definition({ extensions }),
  ],
  ['extensions are an object', '.result.extensions', result({ extensions: 7 }), result({ extensions: {} })],
  [
    'extension values are at most 64 levels deep',
    '.context.extensions[key of 22 characters]',
    context({ extensions: { 'http://example.org/ext': nested(65) } }),
    context({ extensions: { 'http://example.org/ext': nested(64) } }),
  ],
  [
    'an agent as object needs its objectType',
    '.object.id',
    { object: KIM },
    { object: { ...KIM, objectType: 'Agent' } },
  ],
  [
    'an agent as object is a valid agent',
    '.object',
    { object: { objectType: 'Agent', name: 'Kim' } },
    { object: { objectType: 'Agent', ...KIM } },
  ],
  ['a StatementRef has a UUID', '.object.id', { object: { ...REF, id: 'x' } }, { object: REF }],
  ['a StatementRef has nothing else', '.object[key of 4 characters]', { object: { ...REF, more: 1 } }, { object: REF }],
  ['a SubStatement is a valid statement', '.object.actor', { object: sub({ actor: undefined }) }, { object: sub() }],
  [
    'a SubStatement has no id',
    '.object.id',
    { object: sub({ id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa2' }) },
    { object: sub({ timestamp: '2026-03-02T09:00:00Z' }) },
  ],
  ['a SubStatement has no authority', '.object.authority', { object: sub({ authority: KIM }) }, { object: sub() }],
  [
    'a SubStatement is not nested',
    '.object.object.objectType',
    { object: sub({ object: sub() }) },
    { object: sub({ object: REF }) },
  ],
  [
    'a scaled score is at most 1',
    '.result.score.scaled',
    result({ score: { scaled: 1.01 } }),
    result({ score: { scaled: 1 } }),
  ],
  [
    'a scaled score is at least -1',
    '.result.score.scaled',
    result({ score: { scaled: -1.00001 } }),
    result({ score: { scaled: -1 } }),
  ],
  [
    'a raw score is at most max',
    '.result.score',
    result({ score: { raw: 11, max: 10 } }),
    result({ score: { raw: 10, max: 10 } }),
  ],
  [
    'a raw score is at least min',
    '.result.score',
    result({ score: { raw: -1, min: 0 } }),
    result({ score: { raw: 0, min: 0 } }),
  ],
  [
    'min is below max',
    '.result.score',
    result({ score: { min: 10, max: 10 } }),
    result({ score: { min: 0, max: 10 } }),
  ],
  ['scores are numbers', '.result.score.raw', result({ score: { raw: '7' } }), result({ score: { raw: 7.5 } })],
  [
    'a score has four properties',
    '.result.score[key of 6 characters]',
    result({ score: { points: 7 } }),
    result({ score: {} }),
  ],
  ['success is a boolean', '.result.success', result({ success: 'yes' }), result({ success: false })],
  ['completion is a boolean', '.result.completion', result({ completion: 'true' }), result({ completion: true })],
  ['a response is a string', '.result.response', result({ response: 12 }), result({ response: '12' })],
  ['a duration is ISO 8601', '.result.duration', result({ duration: '-PT5M' }), result({ duration: 'PT5M' })],
  ['a result has six properties', '.result.grade', result({ grade: 'A' }), result({})],
  [
    'a registration is a UUID',
    '.context.registration',
    context({ registration: 'x' }),
    context({ registration: REF.id }),
  ],
  [
    'an instructor is an agent or group',
    '.context.instructor',
    context({ instructor: { name: 'T' } }),
    context({ instructor: KIM }),
  ],
  [
    'a team is a group',
    '.context.team.objectType',
    context({ team: KIM }),
    context({ team: { objectType: 'Group', member: [KIM] } }),
  ],
  [
    'context activities have four relations',
    '.context.contextActivities[key of 5 characters]',
    context({ contextActivities: { child: [] } }),
    context({ contextActivities: { parent: { id: 'urn:a' }, other: [{ id: 'urn:b' }] } }),
  ],
  [
    'context activities are activities',
    '.context.contextActivities.parent.id',
    context({ contextActivities: { parent: { id: 'a' } } }),
    context({ contextActivities: { parent: [] } }),
  ],
  [
    'context activities are activities, in lists too',
    '.context.contextActivities.grouping[1].id',
    context({ contextActivities: { grouping: [{ id: 'urn:a' }, {}] } }),
    context({ contextActivities: { grouping: [{ id: 'urn:a' }] } }),
  ],
  ['a revision is a string', '.context.revision', context({ revision: 1 }), context({ revision: '1' })],
  [
    'a platform belongs to an activity only',
    '',
    { object: REF, ...context({ platform: 'LMS' }) },
    context({ platform: 'LMS' }),
  ],
  [
    'a language is a language tag',
    '.context.language',
    context({ language: 'something' }),
    context({ language: 'cmn' }),
  ],
  [
    'context.statement is a StatementRef',
    '.context.statement.objectType',
    context({ statement: { id: REF.id } }),
    context({ statement: REF }),
  ],
  ['a context has no further properties', '.context[key of 4 characters]', context({ mood: 'good' }), context({})],
  [
    'an authority group has two members',
    '.authority',
    { authority: { objectType: 'Group', member: [KIM] } },
    { authority: { objectType: 'Group', member: [KIM, { openid: 'http://app.example.org' }] } },
  ],
  [
    'an authority group is anonymous',
    '.authority',
    { authority: { objectType: 'Group', ...KIM, member: [KIM, KIM] } },
    { authority: KIM },
  ],
  ['attachments are an array', '.attachments', { attachments: {} }, { attachments: [] }],
  [
    'an attachment needs a usage type',
    '.attachments[0].usageType',
    { attachments: [{ ...ATTACHMENT, usageType: undefined }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'an attachment needs a display',
    '.attachments[0].display',
    { attachments: [{ ...ATTACHMENT, display: undefined }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'an attachment length is whole',
    '.attachments[0].length',
    { attachments: [{ ...ATTACHMENT, length: 2.5 }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'an attachment hash is SHA-2',
    '.attachments[0].sha2',
    { attachments: [{ ...ATTACHMENT, sha2: 'abc' }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'an attachment has a media type',
    '.attachments[0].contentType',
    { attachments: [{ ...ATTACHMENT, contentType: 'text' }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'a file URL is an IRL',
    '.attachments[0].fileUrl',
    { attachments: [{ ...ATTACHMENT, fileUrl: 'here' }] },
    { attachments: [ATTACHMENT] },
  ],
  [
    'voiding needs a StatementRef',
    '.object',
    { verb: { id: 'http://adlnet.gov/expapi/verbs/voided' } },
    { verb: { id: 'http://adlnet.gov/expapi/verbs/voided' }, object: REF },
  ],
]

// Through JSON, as a sender's text comes: what is undefined is not there.
const asSent = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

const rulesOf = (list: readonly Change[], versions: readonly XapiVersion[]): Rule[] =>
  list.map(([rule, at, bad, good]) => ({
    rule,
    at,
    bad: asSent(aStatement(bad)),
    good: asSent(aStatement(good)),
    versions,
  }))

export const VERSIONS: readonly XapiVersion[] = ['1.0.3', '2.0.0']

export const RULES: readonly Rule[] = [...rulesOf(changes, VERSIONS), ...rulesOf(ofVersion2, ['2.0.0'])]

export const DIFFERENCES = differing.map(([rule, at, changed, takenBy]) => ({
  rule,
  at,
  statement: asSent(aStatement(changed)),
  takenBy,
}))

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = [value]
  return value
}
