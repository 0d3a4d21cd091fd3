import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import type { Secrets } from '../../infra/secrets.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { openedNotes, openedWords } from '../../infra/written-words.ts'
import { ConversationWords, NextStep, Topic } from '../../schemas/conversation.ts'
import { NOBODY, type Pseudonym } from '../../schemas/record.ts'
import { denied, mayAdvise, type SignedIn } from '../access.ts'
import type { Names, OwnStudent } from '../people/names.ts'

/** A conversation as an adviser of the student reads it. */
export type Talk = Omit<z.infer<typeof Row>, 'words' | 'note'> & {
  /** What was agreed, in words; '': nothing; null: it cannot be opened (any more). */
  nextStep: string | null
  /** The reader's own private note, likewise; '' in those that somebody else recorded. */
  note: string | null
}

type Deps = { warehouse: Warehouse; secrets: Pick<Secrets, 'masterSecret'> }

/**
 * A student whom the reader advises, not only teaches: what is said between adviser and student is for them alone.
 * @throws HomeroomError SCOPE_DENIED for everybody else, whether such a student exists or not
 */
export async function advisee(names: Names, reader: SignedIn, pseudonym: string): Promise<OwnStudent> {
  const student = await names.student(reader, pseudonym)
  if (!mayAdvise(reader, student.unit)) throw denied(reader, student.unit)
  return student
}

/**
 * Who records a conversation, and under whose key a private note stands.
 * @throws HomeroomError SCOPE_DENIED for an account that names no person of the roster
 */
export function personOf({ scope }: SignedIn): Pseudonym {
  if (scope.person !== undefined) return scope.person
  throw new HomeroomError(
    'SCOPE_DENIED',
    'Your account names no person of the roster, so that a conversation could not be told to be yours. Nothing was recorded',
  )
}

/**
 * Conversations with a student of the reader's own, the newest first, their words opened; private notes only of the reader.
 * @param identifiers pseudonyms of the student: the person's own, and those as received
 */
export async function conversationsWith(
  { warehouse, secrets }: Deps,
  { scope }: SignedIn,
  identifiers: readonly Pseudonym[],
  most = 20,
): Promise<Talk[]> {
  const reader = scope.person ?? NOBODY
  const found = rows(Row, await warehouse.query(CONVERSATIONS, { identifiers, reader, most }))
  const [words, notes] = await Promise.all([
    openedWords(
      warehouse,
      secrets,
      found.map(row => row.words),
    ),
    openedNotes(
      warehouse,
      secrets,
      found.map(row => row.note),
    ),
  ])
  return found.map(({ words: _words, note: _note, ...said }, i) => ({
    ...said,
    nextStep: words[i] ? ConversationWords.parse(JSON.parse(words[i])).nextStep : (words[i] ?? null),
    note: notes[i] ?? null,
  }))
}

const Row = z.object({
  id: z.string(),
  at_ms: z.number(),
  day: z.string(),
  minutes: z.int(),
  topics: z.array(Topic),
  strengths: z.array(z.string()),
  interests: z.array(z.string()),
  needs: z.array(z.string()),
  next_steps: z.array(NextStep),
  own: z.boolean().or(z.number().transform(Boolean)),
  words: z.string(),
  note: z.string(),
})

const CONVERSATIONS = sql(new URL('./conversations.sql', import.meta.url))
