import type { Family } from '@p2pd/netif'
import { AttributeType, ErrorCode, findAttribute, type Message } from '@p2pd/stun'
import {
  decodeAddressFamily,
  decodeEvenPort,
  decodeLifetime,
  decodeRequestedTransport,
  LegacyAttributeType,
  RequestedTransport,
} from '@p2pd/turn'
import type { PortWish } from './relay-ports.ts'
import { MIN_LIFETIME_SECONDS } from './turn-limits.ts'

/** The wishes of an Allocate request. RFC 8656 §7.2. */
export interface AllocateTerms {
  readonly relay: 'udp' | 'tcp'
  readonly families: readonly Family[]
  readonly lifetimeSeconds: number
  readonly port: PortWish
  readonly token: Uint8Array | undefined
}

/** Reads an Allocate request; a number is the error to answer with. Throws for malformed attributes. RFC 8656 §7.2. */
export function decodeAllocateTerms(
  request: Message,
  transport: 'udp' | 'tcp',
  maxLifetimeSeconds: number,
): AllocateTerms | number {
  const value = (type: number) => findAttribute(request, type)
  const requested = value(AttributeType.RequestedTransport)
  if (requested === undefined) return ErrorCode.BadRequest
  const protocol = decodeRequestedTransport(requested)
  const [even, token] = [value(AttributeType.EvenPort), value(AttributeType.ReservationToken)]
  const relay = protocol === RequestedTransport.Tcp ? 'tcp' : 'udp'
  if (relay === 'udp' && protocol !== RequestedTransport.Udp) return ErrorCode.UnsupportedTransportProtocol
  // RFC 6062 §5.1: TCP goes over TCP, and knows neither even ports nor tokens.
  if (relay === 'tcp' && (transport === 'udp' || even || token)) return ErrorCode.BadRequest
  const families = requestedFamilies(request)
  if (typeof families === 'number') return families
  const reserve = even !== undefined && decodeEvenPort(even)
  // A token stands for a port of its own, and the next port is that of one address only. RFC 8656 §7.2.
  if (token && (even || value(AttributeType.RequestedAddressFamily) || families.length > 1))
    return ErrorCode.BadRequest
  if (reserve && families.length > 1) return ErrorCode.BadRequest
  const port = even === undefined ? 'any' : reserve ? 'even-and-next' : 'even'
  return { relay, families, lifetimeSeconds: lifetimeOf(request, maxLifetimeSeconds), port, token }
}

/** The lifetime that is granted. RFC 8656 §7.2, §8. */
export function lifetimeOf(request: Message, maxLifetimeSeconds: number): number {
  const value = findAttribute(request, AttributeType.Lifetime)
  const asked = value === undefined ? MIN_LIFETIME_SECONDS : decodeLifetime(value)
  return Math.min(Math.max(asked, MIN_LIFETIME_SECONDS), maxLifetimeSeconds)
}

/** ADDITIONAL-ADDRESS-FAMILY has two codes: that of RFC 8656, and an older one of coturn. RFC 8656 §7.2. */
function requestedFamilies(request: Message): readonly Family[] | number {
  const requested = findAttribute(request, AttributeType.RequestedAddressFamily)
  const additional =
    findAttribute(request, AttributeType.AdditionalAddressFamily) ??
    findAttribute(request, LegacyAttributeType.AdditionalAddressFamily)
  if (additional !== undefined) {
    const isIpv6 = decodeAddressFamily(additional) === 'IPv6'
    return isIpv6 && requested === undefined ? ['IPv4', 'IPv6'] : ErrorCode.BadRequest
  }
  const family = requested === undefined ? 'IPv4' : decodeAddressFamily(requested)
  return family === undefined ? ErrorCode.AddressFamilyNotSupported : [family]
}
