import { z } from 'zod'
import { Instant, Pseudonym } from './record.ts'

/** Names and addresses of a person: stored in `identity.people` only. `id` is the person's pseudonym. */
export const PersonIdentity = z.strictObject({
  type: z.literal('person'),
  id: Pseudonym,
  storedAt: Instant,
  givenName: z.string().max(256),
  familyName: z.string().max(256),
  email: z.string().max(320),
  sourcedId: z.string().max(256),
})

/** An agent or group object, as received, that a sealed original names by its token. */
export const AgentIdentity = z.strictObject({
  type: z.literal('agent'),
  /** Token: 22 characters of base64url, derived from the agent's canonical JSON under the pseudonym key. */
  id: z.string().length(22),
  /** Pseudonym of the agent's identifier; null for an anonymous group. */
  identifier: Pseudonym.nullable(),
  storedAt: Instant,
  /** The agent, JSON, as received. */
  agent: z.string(),
})

/** The salt of one identifier in one ingest process; originals are sealed under a key made of it and the master secret. */
export const SaltIdentity = z.strictObject({
  type: z.literal('salt'),
  /** 16 characters of base64url, random. */
  id: z.string().length(16),
  identifier: Pseudonym,
  storedAt: Instant,
  /** 32 bytes, base64url. */
  salt: z.string().length(43),
})

/** What the compacted topic `identities` holds, keyed by `type|id`; a tombstone erases. */
export const IdentityEntry = z.discriminatedUnion('type', [PersonIdentity, AgentIdentity, SaltIdentity])
export type IdentityEntry = z.infer<typeof IdentityEntry>

export const identityKey = (entry: Pick<IdentityEntry, 'type' | 'id'>): string => `${entry.type}|${entry.id}`
