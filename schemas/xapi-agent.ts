import { z } from 'zod'
import { isMailto, isSha1 } from './formats.ts'
import { isObject } from './json.ts'
import { Iri, text } from './xapi-values.ts'

const IDENTIFIERS = ['mbox', 'mbox_sha1sum', 'openid', 'account'] as const
const identifiers = {
  mbox: text(isMailto, 'a mailto IRI of one address').optional(),
  mbox_sha1sum: text(isSha1, '40 hexadecimal digits').optional(),
  openid: Iri.optional(),
  account: z.strictObject({ homePage: Iri, name: z.string() }).optional(),
}
const identifiersIn = (agent: object): number => IDENTIFIERS.filter(key => Object.hasOwn(agent, key)).length

/** A person or system with exactly one inverse functional identifier. */
export const Agent = z
  .strictObject({ objectType: z.literal('Agent').optional(), name: z.string().optional(), ...identifiers })
  .refine(agent => identifiersIn(agent) === 1, {
    error: 'exactly one of mbox, mbox_sha1sum, openid, account',
    when: ({ value }) => isObject(value),
  })

/** An identified group (one identifier), or an anonymous one (no identifier, at least one member). Members are agents. */
export const Group = z
  .strictObject({
    objectType: z.literal('Group'),
    name: z.string().optional(),
    ...identifiers,
    member: z.array(Agent).optional(),
  })
  .refine(
    group =>
      identifiersIn(group) === 1 ||
      (identifiersIn(group) === 0 && Array.isArray(group.member) && group.member.length > 0),
    {
      error: 'one of mbox, mbox_sha1sum, openid, account; or, without any, at least one member',
      when: ({ value }) => isObject(value),
    },
  )

/** Told apart by `objectType`; without one it is an agent. */
export const AgentOrGroup = z.discriminatedUnion('objectType', [Agent, Group])

/** An agent, or an anonymous group of exactly two: what the standard allows as an authority. */
export function isAuthority(agent: { objectType?: unknown; member?: unknown }): boolean {
  if (agent.objectType !== 'Group') return true
  return identifiersIn(agent) === 0 && Array.isArray(agent.member) && agent.member.length === 2
}

export type Agent = z.infer<typeof Agent>
export type Group = z.infer<typeof Group>
