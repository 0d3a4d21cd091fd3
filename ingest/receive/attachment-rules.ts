import type { Pseudonym } from '../../schemas/record.ts'
import { fault, type Fault } from '../faults.ts'
import type { AttachmentEntry } from '../lrs/attachments.ts'
import { mediaTypeOf, type Part } from './multipart.ts'
import { isSignature, signatureFaults, signatureIn, signedOf, type Signature } from './signature.ts'
import type { NameOf } from './statements.ts'

type AttachmentObject = { usageType: string; contentType: string; length: number; sha2: string; fileUrl?: string }
type WithAttachments = { attachments?: AttachmentObject[]; object?: { objectType?: string } & WithAttachments }

/**
 * What is wrong between the attachments that valid statements name and the parts that came with them: every attachment
 * has a fileUrl or its part, every part is named, types and lengths that both state are the same, and signatures are
 * those of their statements.
 *
 * The `length` of an attachment is compared only where the part states one too: parts are found by their hash alone.
 *
 * @param parts null: the statements came alone, as application/json
 * Source: xAPI 1.0.3, Communication 1.5.2; Data 2.4.11, 2.6
 */
export function attachmentFaults(
  statements: readonly unknown[],
  parts: readonly Part[] | null,
  nameOf: NameOf,
): Fault[] {
  const faults: Fault[] = []
  const byHash = new Map(parts?.map(part => [part.sha2, part]))
  const named = new Set<string>()
  const signatures = new Map<Part, Signature>()
  const signatureOf = (part: Part): Signature => {
    const signature = signatures.get(part) ?? signatureIn(part.body)
    signatures.set(part, signature)
    return signature
  }
  statements.forEach((statement, index) => {
    const sent = signedOf(statement as Record<string, unknown>)
    for (const [place, attachment] of attachmentsIn(statement as WithAttachments)) {
      const part = byHash.get(attachment.sha2.toLowerCase())
      if (part !== undefined) named.add(part.sha2)
      const at = `${nameOf(index)}.${place}`
      faults.push(...judged(attachment, part, index, at))
      // A SubStatement is not signed; only the statement around it is.
      if (part !== undefined && isSignature(attachment) && !place.startsWith('object.'))
        faults.push(...signatureFaults(sent, attachment, signatureOf(part), index, at))
    }
  })
  for (const [at, part] of parts?.entries() ?? []) {
    if (named.has(part.sha2)) continue
    const expected = 'a part whose X-Experience-API-Hash is the sha2 of an attachment'
    faults.push(fault(0, `part ${at + 1}`, `${part.body.length} bytes that no statement names`, expected))
  }
  return faults
}

/** What is to be stored with a statement: the parts that it names, each once, as the actor's. */
export function attachmentEntries(statement: object, parts: readonly Part[], actor: Pseudonym): AttachmentEntry[] {
  const attachments = attachmentsIn(statement as WithAttachments)
  if (attachments.length === 0) return []
  const typeOf = new Map(attachments.map(([, { sha2, contentType }]) => [sha2.toLowerCase(), contentType]))
  const entries = new Map<string, AttachmentEntry>()
  for (const { sha2, body } of parts) {
    const contentType = typeOf.get(sha2)
    if (contentType !== undefined) entries.set(sha2, { actor, sha2, contentType, body })
  }
  return [...entries.values()]
}

const NONE: [string, AttachmentObject][] = []

/** Those of the statement and of a SubStatement in it, each with its place. */
function attachmentsIn(statement: WithAttachments): [place: string, AttachmentObject][] {
  const { attachments, object } = statement
  const inner = object?.objectType === 'SubStatement' ? object.attachments : undefined
  if (attachments === undefined && inner === undefined) return NONE
  return [
    ...(attachments ?? []).map((attachment, i): [string, AttachmentObject] => [`attachments[${i}]`, attachment]),
    ...(inner ?? []).map((attachment, i): [string, AttachmentObject] => [`object.attachments[${i}]`, attachment]),
  ]
}

function judged(attachment: AttachmentObject, part: Part | undefined, index: number, at: string): Fault[] {
  if (part === undefined) {
    if (isSignature(attachment)) return [fault(index, at, 'a signature without its part', 'the signature as a part')]
    if (attachment.fileUrl !== undefined) return []
    const expected = 'a fileUrl, or a part whose X-Experience-API-Hash is its sha2'
    return [fault(index, at, 'an attachment without either', expected)]
  }
  const faults: Fault[] = []
  const { contentType, length } = attachment
  if (part.contentType !== '' && mediaTypeOf(part.contentType) !== mediaTypeOf(contentType))
    faults.push(fault(index, `${at}.contentType`, 'another type than that of its part', 'the Content-Type of its part'))
  if (part.saysLength === true && part.body.length !== length)
    faults.push(fault(index, `${at}.length`, String(length), `${part.body.length}, as its part says`))
  return faults
}
