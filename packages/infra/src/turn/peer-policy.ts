import { type AddressKind, canonicalIp, kindOf, type TransportAddress } from '@p2pd/netif'

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
    if (PUBLIC.includes(kind) || this.#isOwn(ip)) return true
    return this.#options.allowPrivatePeers && PRIVATE.includes(kind)
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
