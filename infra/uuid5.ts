import { hash } from 'node:crypto'

/** Namespace of every id that Homeroom derives; itself random. */
const NAMESPACE = Buffer.from('7c9f2c1e5f0b4e0c9f6d3a1b8e2d4c6a', 'hex')

/**
 * UUID version 5 (RFC 9562) of a name in Homeroom's namespace: the same name gives the same id, everywhere.
 */
export function uuid5(name: string): string {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'buffer')
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
