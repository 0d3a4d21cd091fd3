import { join } from 'node:path'
import type { Config } from '../../infra/config.ts'
import { NOBODY_ERASED, type IsErased } from '../../infra/erased.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { openAttachments, type Attachment, type AttachmentEntry } from './attachments.ts'
import { openDocuments, type Documents, type Place } from './documents-store.ts'
import { openSealedFile } from './sealed-file.ts'

/** What xAPI keeps beside statements: documents (state, profiles) and the bytes of attachments. */
export type Resources = {
  documents: Documents
  /**
   * Resolves when all are durable; one that is there already is left as it is.
   * @throws HomeroomError STORE_UNAVAILABLE, BODY_TOO_LARGE if they are more than 64 MB together
   */
  putAttachments(entries: readonly AttachmentEntry[]): Promise<void>
  attachment(actor: Pseudonym, sha2: string): Attachment | null
  /** Whose documents and attachments there are. */
  people(): Pseudonym[]
  /** How many there are of one person. */
  count(person: Pseudonym): { documents: number; attachments: number }
  /** Remove every document and attachment of one person; resolves when that is durable, with how many there were. */
  erasePerson(person: Pseudonym): Promise<{ documents: number; attachments: number }>
  close(): Promise<void>
}

/**
 * Open or create `<data>/xapi`. Several processes of one machine may have it open.
 *
 * Of people who were erased nothing more is kept: their documents are refused with PERSON_ERASED, attachments to their
 * statements are left out.
 * @throws HomeroomError STORE_UNAVAILABLE
 */
export function openResources(
  config: Pick<Config, 'data'>,
  secrets: Pick<Secrets, 'pseudonymKey' | 'masterSecret'>,
  erased: IsErased = NOBODY_ERASED,
): Resources {
  const file = openSealedFile(join(config.data, 'xapi'), secrets)
  const documents = openDocuments(file)
  const attachments = openAttachments(file)
  return {
    documents: {
      ...documents,
      async change(place, id, decide) {
        refuseErased(place, erased)
        return documents.change(place, id, decide)
      },
    },
    putAttachments: entries => attachments.put(entries.filter(({ actor }) => !erased.has(actor))),
    attachment: attachments.get,
    people: () => file.read(() => [...new Set([...documents.people(), ...attachments.people()])]),
    count: person => file.read(() => ({ documents: documents.count(person), attachments: attachments.count(person) })),
    erasePerson: person =>
      file.write(() => ({ documents: documents.eraseAll(person), attachments: attachments.eraseAll(person) })),
    close: () => file.close(),
  }
}

function refuseErased(place: Place, erased: IsErased): void {
  if (place.kind === 'activity-profile' || !erased.has(place.agent)) return
  throw new HomeroomError('PERSON_ERASED', 'the agent was erased here by request; the document was not stored')
}
