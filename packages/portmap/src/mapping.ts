import type { TransportAddress } from '@p2pd/netif'

/** The transport protocols that can be mapped. */
export type MappingTransport = 'tcp' | 'udp'

/** How a gateway was asked. `upnp-pinhole` opens an IPv6 firewall, as PCP may too. */
export type MappingProtocol = 'pcp' | 'nat-pmp' | 'upnp-igd1' | 'upnp-igd2' | 'upnp-pinhole'

/** A reason not to give an external address to others. */
export type Doubt =
  /** The gateway did not name its external address. */
  | 'external-address-missing'
  /** The gateway's external address is private or shared (RFC 1918, RFC 6598): another NAT stands behind it. */
  | 'external-address-not-public'
  /** A STUN server sees this host at another address. */
  | 'differs-from-stun'

/** A mapping that a gateway granted; plain data. */
export interface Mapping {
  readonly protocol: MappingProtocol
  readonly transport: MappingTransport
  /** The gateway that granted it. */
  readonly gateway: string
  readonly internal: TransportAddress
  /** As the gateway says; the address is undefined when it does not say. */
  readonly external: { readonly ip?: string; readonly port: number }
  /** As granted; 0 means that it does not end by itself. */
  readonly lifetimeSeconds: number
  /** By the clock that the mapper was given, in milliseconds; undefined when it does not end by itself. */
  readonly expiresAt?: number
  readonly doubts: readonly Doubt[]
  /** Whether another NAT stands behind the gateway: any doubt says so. */
  readonly doubleNat: boolean
  /** Whether others may be given it: the external address is known and nothing speaks against it. */
  readonly publishable: boolean
}

/** One way that was tried and did not lead to a mapping. */
export interface FailedAttempt {
  readonly gateway: string
  readonly protocol: 'pcp' | 'nat-pmp' | 'upnp' | 'upnp-pinhole'
  readonly outcome: RefusalReason
  /** The gateway's result or error code, when it answered with one. */
  readonly gatewayCode?: number
  /** A sentence for people. */
  readonly reason: string
}

/**
 * Why a gateway gave no mapping.
 *
 * - `silent`: no answer
 * - `closed`: the gateway says that nothing listens on the protocol's port
 * - `unsupported`: it does not speak the protocol, or not this part of it
 * - `not-authorized`: it speaks the protocol but does not allow this
 * - `no-resources`: its table is full, or every port that was tried is taken
 * - `no-external-network`: it has no public external address, or none at all
 * - `nat-between`: the server stands beyond another NAT
 * - `unresponsive`: its port is open or it answers other questions, and it falls silent at the one for a mapping
 * - `failed`: anything else; `gatewayCode` and `reason` tell
 */
export type RefusalReason =
  | 'silent'
  | 'closed'
  | 'unsupported'
  | 'not-authorized'
  | 'no-resources'
  | 'no-external-network'
  | 'nat-between'
  | 'unresponsive'
  | 'failed'

/** An external port that another host, or another port of this host, already has. */
export interface Conflict {
  readonly externalPort: number
  readonly internal: TransportAddress
}
