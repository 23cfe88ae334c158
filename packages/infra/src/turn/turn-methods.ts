import { familyOf, type TransportAddress } from '@p2pd/netif'
import {
  AttributeType,
  decodeXorMappedAddress,
  encodeXorMappedAddress,
  ErrorCode,
  findAttribute,
  type Message,
  Method,
} from '@p2pd/stun'
import {
  CHANNELS,
  decodeAddressFamily,
  decodeChannelNumber,
  decodeLifetime,
  encodeAddressErrorCode,
  encodeLifetime,
  LAST_LEGACY_CHANNEL,
  LegacyAttributeType,
} from '@p2pd/turn'
import { decodeAllocateTerms, lifetimeOf } from './allocate-terms.ts'
import type { Allocation } from './allocation.ts'
import type { Allocations } from './allocations.ts'
import type { PeerPolicy } from './peer-policy.ts'
import { refuse, type TurnReply, success } from './turn-reply.ts'
import type { TurnClient } from './turn-client.ts'

/** The bounds that a server sets to allocations. */
export interface TurnTerms {
  readonly maxLifetimeSeconds: number
  readonly relaysTcp: boolean
}

/** The methods of a TURN server, for requests that are authentic. RFC 8656 §7 to §12, RFC 6062 §5. */
export class TurnMethods {
  readonly #allocations: Allocations
  readonly #policy: PeerPolicy
  readonly #terms: TurnTerms

  constructor(allocations: Allocations, policy: PeerPolicy, terms: TurnTerms) {
    this.#allocations = allocations
    this.#policy = policy
    this.#terms = terms
  }

  /** The answer to a request other than ConnectionBind. Throws for malformed attributes. */
  async reply(client: TurnClient, username: string, request: Message): Promise<TurnReply> {
    if (request.method === Method.Allocate) return this.#allocate(client, username, request)
    const allocation = this.#allocations.of(client)
    if (allocation === undefined) return refuse(ErrorCode.AllocationMismatch)
    if (allocation.username !== username) return refuse(ErrorCode.WrongCredentials)
    switch (request.method) {
      case Method.Refresh:
        return this.#refresh(allocation, request)
      case Method.CreatePermission:
        return this.#createPermission(allocation, request)
      case Method.ChannelBind:
        return this.#channelBind(allocation, request)
      case Method.Connect:
        return this.#connect(allocation, request)
      default:
        return refuse(ErrorCode.BadRequest)
    }
  }

  /** Turns the client's connection into a data connection. RFC 6062 §5.4. */
  connectionBind(
    client: TurnClient,
    username: string,
    request: Message,
    respond: (reply: TurnReply) => Uint8Array,
  ): void {
    const key = findAttribute(request, AttributeType.ConnectionId)?.join('.') ?? ''
    const waiting = this.#allocations.waiting.get(key)
    if (waiting === undefined || waiting.relay.username !== username || client.takeStream === undefined) {
      return client.send(respond(refuse(ErrorCode.BadRequest)))
    }
    this.#allocations.waiting.delete(key)
    waiting.cancel()
    client.send(respond(success()))
    waiting.relay.join(waiting.stream, client.takeStream())
  }

  async #allocate(client: TurnClient, username: string, request: Message): Promise<TurnReply> {
    if (this.#allocations.of(client)) return refuse(ErrorCode.AllocationMismatch)
    const terms = decodeAllocateTerms(request, client.transport, this.#terms.maxLifetimeSeconds)
    if (typeof terms === 'number') return refuse(terms)
    if (terms.relay === 'tcp' && !this.#terms.relaysTcp) return refuse(ErrorCode.UnsupportedTransportProtocol)
    const made = await this.#allocations.make(client, username, terms)
    if (typeof made === 'number') return refuse(made)
    const { allocation, token, missing } = made
    const { transactionId } = request
    const address = (type: number, one: TransportAddress) => ({
      type,
      value: encodeXorMappedAddress(one, transactionId),
    })
    const legacy = findAttribute(request, LegacyAttributeType.AdditionalAddressFamily) !== undefined
    const errorType = legacy ? LegacyAttributeType.AddressErrorCode : AttributeType.AddressErrorCode
    const noAddress = ErrorCode.AddressFamilyNotSupported
    return success(
      ...allocation.relayed.map((one) => address(AttributeType.XorRelayedAddress, one)),
      ...missing.map((family) => ({
        type: errorType,
        value: encodeAddressErrorCode(family, noAddress, 'no address'),
      })),
      ...(token ? [{ type: AttributeType.ReservationToken, value: token }] : []),
      { type: AttributeType.Lifetime, value: encodeLifetime(terms.lifetimeSeconds) },
      address(AttributeType.XorMappedAddress, client.source),
    )
  }

  #refresh(allocation: Allocation, request: Message): TurnReply {
    const family = findAttribute(request, AttributeType.RequestedAddressFamily)
    const named = family === undefined ? undefined : decodeAddressFamily(family)
    if (named !== undefined && !allocation.families.includes(named))
      return refuse(ErrorCode.PeerAddressFamilyMismatch)
    const value = findAttribute(request, AttributeType.Lifetime)
    if (value !== undefined && decodeLifetime(value) === 0) {
      this.#allocations.remove(allocation)
      return success({ type: AttributeType.Lifetime, value: encodeLifetime(0) })
    }
    const seconds = lifetimeOf(request, this.#terms.maxLifetimeSeconds)
    allocation.expireIn(seconds, () => this.#allocations.remove(allocation))
    return success({ type: AttributeType.Lifetime, value: encodeLifetime(seconds) })
  }

  /** All or nothing: one peer that is refused refuses the request. RFC 8656 §10.2. */
  #createPermission(allocation: Allocation, request: Message): TurnReply {
    const peers = peersOf(request)
    if (peers.length === 0) return refuse(ErrorCode.BadRequest)
    const refused = peers.map((peer) => this.#refusal(allocation, peer)).find((code) => code !== undefined)
    if (refused !== undefined) return refuse(refused)
    const granted = peers.every(({ ip }) => allocation.permit(ip))
    return granted ? success() : refuse(ErrorCode.InsufficientCapacity)
  }

  #channelBind(allocation: Allocation, request: Message): TurnReply {
    const [peer] = peersOf(request)
    const value = findAttribute(request, AttributeType.ChannelNumber)
    if (peer === undefined || value === undefined) return refuse(ErrorCode.BadRequest)
    const number = decodeChannelNumber(value)
    if (number < CHANNELS.first || number > LAST_LEGACY_CHANNEL) return refuse(ErrorCode.BadRequest)
    const code = this.#refusal(allocation, peer)
    if (code !== undefined) return refuse(code)
    return allocation.bind(number, peer) ? success() : refuse(ErrorCode.BadRequest)
  }

  async #connect(allocation: Allocation, request: Message): Promise<TurnReply> {
    const [peer] = peersOf(request)
    if (peer === undefined || allocation.tcp === undefined) return refuse(ErrorCode.BadRequest)
    const code = this.#refusal(allocation, peer)
    if (code !== undefined) return refuse(code)
    if (!this.#policy.mayReach(peer)) return refuse(ErrorCode.Forbidden)
    const connected = await allocation.tcp.connect(peer)
    if (typeof connected === 'number') return refuse(connected)
    return success({ type: AttributeType.ConnectionId, value: connected })
  }

  /** Why a peer is not relayed to. RFC 8656 §10.2, §12.2. */
  #refusal({ families }: Allocation, { ip }: TransportAddress): number | undefined {
    if (!families.includes(familyOf(ip))) return ErrorCode.PeerAddressFamilyMismatch
    return this.#policy.mayPermit(ip) ? undefined : ErrorCode.Forbidden
  }
}

/** The peers that a request names. Throws `STUN_MALFORMED`. RFC 8656 §18.3. */
function peersOf(request: Message): TransportAddress[] {
  return request.attributes
    .filter(({ type }) => type === AttributeType.XorPeerAddress)
    .map(({ value }) => decodeXorMappedAddress(value, request.transactionId))
}
