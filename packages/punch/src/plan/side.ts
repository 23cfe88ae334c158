import { familyOf, IpRange, type TransportAddress } from '@p2pd/netif'
import { scaleOf } from '../attempt.ts'
import { portAssignmentOf, type PunchNat } from './punch-nat.ts'

/** The data that one side sends to the other in its offer or answer: plain data, for one protocol and family. */
export interface PunchSide {
  readonly nat: PunchNat
  /**
   * External endpoints of the sockets, in their order. The mapping that a STUN server saw, where it is reused.
   * Predictions of the next mappings where ports can be predicted (`endpointsWanted`). Else none.
   */
  readonly endpoints: readonly TransportAddress[]
  /** Host candidates: the first socket's own address, for peers behind the same NAT. RFC 8445 §5.1.1.1. */
  readonly hosts: readonly TransportAddress[]
}

/** This side: the data that the peer gets, and the local addresses behind it. */
export interface LocalSide extends PunchSide {
  /** One for each endpoint, in the same order; the first is the socket in `hosts`. At least one. */
  readonly locals: readonly TransportAddress[]
  /**
   * Behind a counter: the number of mappings to be made before the first endpoint comes up. The mappings that this host
   * has made since the prediction are subtracted. The row gets longer or shorter by as many. @default 0
   */
  readonly lead?: number
}

/** The second socket is a spare: another host may hold the external port of the first one. */
const PRESERVED_ENDPOINTS = 2

/** Predictions of a counter: other hosts may move it by as many, less one, before and during the punch. */
const SEQUENTIAL_ENDPOINTS = 16

/** How many endpoints a side should send. Each attempt after the first doubles the number, up to eight times. */
export function endpointsWanted(nat: PunchNat, failedAttempts = 0): number {
  switch (portAssignmentOf(nat)) {
    case 'reused':
      return 1
    case 'preserved':
      return PRESERVED_ENDPOINTS * scaleOf(failedAttempts)
    case 'sequential':
      return SEQUENTIAL_ENDPOINTS * scaleOf(failedAttempts)
    case 'random':
      return 0
  }
}

/** Whether both sides leave through one NAT, or have one address. RFC 5128 §3.3. */
export function behindSameNat(a: PunchSide, b: PunchSide): boolean {
  return a.nat.externalAddresses.some((ip) => b.nat.externalAddresses.includes(ip))
}

/** The usual prefix of a LAN. RFC 4291 §2.5.4 has the one of IPv6. */
const PREFIX = { IPv4: 24, IPv6: 64 } as const

/** Whether both sides are untranslated, and neighbours by their addresses: on one LAN, or containers of one host. */
export function onOneNetwork(a: PunchSide, b: PunchSide): boolean {
  const [here, there] = [a, b].map(({ nat, hosts }) =>
    hosts.find(({ ip }) => nat.externalAddresses.includes(ip)),
  )
  if (here === undefined || there === undefined) return false
  return new IpRange(here.ip, PREFIX[familyOf(here.ip)]).contains(there.ip)
}
