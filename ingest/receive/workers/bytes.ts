import { isSpace } from '../../../infra/spaces.ts'

/** Buffers whose memory goes to another thread. */
export type Handed = { buffers: ArrayBuffer[] }

/** The same bytes as a Buffer: from another thread they come without its methods. */
export const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The bytes in memory of their own, which is put on the list: small buffers share theirs, and would take others along. */
export function handedOver(bytes: Buffer, handed: Handed): Buffer {
  const own = isSpace(bytes) ? bytes : bufferOf(new Uint8Array(bytes))
  handed.buffers.push(own.buffer as ArrayBuffer)
  return own
}
