import { createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  anAttachment,
  attachmentSection,
  BOUNDARY,
  multipartBody,
  statementsSection,
  type Section,
} from '../../ingest/multipart-body.ts'
import { aStatement } from '../../ingest/a-statement.ts'
import { aPacking, aVersion, shot, xapiHeaders, type Json, type Make } from './cases.ts'
import { hostileText, MARK } from './hostile.ts'

type Parts = { sections: Section[]; boundary: string; type: string; body: Buffer | null }
/** What is done to a right body; `keeps`: it stays one. */
type Damage = { keeps: boolean; to: (parts: Parts, text: string) => Partial<Parts> }

const part = (headers: Record<string, string>, body: Buffer | string = MARK): Section => ({ headers, body })
const again = ({ sections, boundary }: Parts): string => multipartBody(sections, boundary).toString('latin1')
const raw = (text: string): { body: Buffer } => ({ body: Buffer.from(text, 'latin1') })

const DAMAGES: readonly Damage[] = [
  { keeps: true, to: () => ({}) },
  { keeps: true, to: parts => raw(`${MARK}\r\n${again(parts)}${MARK}`) },
  { keeps: true, to: ({ sections }) => ({ sections, boundary: 'a', type: 'multipart/mixed;boundary="a"' }) },
  { keeps: false, to: () => ({ type: 'multipart/mixed' }) },
  { keeps: false, to: () => ({ type: 'multipart/mixed; boundary=' }) },
  { keeps: false, to: () => ({ type: `multipart/mixed; boundary=${'b'.repeat(71)}` }) },
  { keeps: false, to: () => ({ type: `multipart/mixed; boundary="${MARK}é"` }) },
  { keeps: false, to: () => ({ type: `multipart/form-data; boundary=${BOUNDARY}` }) },
  { keeps: false, to: () => ({ type: `multipart/mixed; boundary=${MARK}` }) },
  { keeps: false, to: () => raw('') },
  { keeps: false, to: () => raw(`--${BOUNDARY}`) },
  { keeps: false, to: () => raw(`--${BOUNDARY}--`) },
  { keeps: false, to: () => raw(`--${BOUNDARY}\r\n\r\n--${BOUNDARY}--`) },
  { keeps: false, to: parts => raw(again(parts).slice(0, -12)) },
  { keeps: false, to: parts => raw(again(parts).slice(0, 300)) },
  { keeps: false, to: parts => raw(again(parts).replaceAll('\r\n', '\n')) },
  { keeps: false, to: parts => raw(again(parts).replace('\r\n\r\n', '\r\n')) },
  { keeps: false, to: ({ sections }) => ({ sections: sections.slice(0, 1) }) },
  { keeps: false, to: ({ sections }) => ({ sections: sections.slice(1) }) },
  { keeps: false, to: ({ sections }) => ({ sections: sections.toReversed() }) },
  { keeps: false, to: ({ sections }) => ({ sections: [...sections, attachmentSection(`${MARK} more`)] }) },
  {
    keeps: false,
    to: ({ sections }, text) => ({
      sections: [sections[0]!, part({ 'Content-Type': 'text/plain', 'X-Experience-API-Hash': text })],
    }),
  },
  {
    keeps: false,
    to: ({ sections }) => ({ sections: [sections[0]!, part({ 'X-Experience-API-Hash': 'f'.repeat(64) })] }),
  },
  { keeps: false, to: ({ sections }) => ({ sections: [sections[0]!, part({ 'X-Long': MARK.repeat(120_000) })] }) },
  {
    keeps: false,
    to: ({ sections }) => ({ sections: [sections[0]!, ...Array.from({ length: 10_000 }, () => part({}, ''))] }),
  },
  {
    keeps: false,
    to: ({ sections }) => ({ sections: [part({ 'Content-Type': 'application/json' }, `--${BOUNDARY}`), ...sections] }),
  },
  {
    keeps: false,
    to: ({ sections: [first, second] }, text) => ({
      sections: [first!, part({ ...second!.headers, 'Content-Length': text }, second!.body)],
    }),
  },
  {
    keeps: false,
    to: ({ sections: [first, second] }) => ({
      sections: [first!, part({ ...second!.headers, 'Content-Transfer-Encoding': 'base64' }, second!.body)],
    }),
  },
  {
    keeps: false,
    to: ({ sections: [first, second] }) => ({
      sections: [part({ ...first!.headers, 'Content-Type': MARK }, first!.body), second!],
    }),
  },
  { keeps: false, to: ({ sections: [first, second] }, text) => ({ sections: [part(first!.headers, text), second!] }) },
]

/** A statement with an attachment: right, or damaged in one way. */
export const multipartCase: fc.Arbitrary<Make> = fc
  .record({
    // Most cases shall be of a body that can be read.
    damage: fc.oneof(fc.nat(2), fc.nat(DAMAGES.length - 1)),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(Buffer.from(`\r\n--${BOUNDARY}x`)),
      fc.constant(Buffer.alloc(100_000, 7)),
    ),
    size: fc.constantFrom(224, 256, 384, 512),
    attachment: fc.oneof(
      { weight: 8, arbitrary: fc.constant<Json>({}) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Json>(
          { length: 1 },
          { length: -1 },
          { contentType: 'a/b' },
          { sha2: MARK },
          { contentType: `a/b; x="${MARK}"` },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constant<Json>({
          usageType: 'http://adlnet.gov/expapi/attachments/signature',
          contentType: 'application/octet-stream',
        }),
      },
    ),
    text: hostileText.filter(text => !/[\r\n]/.test(text)),
    pack: aPacking,
    version: aVersion,
  })
  .map(({ damage, content, size, attachment, text, pack, version }) => run => {
    const body = Buffer.from(content)
    const sha2 = createHash(`sha${size}`).update(body).digest('hex')
    const statement = { ...aStatement(), id: run.id(), attachments: [anAttachment(body, { sha2, ...attachment })] }
    const sections = [statementsSection([statement]), attachmentSection(body, { 'X-Experience-API-Hash': sha2 })]
    const right: Parts = { sections, boundary: BOUNDARY, type: `multipart/mixed; boundary=${BOUNDARY}`, body: null }
    const { keeps, to } = DAMAGES[damage]!
    const sent = { ...right, ...to(right, text) }
    const { bytes, headers, isReadable } = pack(sent.body ?? multipartBody(sent.sections, sent.boundary))
    const all = { ...xapiHeaders(run, version), ...headers, 'content-type': sent.type }
    return {
      ...shot('multipart', 'POST', '/xapi/statements', all, bytes),
      ...(isReadable && keeps && { statements: { sent: [statement], version, attachments: true } }),
    }
  })
