/** Ids and hashes of records as words of 32 bits, for tables of millions of them. */

/** A UUID: eight hexadecimal digits a word, the first ones first. */
export const ID_WORDS = 4
/** The hash of a content: the first 16 digits of SHA-256. */
export const HASH_WORDS = 2

const DIGITS = new Uint8Array(128)
for (let n = 0; n < 16; n++) {
  DIGITS[n.toString(16).charCodeAt(0)] = n
  DIGITS[n.toString(16).toUpperCase().charCodeAt(0)] = n
}

/** @param id a UUID in any case */
export function writeId(id: string, words: Uint32Array, at: number): void {
  words[at] = wordOf(id, 0)
  words[at + 1] = (wordOf4(id, 9) << 16) | wordOf4(id, 14)
  words[at + 2] = (wordOf4(id, 19) << 16) | wordOf4(id, 24)
  words[at + 3] = wordOf(id, 28)
}

/** @param hash 16 hexadecimal digits */
export function writeHash(hash: string, words: Uint32Array, at: number): void {
  words[at] = wordOf(hash, 0)
  words[at + 1] = wordOf(hash, 8)
}

/** The UUID, in lower case. */
export function idAt(words: Uint32Array, at: number): string {
  const hex = textOf(words, at, ID_WORDS)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The hash, 16 hexadecimal digits. */
export const hashAt = (words: Uint32Array, at: number): string => textOf(words, at, HASH_WORDS)

function textOf(words: Uint32Array, at: number, count: number): string {
  let text = ''
  for (let i = at; i < at + count; i++) text += words[i]!.toString(16).padStart(8, '0')
  return text
}

function wordOf(text: string, at: number): number {
  return (wordOf4(text, at) << 16) | wordOf4(text, at + 4)
}

function wordOf4(text: string, at: number): number {
  return (
    (DIGITS[text.charCodeAt(at)]! << 12) |
    (DIGITS[text.charCodeAt(at + 1)]! << 8) |
    (DIGITS[text.charCodeAt(at + 2)]! << 4) |
    DIGITS[text.charCodeAt(at + 3)]!
  )
}
