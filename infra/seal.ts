import { createHmac, randomFillSync } from 'node:crypto'
import sodium from 'sodium-native'
import { HomeroomError } from './errors.ts'

const NONCE = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
const TAG = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES

/** The key of one person's originals: the master secret (a file) and a salt (which erasure removes) are both needed. */
export function sealingKey(masterSecret: Buffer, salt: string): Buffer {
  return createHmac('sha256', masterSecret).update(`v1|original|${salt}`).digest()
}

/**
 * The key of what is kept beside the log for one owner: documents and attachments.
 * @param owner pseudonym of a person, or the keyed name of an activity
 */
export function resourceKey(masterSecret: Buffer, owner: string): Buffer {
  return createHmac('sha256', masterSecret).update(`v1|resource|${owner}`).digest()
}

export { deadLetterKey } from './dead-letter-keys.ts'

/**
 * Seal a text: base64 of nonce, sealed text and tag (XChaCha20-Poly1305, random nonces of 192 bits, which cannot run out).
 * About 2 µs for 700 bytes; AES-256-GCM of node:crypto takes 6, most of it for making the cipher object.
 */
export function encrypt(key: Buffer, text: string): string {
  const most = NONCE + text.length * 3 + TAG
  const outer = most <= space.length ? space : Buffer.allocUnsafe(most)
  const length = outer.write(text, NONCE)
  const nonce = nextNonce()
  outer.set(nonce)
  // In place: the sealed text takes the place of the text.
  const inner = new Uint8Array(outer.buffer, outer.byteOffset + NONCE, length)
  const sealed = new Uint8Array(outer.buffer, outer.byteOffset + NONCE, length + TAG)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, inner, null, null, nonce, key)
  return outer.toString('base64', 0, NONCE + length + TAG)
}

/** @throws HomeroomError INTERNAL if the text was sealed under another key, or altered */
export function decrypt(key: Buffer, text: string): string {
  return decryptBytes(key, Buffer.from(text, 'base64')).toString()
}

/** The id of the salt that a sealed text of a person needs: `<salt id>.<base64>`. */
export const saltIdOf = (sealed: string): string => sealed.slice(0, sealed.indexOf('.'))

/**
 * The text that was sealed under a person's key. In an original, tokens still stand in the place of people.
 * @param sealed `<salt id>.<base64>`
 * @throws HomeroomError INTERNAL if it was altered or the secrets are not those it was sealed with
 */
export function opened(sealed: string, salt: string, masterSecret: Buffer): string {
  return decrypt(sealingKey(masterSecret, salt), sealed.slice(sealed.indexOf('.') + 1))
}

/** Seal bytes: nonce, sealed bytes and tag, 40 bytes longer. */
export function encryptBytes(key: Buffer, bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(NONCE + bytes.length + TAG)
  const nonce = nextNonce()
  out.set(nonce)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out.subarray(NONCE), bytes, null, null, nonce, key)
  return out
}

/** @throws HomeroomError INTERNAL if the bytes were sealed under another key, or altered */
export function decryptBytes(key: Buffer, bytes: Buffer): Buffer {
  const out = Buffer.alloc(Math.max(0, bytes.length - NONCE - TAG))
  try {
    const inner = bytes.subarray(NONCE)
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(out, null, inner, null, bytes.subarray(0, NONCE), key)
  } catch (cause) {
    const message = `a sealed text of ${bytes.length} bytes does not open: it was altered, or the secrets file is not the one it was sealed with`
    throw new HomeroomError('INTERNAL', message, { cause })
  }
  return out
}

// Work space of one call at a time, which synchronous code always is.
const space = Buffer.allocUnsafeSlow(65_536)

const NONCES = 1024
const pool = Buffer.alloc(NONCE * NONCES)
const nonces = Array.from({ length: NONCES }, (_, i) => new Uint8Array(pool.buffer, pool.byteOffset + NONCE * i, NONCE))
let next = NONCES

function nextNonce(): Uint8Array {
  if (next === NONCES) {
    randomFillSync(pool)
    next = 0
  }
  return nonces[next++]!
}
