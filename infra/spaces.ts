/** Larger than the pool of which Node makes small buffers, so that the two cannot be taken for each other. */
const SMALLEST_BITS = 17
const LARGEST_BITS = 21
/** Kept of each size. */
const MOST = 12

const spare: Buffer[][] = Array.from({ length: LARGEST_BITS + 1 }, () => [])

/**
 * Memory that is used again: fresh memory has to be cleared by the kernel and found by the collector, which for what a
 * request of a thousand statements needs costs a tenth of handling it. Each thread has its own.
 *
 * @returns a buffer of at least so many bytes, alone in its memory, with anything in it
 */
export function takeSpace(bytes: number): Buffer {
  const bits = Math.max(SMALLEST_BITS, Math.ceil(Math.log2(bytes)))
  if (bits > LARGEST_BITS) return Buffer.allocUnsafeSlow(bytes)
  return spare[bits]!.pop() ?? Buffer.allocUnsafeSlow(2 ** bits)
}

/** Give memory back, by any view of it, when nobody will look at it again. What did not come from `takeSpace` is left alone. */
export function giveSpace({ buffer }: Uint8Array): void {
  const bits = Math.log2(buffer.byteLength)
  if (!Number.isInteger(bits) || bits < SMALLEST_BITS || bits > LARGEST_BITS) return
  const kept = spare[bits]!
  if (kept.length < MOST) kept.push(Buffer.from(buffer))
}

/** The view has memory of its own, which can be handed to another thread; small buffers of Node share theirs. */
export const isSpace = ({ buffer, byteLength }: Uint8Array): boolean =>
  buffer.byteLength === byteLength || buffer.byteLength >= 2 ** SMALLEST_BITS
