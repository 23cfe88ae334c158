import { type Family, familyOf, isUnspecified, type TransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  decodeXorMappedAddress,
  findAttribute,
  type Message,
} from '@p2pd/stun'
import { TurnError } from '../turn-error.ts'
import {
  decodeLifetime,
  encodeAddressFamily,
  encodeLifetime,
  encodeRequestedTransport,
  LegacyAttributeType,
  RequestedTransport,
} from '../wire/turn-attributes.ts'

/** The relayed addresses to ask for. */
export type RelayFamilies = Family | 'both'

/** The allocation to ask for. RFC 8656 §7.1, RFC 6062 §4.1. */
export interface AllocationTerms {
  /** Between server and peers. TCP works only on a TCP or TLS connection to the server. */
  readonly relay: 'udp' | 'tcp'
  readonly families: RelayFamilies
  readonly lifetimeSeconds: number
}

/** An allocation as the server has made it. */
export interface Allocated {
  /** One relayed address, or one of each family. */
  readonly relayed: readonly TransportAddress[]
  /** The client's address as the server sees it. */
  readonly mapped: TransportAddress | undefined
  readonly lifetimeSeconds: number
}

/** The attributes of an Allocate request. coturn before 4.7 reads its own code for the second family. RFC 8656 §7.1. */
export function allocateAttributes({ relay, families, lifetimeSeconds }: AllocationTerms): Attribute[] {
  const protocol = relay === 'tcp' ? RequestedTransport.Tcp : RequestedTransport.Udp
  const attributes: Attribute[] = [
    { type: AttributeType.RequestedTransport, value: encodeRequestedTransport(protocol) },
    { type: AttributeType.Lifetime, value: encodeLifetime(lifetimeSeconds) },
  ]
  const IPv6 = encodeAddressFamily('IPv6')
  if (families === 'IPv6') attributes.push({ type: AttributeType.RequestedAddressFamily, value: IPv6 })
  if (families === 'both') {
    attributes.push({ type: AttributeType.AdditionalAddressFamily, value: IPv6 })
    attributes.push({ type: LegacyAttributeType.AdditionalAddressFamily, value: IPv6 })
  }
  return attributes
}

/**
 * Reads an Allocate success response. It takes no address of a family that was not asked for. coturn with
 * `--external-ip` gives an IPv4 address to a client that wants IPv6. Throws `TURN_MALFORMED`, `TURN_ADDRESS_FAMILY`.
 * RFC 8656 §7.4.
 */
export function decodeAllocated(response: Message, families: RelayFamilies): Allocated {
  const all = response.attributes
    .filter(({ type }) => type === AttributeType.XorRelayedAddress)
    .map(({ value }) => decodeXorMappedAddress(value, response.transactionId))
  const wanted: readonly Family[] = families === 'both' ? ['IPv4', 'IPv6'] : [families]
  const relayed = wanted.flatMap((family) => all.find((one) => isUsable(one, family)) ?? [])
  if (relayed.length === 0) {
    const code = all.length === 0 ? 'TURN_MALFORMED' : 'TURN_ADDRESS_FAMILY'
    const got = all.map(({ ip }) => ip).join(', ') || 'none'
    throw new TurnError(code, `Allocate: no relayed ${families} address, the server gave ${got}`)
  }
  const mapped = findAttribute(response, AttributeType.XorMappedAddress)
  return {
    relayed,
    mapped: mapped === undefined ? undefined : decodeXorMappedAddress(mapped, response.transactionId),
    lifetimeSeconds: lifetimeOf(response),
  }
}

/** coturn gives `0.0.0.0:0` for a family that it has no address of. */
function isUsable({ ip, port }: TransportAddress, family: Family): boolean {
  return familyOf(ip) === family && port !== 0 && !isUnspecified(ip)
}

/** The lifetime when a server gives none. RFC 8656 §3.2. */
export const DEFAULT_LIFETIME_SECONDS = 600

/** The lifetime in a response. RFC 8656 §7.4, §8. */
export function lifetimeOf(response: Message): number {
  const value = findAttribute(response, AttributeType.Lifetime)
  return value === undefined ? DEFAULT_LIFETIME_SECONDS : decodeLifetime(value)
}
