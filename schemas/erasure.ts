import { z } from 'zod'
import { Instant, type Pseudonym } from './record.ts'

/** Stands wherever an erased person stood in what is told of others: nobody's pseudonym, and the same for everybody. */
export const ERASED: Pseudonym = 'f'.repeat(64)

/**
 * That a person was erased, without saying who: an entry of `identities` under `erasure|<id>`, and a row of the identity
 * database. It outlives everything else, so that no replay, redrive or restored backup brings the person back.
 */
export const Erasure = z.strictObject({
  type: z.literal('erasure'),
  /** Random. */
  id: z.uuid(),
  /** When it was begun. */
  storedAt: Instant,
  /** `erasedHash` of each pseudonym of the person, sorted. */
  identifiers: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  /** Dead letters that held an identifier of the person: their originals are passed over. */
  letters: z.array(z.uuid()),
  /** When everything was gone; null: it was cut off, and has to be finished. */
  doneAt: Instant.nullable(),
  /** What went, by table or store. */
  counts: z.record(z.string(), z.int().nonnegative()),
  /** HMAC-SHA256 of all else under the master secret, hexadecimal. */
  signature: z.string().regex(/^[0-9a-f]{64}$/),
})
export type Erasure = z.infer<typeof Erasure>
