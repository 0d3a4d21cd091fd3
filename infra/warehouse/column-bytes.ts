import { HomeroomError } from '../errors.ts'

const DASH = 45
const NOT_HEX = 0xff
const NIBBLES = new Uint8Array(128).fill(NOT_HEX)
for (const digit of '0123456789abcdefABCDEF') NIBBLES[digit.charCodeAt(0)] = Number.parseInt(digit, 16)

/**
 * The bytes of hexadecimal texts, one after the other; dashes are passed over, so that UUIDs can be given as they are.
 * @param width bytes of each text
 * @throws HomeroomError INTERNAL naming the row, if a text is not `width` bytes in hexadecimal
 */
export function hexBytes(column: string, texts: readonly string[], width: number): Uint8Array {
  const bytes = new Uint8Array(texts.length * width)
  let at = 0
  for (const [row, text] of texts.entries()) {
    const end = at + width
    let digit = 0
    while (digit < text.length && at < end) {
      if (text.charCodeAt(digit) === DASH) digit++
      const high = NIBBLES[text.charCodeAt(digit)] ?? NOT_HEX
      const low = NIBBLES[text.charCodeAt(digit + 1)] ?? NOT_HEX
      if ((high | low) > 15) break
      bytes[at++] = (high << 4) | low
      digit += 2
    }
    if (at !== end || digit !== text.length) throw notHex(column, row, text, width)
  }
  return bytes
}

/** UTF-8 of all texts, one after the other, and where each begins; the last offset is the end. */
export function utf8Bytes(texts: readonly string[]): { bytes: Uint8Array; offsets: Int32Array } {
  const joined = texts.join('')
  const bytes = Buffer.from(joined)
  const offsets = new Int32Array(texts.length + 1)
  // As many bytes as characters: all of it is ASCII, and lengths are lengths in bytes.
  if (bytes.length !== joined.length) return utf8BytesOneByOne(texts, 3 * joined.length)
  for (let row = 0; row < texts.length; row++) offsets[row + 1] = offsets[row]! + texts[row]!.length
  return { bytes, offsets }
}

function utf8BytesOneByOne(texts: readonly string[], atMost: number) {
  const bytes = Buffer.allocUnsafe(atMost)
  const offsets = new Int32Array(texts.length + 1)
  // Joined, halves of surrogate pairs in two texts would become one character; each text is encoded by itself.
  for (let row = 0; row < texts.length; row++)
    offsets[row + 1] = offsets[row]! + bytes.write(texts[row]!, offsets[row]!)
  return { bytes: bytes.subarray(0, offsets[texts.length]), offsets }
}

function notHex(column: string, row: number, text: string, width: number): HomeroomError {
  return new HomeroomError(
    'INTERNAL',
    `column ${column}, row ${row + 1}: ${JSON.stringify(text.slice(0, 80))} is not ${width} bytes in hexadecimal. Nothing was stored`,
  )
}
