/** The part of the remote endpoint that a NAT looks at for a mapping (RFC 4787 §4.1) or a filter (RFC 4787 §5). */
export type Dependency = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** The properties of a NAT that a punch depends on, for one protocol and family: the report of `@p2pd/nat` is one. */
export interface PunchNat {
  /** Only `blocked` counts: the network lets nothing through. */
  readonly type: string
  readonly mapping: Dependency | 'unknown'
  readonly filtering: Dependency | 'unknown'
  /** How the NAT assigns external ports; it does not matter while one mapping serves all peers. RFC 4787 §4.2. */
  readonly delta: { readonly type: string; readonly value: number }
  /** First and last external port. */
  readonly portRange: readonly [low: number, high: number]
  readonly externalAddresses: readonly string[]
}

/**
 * The external port that a NAT assigns to packets towards a new peer. RFC 4787 §4.1, §4.2.
 *
 * - `reused`: that of the mapping which a STUN server saw; it serves every peer
 * - `preserved`: one that follows from the internal port
 * - `sequential`: one that follows from the last one; other hosts may have moved the counter
 * - `random`: any
 */
export type PortAssignment = 'reused' | 'preserved' | 'sequential' | 'random'

/**
 * The port assignment that a report stands for. With a single STUN server the mapping is `unknown` and counts as
 * endpoint-independent, like that of nine NATs in ten.
 */
export function portAssignmentOf({ mapping, delta }: PunchNat): PortAssignment {
  if (mapping === 'endpoint-independent' || mapping === 'unknown') return 'reused'
  switch (delta.type) {
    case 'equal':
    case 'preserving':
    case 'not-applicable':
      return 'preserved'
    case 'independent':
    case 'dependent':
      return 'sequential'
    default:
      return 'random'
  }
}

/**
 * Whether the NAT admits packets from a port of the peer only after a packet to that very port. An unknown filter
 * counts as such a one, unless that rules out every technique. RFC 4787 §5.
 */
export function filtersByPort({ filtering }: PunchNat): boolean {
  return filtering !== 'endpoint-independent' && filtering !== 'address-dependent'
}
