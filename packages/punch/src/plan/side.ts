import type { TransportAddress } from '@p2pd/netif'
import { widthOf } from '../attempt.ts'

/** What a NAT looks at when it reuses a mapping (RFC 4787 §4.1) or admits a packet (RFC 4787 §5). */
export type Dependency = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** What punching needs to know of a NAT, for one protocol and family: the report of `@p2pd/nat` is one. */
export interface PunchNat {
  /** Only `blocked` counts: nothing gets through. */
  readonly type: string
  readonly mapping: Dependency | 'unknown'
  readonly filtering: Dependency | 'unknown'
  /** How external ports are chosen; of no interest while one mapping serves all. RFC 4787 §4.2. */
  readonly delta: { readonly type: string; readonly value: number }
  /** Where external ports come from, first and last. */
  readonly portRange: readonly [low: number, high: number]
  readonly externalAddresses: readonly string[]
}

/** What one side tells the other, in its offer or answer: plain data, for one protocol and family. */
export interface PunchSide {
  readonly nat: PunchNat
  /**
   * External endpoints of its sockets, in their order. With endpoint-independent mapping: the one that was
   * seen. With predictable ports: those that the next mappings get (`endpointsWanted`). Else none.
   */
  readonly endpoints: readonly TransportAddress[]
  /** Its first socket as its own network sees it, once per address: for peers behind the same NAT. */
  readonly hosts: readonly TransportAddress[]
}

/** This side: what it told the peer, and the local addresses behind it. */
export interface LocalSide extends PunchSide {
  /** One for each endpoint, in the same order; the first is the socket in `hosts`. At least one. */
  readonly locals: readonly TransportAddress[]
}

/** How well one can know where a side's next packet will come from. */
export type Predictability = 'known' | 'exact' | 'counted' | 'none'

/**
 * `known`: one mapping serves every peer. `exact`: a new port for each, which follows from the internal port.
 * `counted`: it follows from the last one, and others may have moved the counter. `none`: nobody can tell.
 *
 * A mapping that could not be told, with a single STUN server, is taken for what nine of ten NATs do.
 */
export function predictabilityOf({ mapping, delta }: PunchNat): Predictability {
  if (mapping === 'endpoint-independent' || mapping === 'unknown') return 'known'
  switch (delta.type) {
    case 'equal':
    case 'preserving':
    case 'not-applicable':
      return 'exact'
    case 'independent':
    case 'dependent':
      return 'counted'
    default:
      return 'none'
  }
}

/** Sockets behind an exact rule: the second is there for the case that somebody has the first one's port. */
const EXACT_SOCKETS = 2

/** Ports predicted of a counter: others may move it by as many, less one, before and during the punch. */
const COUNTED_PORTS = 16

/** How many endpoints a side should tell. Each attempt after the first doubles what may go wrong. */
export function endpointsWanted(nat: PunchNat, attempt = 0): number {
  switch (predictabilityOf(nat)) {
    case 'known':
      return 1
    case 'exact':
      return EXACT_SOCKETS * widthOf(attempt)
    case 'counted':
      return COUNTED_PORTS * widthOf(attempt)
    case 'none':
      return 0
  }
}

/** Whether one packet to an address is enough to be reached from all its ports. RFC 4787 §5. */
export function admitsWholeAddress({ filtering }: PunchNat): boolean {
  return filtering === 'endpoint-independent' || filtering === 'address-dependent'
}

/** Whether both sides leave through one NAT, or have one address. */
export function areNear(a: PunchSide, b: PunchSide): boolean {
  return a.nat.externalAddresses.some((ip) => b.nat.externalAddresses.includes(ip))
}
