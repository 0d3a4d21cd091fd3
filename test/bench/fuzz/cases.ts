import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { XapiVersion } from '../../../schemas/xapi.ts'
import { MARK } from './hostile.ts'
import { requestBytes, type Shot } from './wire.ts'

export type Json = Record<string, unknown>

/** What a run gives its cases: nothing that they send twice is the same. */
export type Run = {
  /** Of a source that may send through every door. */
  authorization: string
  /** Of one that reads everything and sends nothing: its questions wait for nothing that it sent itself. */
  reader: string
  id: () => string
}

/** A shot, and what has to become of it. */
export type Case = Shot & {
  /** Answered 2xx, these are found again as they were sent; where they have no id, in the order of the ids answered. */
  statements?: { sent: Json[]; version: XapiVersion; attachments: boolean }
  /** Answered 2xx, the log holds a record with each of these ids once. */
  records?: string[]
  /** What is wrong stands beside good ones: the answer is 2xx whatever becomes of it. */
  isGood?: boolean
  /** Refusals have no content. */
  isBare?: boolean
  /** Of several requests at once: as many of the answers are 2xx, the others 4xx. */
  good?: number
}

/** Makes a case; its ids are made when it is sent. */
export type Make = (run: Run) => Case

export type Body = { bytes: Buffer; headers: Record<string, string>; isReadable: boolean }

const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
const ZIP = Buffer.from('UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS50eHQ=', 'base64')

type Packing = (bytes: Buffer) => Body
const packed = (bytes: Buffer, encoding: string, isReadable = false): Body => ({
  bytes,
  headers: { 'content-encoding': encoding },
  isReadable,
})

/** How a body travels: mostly as it is. */
export const aPacking: fc.Arbitrary<Packing> = fc.oneof(
  { weight: 30, arbitrary: fc.constant((bytes: Buffer) => ({ bytes, headers: {}, isReadable: true })) },
  { weight: 6, arbitrary: fc.constant((bytes: Buffer) => packed(gzipSync(bytes, { level: 1 }), 'gzip', true)) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Packing>(
      bytes => packed(bytes, 'gzip'),
      bytes => packed(gzipSync(bytes).subarray(0, -9), 'gzip'),
      bytes => packed(Buffer.concat([gzipSync(bytes), Buffer.from(MARK)]), 'gzip'),
      bytes => packed(gzipSync(gzipSync(bytes)), 'gzip'),
      bytes => packed(gzipSync(bytes), 'gzip, gzip'),
      bytes => packed(bytes, 'deflate'),
      bytes => packed(bytes, 'br'),
      bytes => packed(bytes, MARK),
      bytes => packed(bytes, ''),
      () => packed(ZIP, 'gzip'),
      () => packed(Buffer.alloc(0), 'gzip'),
    ),
  },
  { weight: 1, arbitrary: fc.constant(() => packed(BOMB, 'gzip')) },
)

/** Once in so many times, else null. */
export const sometimes = <T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })

export const aVersion: fc.Arbitrary<XapiVersion> = fc.constantFrom('1.0.3', '2.0.0')

/** A request whose framing is right. */
export function shot(
  what: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: Buffer,
): Shot {
  return { what, methods: [method], pieces: [{ bytes: requestBytes(method, path, headers, body) }] }
}

export const xapiHeaders = (run: Run, version: string): Record<string, string> => ({
  authorization: run.authorization,
  'x-experience-api-version': version,
})
