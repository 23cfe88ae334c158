import { type AddressKind, canonicalIp, IpRange, kindOf, type TransportAddress } from '@p2pd/netif'

/** Addresses of the Internet; those of documents stand in a model of it. RFC 6890. */
const PUBLIC: readonly AddressKind[] = ['global', 'documentation']

/** Addresses of one host, or of a network around the server. RFC 6890. */
const PRIVATE: readonly AddressKind[] = [
  'loopback',
  'link-local',
  'private',
  'unique-local',
  'shared',
  'benchmarking',
]

/**
 * Blocks that look global and may lead into the network around the server. They hold addresses with an IPv4 one inside (NAT64,
 * 6to4, IPv4-compatible), site-local ones, and those of protocols. No peer has one of them. RFC 6052 §2.1, RFC 8215, RFC 3056 §2,
 * RFC 4291 §2.5.5.1, RFC 3879, RFC 6890 §2.2.2.
 */
const INWARD = (
  [
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['2002::', 16],
    ['::', 96],
    ['fec0::', 10],
    ['192.0.0.0', 24],
  ] as const
).map(([base, prefixLength]) => new IpRange(base, prefixLength))

/** The settings of a policy. */
export interface PeerPolicyOptions {
  /** Whether private, loopback and link-local peers are relayed to. */
  readonly allowPrivatePeers: boolean
  /** Canonical addresses of the server itself. */
  readonly ownIps: readonly string[]
  /** Ports of the server, where requests come in. */
  readonly ownPorts: readonly number[]
  /** Whether a port of the server is that of a relay. */
  isRelayed(address: TransportAddress): boolean
}

/**
 * Decides which peers the server relays to. The network behind the server is not open to its users: private peers are
 * refused, and of the server's own addresses only relays are reached. RFC 8656 §21.2.
 */
export class PeerPolicy {
  readonly #options: PeerPolicyOptions

  constructor(options: PeerPolicyOptions) {
    this.#options = options
  }

  /** Whether a permission may name the address. Its port is checked with each packet. RFC 8656 §9.2. */
  mayPermit(ip: string): boolean {
    const kind = kindOf(ip)
    const isInward = kind === 'global' && INWARD.some((range) => range.contains(ip))
    if ((PUBLIC.includes(kind) && !isInward) || this.#isOwn(ip)) return true
    return this.#options.allowPrivatePeers && (isInward || PRIVATE.includes(kind))
  }

  /** Whether packets may go to the peer. */
  mayReach(peer: TransportAddress): boolean {
    if (peer.port === 0 || !this.mayPermit(peer.ip)) return false
    if (!this.#isOwn(peer.ip) || this.#options.isRelayed(peer)) return true
    return this.#options.allowPrivatePeers && !this.#options.ownPorts.includes(peer.port)
  }

  #isOwn(ip: string): boolean {
    return this.#options.ownIps.includes(canonicalIp(ip))
  }
}
