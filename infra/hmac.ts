import { createHmac, hash } from 'node:crypto'

/** HMAC-SHA256 under one key. Two plain hashes: 1.7 µs, where createHmac takes 14. */
export type Hmac = (message: string, encoding: 'hex' | 'base64url') => string

/** RFC 2104 for keys of at most 64 bytes, with reused buffers: not re-entrant, which synchronous code never is. */
export function hmacOf(key: Buffer): Hmac {
  const inner = Buffer.alloc(64 + 2048)
  const outer = Buffer.alloc(64 + 32)
  for (let i = 0; i < 64; i++) {
    const byte = i < key.length ? key[i]! : 0
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  return (message, encoding) => {
    if (message.length * 3 > 2048) return createHmac('sha256', key).update(message).digest(encoding)
    const length = inner.write(message, 64)
    hash('sha256', inner.subarray(0, 64 + length), 'buffer').copy(outer, 64)
    return hash('sha256', outer, encoding)
  }
}
