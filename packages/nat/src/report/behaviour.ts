/** How a NAT reuses a mapping (RFC 4787 §4.1) or admits a packet (RFC 4787 §5). */
export type Dependency = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** P2PD's seven kinds of NAT; RFC 3489 §5 named most of them. */
export type NatType =
  | 'open'
  | 'udp-firewall'
  | 'full-cone'
  | 'restricted'
  | 'port-restricted'
  | 'symmetric'
  | 'blocked'

/** P2PD's five rules for the next external port, and the case where nothing is translated. */
export type DeltaType = 'not-applicable' | 'equal' | 'preserving' | 'independent' | 'dependent' | 'random'

/**
 * The rule by which a NAT chooses external ports. RFC 4787 §4.2.
 *
 * - `equal`: the internal port
 * - `preserving`: the internal port plus `value`
 * - `independent`: the last external port plus `value`, whatever the internal port
 * - `dependent`: the last external port plus `value` when the internal port is the last one plus 1
 * - `random`: any
 */
export interface Delta {
  readonly type: DeltaType
  /** The step, or the distance; 0 where there is none. */
  readonly value: number
}

/** First and last port. */
export type PortRange = readonly [low: number, high: number]

/** The behaviour of a NAT, from which its type follows. */
export interface Behaviour {
  /** No packet got through. */
  readonly blocked: boolean
  /** Whether the external address is the internal one. */
  readonly untranslated: boolean
  readonly mapping: Dependency | 'unknown'
  readonly filtering: Dependency | 'unknown'
}

/**
 * Names a behaviour in P2PD's words. An unknown filter counts as the strictest, so that no peer relies on being
 * admitted.
 */
export function natTypeOf({ blocked, untranslated, mapping, filtering }: Behaviour): NatType {
  if (blocked) return 'blocked'
  if (untranslated) return filtering === 'endpoint-independent' ? 'open' : 'udp-firewall'
  if (mapping === 'address-dependent' || mapping === 'address-and-port-dependent') return 'symmetric'
  switch (filtering) {
    case 'endpoint-independent':
      return 'full-cone'
    case 'address-dependent':
      return 'restricted'
    default:
      return 'port-restricted'
  }
}

/** The behaviour that a type stands for: `natTypeOf` read backwards. */
export function behaviourOf(type: NatType): Behaviour {
  const strict = 'address-and-port-dependent'
  const free = 'endpoint-independent'
  const cone = { blocked: false, untranslated: false, mapping: free } as const
  switch (type) {
    case 'open':
      return { ...cone, untranslated: true, filtering: free }
    case 'udp-firewall':
      return { ...cone, untranslated: true, filtering: strict }
    case 'full-cone':
      return { ...cone, filtering: free }
    case 'restricted':
      return { ...cone, filtering: 'address-dependent' }
    case 'port-restricted':
      return { ...cone, filtering: strict }
    case 'symmetric':
      return { ...cone, mapping: strict, filtering: strict }
    case 'blocked':
      return { blocked: true, untranslated: false, mapping: 'unknown', filtering: 'unknown' }
  }
}
