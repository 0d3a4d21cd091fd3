/** Rules in which xAPI 1.0.3 and 2.0.0 differ, in the form of xapi-rules.ts. */
import type { XapiVersion } from '../../schemas/xapi.ts'

type Json = Record<string, unknown>
export type Change = [rule: string, at: string, bad: Json, good: Json]

export const KIM = { mbox: 'mailto:kim@example.org' }
export const sub = (changes: Json = {}): Json => ({
  objectType: 'SubStatement',
  actor: KIM,
  verb: { id: 'http://example.org/planned' },
  object: { id: 'http://example.org/visit' },
  ...changes,
})
export const context = (changes: Json): Json => ({ context: changes })
const TEAM = { objectType: 'Group', mbox: 'mailto:team@example.org', member: [KIM] }
const TYPES = ['http://example.org/types/tutor', 'http://example.org/types/mentor']
const withAgent = (changes: Json): Json =>
  context({ contextAgents: [{ objectType: 'contextAgent', agent: KIM, relevantTypes: TYPES, ...changes }] })
const withGroup = (changes: Json): Json =>
  context({ contextGroups: [{ objectType: 'contextGroup', group: TEAM, relevantTypes: TYPES, ...changes }] })

/** What 2.0.0 alone has: agents and groups in the context. */
export const ofVersion2: Change[] = [
  ['context agents are an array', '.context.contextAgents', context({ contextAgents: {} }), withAgent({})],
  [
    'a context agent says that it is one',
    '.context.contextAgents[0].objectType',
    withAgent({ objectType: 'Agent' }),
    withAgent({}),
  ],
  [
    'a context agent needs its objectType',
    '.context.contextAgents[0].objectType',
    withAgent({ objectType: undefined }),
    withAgent({}),
  ],
  ['a context agent needs an agent', '.context.contextAgents[0].agent', withAgent({ agent: undefined }), withAgent({})],
  [
    'a context agent is a valid agent',
    '.context.contextAgents[0].agent',
    withAgent({ agent: { name: 'Kim' } }),
    withAgent({ agent: { ...KIM, name: 'Kim', objectType: 'Agent' } }),
  ],
  [
    'a context agent is no group',
    '.context.contextAgents[0].agent.objectType',
    withAgent({ agent: TEAM }),
    withGroup({}),
  ],
  [
    'relevant types are at least one',
    '.context.contextAgents[0].relevantTypes',
    withAgent({ relevantTypes: [] }),
    withAgent({ relevantTypes: undefined }),
  ],
  [
    'relevant types are IRIs',
    '.context.contextAgents[0].relevantTypes[0]',
    withAgent({ relevantTypes: ['tutor'] }),
    withAgent({ relevantTypes: ['urn:tutor'] }),
  ],
  [
    'relevant types are an array',
    '.context.contextAgents[0].relevantTypes',
    withAgent({ relevantTypes: 'urn:tutor' }),
    withAgent({}),
  ],
  [
    'a context agent has three properties',
    '.context.contextAgents[0][key of 5 characters]',
    withAgent({ since: 1 }),
    context({ contextAgents: [] }),
  ],
  ['context groups are an array', '.context.contextGroups', context({ contextGroups: TEAM }), withGroup({})],
  [
    'a context group says that it is one',
    '.context.contextGroups[0].objectType',
    withGroup({ objectType: 'contextAgent' }),
    withGroup({}),
  ],
  ['a context group needs a group', '.context.contextGroups[0].group', withGroup({ group: undefined }), withGroup({})],
  [
    'a context group is a group',
    '.context.contextGroups[0].group.objectType',
    withGroup({ group: KIM }),
    withGroup({ group: { objectType: 'Group', member: [KIM] } }),
  ],
  [
    'a context group is a valid group',
    '.context.contextGroups[0].group',
    withGroup({ group: { objectType: 'Group', member: [] } }),
    withGroup({ group: { ...TEAM, member: undefined } }),
  ],
  [
    'relevant types of a group are at least one',
    '.context.contextGroups[0].relevantTypes',
    withGroup({ relevantTypes: [] }),
    withGroup({ relevantTypes: undefined }),
  ],
  [
    'a context group has three properties',
    '.context.contextGroups[0].member',
    withGroup({ member: [KIM] }),
    context({ contextGroups: [] }),
  ],
  [
    'a SubStatement has context agents by the same rules',
    '.object.context.contextAgents[0].agent',
    { object: sub({ ...withAgent({ agent: {} }) }) },
    { object: sub({ ...withAgent({}), timestamp: '2026-03-02T09:00:00Z' }) },
  ],
]

/** What one version takes and the other refuses, and where. */
export const differing: [rule: string, at: string, changes: Json, takenBy: XapiVersion][] = [
  ['context agents', '.context.contextAgents', withAgent({}), '2.0.0'],
  ['context groups', '.context.contextGroups', withGroup({}), '2.0.0'],
  ['the version 2.0.0', '.version', { version: '2.0.0' }, '2.0.0'],
  ['the version 2.0', '.version', { version: '2.0' }, '2.0.0'],
  ['a timestamp without its zone', '.timestamp', { timestamp: '2026-03-02T14:00:00.000' }, '1.0.3'],
  ['a timestamp without seconds', '.timestamp', { timestamp: '2026-03-02T14:00Z' }, '1.0.3'],
  ['a zone of hours only', '.timestamp', { timestamp: '2026-03-02T14:00:00+05' }, '1.0.3'],
  ['a zone without its colon', '.timestamp', { timestamp: '2026-03-02T14:00:00+0530' }, '1.0.3'],
  ['a comma before the fraction of a second', '.timestamp', { timestamp: '2026-03-02T14:00:00,5Z' }, '1.0.3'],
  ['the same in stored', '.stored', { stored: '2026-03-02T14:00:00' }, '1.0.3'],
  ['the same in a SubStatement', '.object.timestamp', { object: sub({ timestamp: '2026-03-02T14:00:00' }) }, '1.0.3'],
]
