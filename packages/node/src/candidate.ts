import { familyOf, type Interface, type InterfaceAddress, type TransportAddress } from '@p2pd/netif'

/** A transport address at which a node may be reached. RFC 8445 §4. */
export interface Candidate extends TransportAddress {
  readonly kind: 'host' | 'server-reflexive'
}

/** More than a host with many NICs has; a longer list is refused, so that no peer makes a node dial at will. */
export const MAX_CANDIDATES = 32

/**
 * The host candidates of a node that listens on `port` of every address, best first: what reaches far
 * before what does not, IPv6 before IPv4 (RFC 8421 §4), loopback last. Link-local addresses are left out: their scope
 * means nothing to a peer.
 */
export function hostCandidates(interfaces: readonly Interface[], port: number): Candidate[] {
  return interfaces
    .filter((nic) => nic.up)
    .flatMap((nic) => nic.addresses)
    .filter((address) => address.scope !== 'link' && !address.deprecated)
    .sort((a, b) => preference(a) - preference(b))
    .slice(0, MAX_CANDIDATES)
    .map(({ ip }) => ({ kind: 'host', ip, port }))
}

const SCOPE_ORDER = { global: 0, private: 1, link: 2, host: 3 } as const

function preference({ scope, family }: InterfaceAddress): number {
  return SCOPE_ORDER[scope] * 2 + (family === 'IPv6' ? 0 : 1)
}

/**
 * The peer's candidates that make sense to dial from here, in its order. Loopback does only when the
 * peer seems to be on this host (it has an address of ours, or nothing but loopback): elsewhere it
 * would knock at ports of our own machine on a stranger's word.
 */
export function dialable(remote: readonly Candidate[], interfaces: readonly Interface[]): Candidate[] {
  const own = interfaces.filter((nic) => nic.up).flatMap((nic) => nic.addresses)
  const families = new Set(own.map((address) => address.family))
  const ownIps = new Set(own.map((address) => address.ip))
  const elsewhere = remote.filter(({ ip }) => !isLoopback(ip))
  const sameHost = elsewhere.length === 0 || elsewhere.some(({ ip }) => ownIps.has(ip))
  return remote.filter(({ ip }) => families.has(familyOf(ip)) && (sameHost || !isLoopback(ip)))
}

/** Whether an address never leaves its host. RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1'
}
