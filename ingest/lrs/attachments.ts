import { HomeroomError } from '../../infra/errors.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { decryptBytes, encryptBytes } from '../../infra/seal.ts'
import { beginningWith, peopleIn, type SealedFile } from './sealed-file.ts'

export type Attachment = { contentType: string; body: Buffer }

/** @param sha2 of the body, hexadecimal; upper and lower case are the same */
export type AttachmentEntry = Attachment & { actor: Pseudonym; sha2: string }

export type Attachments = {
  /** @throws HomeroomError BODY_TOO_LARGE, STORE_UNAVAILABLE */
  put(entries: readonly AttachmentEntry[]): Promise<void>
  get(actor: Pseudonym, sha2: string): Attachment | null
  /** Within a read: who has attachments, and how many one of them has. */
  people(): Pseudonym[]
  count(actor: Pseudonym): number
  /** Within a write: remove all of one actor; returns how many there were. */
  eraseAll(actor: Pseudonym): number
}

/** One body can be the attachment of thousands of actors, and each has a copy: this much may be kept at once. */
const PUT_LIMIT = 64 * 1024 * 1024

/**
 * The bytes of attachments, once for each actor: two people who hand in the same file have a copy each, so that erasing
 * one takes nothing from the other, and neither tells of the other.
 */
export function openAttachments(file: SealedFile): Attachments {
  const table = file.table('attachments')
  const keyOf = (actor: Pseudonym, sha2: string): string[] => [actor, file.nameOf('sha2', sha2.toLowerCase())]
  return {
    async put(entries) {
      if (entries.length === 0) return
      const bytes = entries.reduce((sum, { body }) => sum + body.length, 0)
      if (bytes > PUT_LIMIT) throw tooLarge(entries.length, bytes)
      await file.write(() => {
        for (const { actor, sha2, contentType, body } of entries) {
          const key = keyOf(actor, sha2)
          if (!table.doesExist(key)) void table.put(key, encryptBytes(file.keyOf(actor), packed(contentType, body)))
        }
      })
    },
    get: (actor, sha2) =>
      file.read(() => {
        const sealed = table.getBinary(keyOf(actor, sha2))
        return sealed === undefined ? null : unpacked(decryptBytes(file.keyOf(actor), sealed))
      }),
    people: () => peopleIn(table),
    count: actor => table.getKeysCount(beginningWith([actor])),
    eraseAll(actor) {
      const keys = [...table.getKeys(beginningWith([actor]))]
      for (const key of keys) void table.remove(key)
      return keys.length
    },
  }
}

function tooLarge(copies: number, bytes: number): HomeroomError {
  return new HomeroomError(
    'BODY_TOO_LARGE',
    `the attachments would be kept as ${copies} copies of ${bytes} bytes together, one for each actor; at most ${PUT_LIMIT} are kept at once; nothing was stored`,
  )
}

// The length of the content type in two bytes, the content type, the body.
function packed(contentType: string, body: Buffer): Buffer {
  const type = Buffer.from(contentType)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(type.length)
  return Buffer.concat([length, type, body])
}

function unpacked(bytes: Buffer): Attachment {
  const end = 2 + bytes.readUInt16BE()
  return { contentType: bytes.toString('utf8', 2, end), body: bytes.subarray(end) }
}
