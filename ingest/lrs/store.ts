import { join } from 'node:path'
import type { Config } from '../../infra/config.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { openAttachments, type Attachment, type AttachmentEntry } from './attachments.ts'
import { openDocuments, type Documents } from './documents-store.ts'
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
  /** Remove every document and attachment of one person; resolves when that is durable, with how many there were. */
  erasePerson(person: Pseudonym): Promise<{ documents: number; attachments: number }>
  close(): Promise<void>
}

/**
 * Open or create `<data>/xapi`. Several processes of one machine may have it open.
 * @throws HomeroomError STORE_UNAVAILABLE
 */
export function openResources(
  config: Pick<Config, 'data'>,
  secrets: Pick<Secrets, 'pseudonymKey' | 'masterSecret'>,
): Resources {
  const file = openSealedFile(join(config.data, 'xapi'), secrets)
  const documents = openDocuments(file)
  const attachments = openAttachments(file)
  return {
    documents,
    putAttachments: attachments.put,
    attachment: attachments.get,
    erasePerson: person =>
      file.write(() => ({ documents: documents.eraseAll(person), attachments: attachments.eraseAll(person) })),
    close: () => file.close(),
  }
}
