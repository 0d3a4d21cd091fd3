import { lookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { HomeroomError } from '../errors.ts'

/** Addresses that belong to a machine or a network, not to the internet (IANA special-purpose registries). */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24],
  ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24],
  ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) PRIVATE.addSubnet(net, prefix, 'ipv4') // prettier-ignore
for (const [net, prefix] of [
  ['::', 128], ['::1', 128], ['::ffff:0:0', 96], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32],
  ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8],
] as const) PRIVATE.addSubnet(net, prefix, 'ipv6') // prettier-ignore

/** Is it an address of the internet? */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Finds a name's addresses for a connection, and refuses a name that leads to any private one. Asked by the connection
 * itself, so that the address that was looked at is the one that is connected to.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return callback(error, '')
    const odd = found.find(({ address }) => !isPublic(address))
    if (odd || found.length === 0) return callback(refused(hostname), '')
    return options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family)
  })
}

/** @throws HomeroomError NOTICE_FAILED for an address as such, of which nobody looks anything up */
export function assertPublic(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) !== 0 && !isPublic(address)) throw refused(hostname)
}

const refused = (hostname: string): HomeroomError =>
  new HomeroomError(
    'NOTICE_FAILED',
    `webhook.url leads to ${hostname}, an address of a private network, and webhook.allowPrivate is not true. Nothing was sent`,
  )
