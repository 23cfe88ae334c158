import {
  AttributeType,
  checkFingerprint,
  decodeMessage,
  ErrorCode,
  type Message,
  MessageClass,
  Method,
  StunError,
  unknownAttributes,
} from '@p2pd/stun'
import { decodeChannelData, decodeDataIndication, isChannelData, TurnError } from '@p2pd/turn'
import type { Allocations } from './allocations.ts'
import { encodeReply, refuse, refuseUnknown, type TurnReply } from './turn-reply.ts'
import type { TurnAuthenticator } from './turn-authenticator.ts'
import type { TurnClient } from './turn-client.ts'
import type { TurnMethods } from './turn-methods.ts'

/** Types below 0x8000 that a request may have. DONT-FRAGMENT is not among them: 420. RFC 8656 §18, RFC 6062 §6.2. */
const KNOWN: ReadonlySet<number> = new Set([
  AttributeType.Username,
  AttributeType.MessageIntegrity,
  AttributeType.Realm,
  AttributeType.Nonce,
  AttributeType.MessageIntegritySha256,
  AttributeType.PasswordAlgorithm,
  AttributeType.ChannelNumber,
  AttributeType.Lifetime,
  AttributeType.XorPeerAddress,
  AttributeType.Data,
  AttributeType.RequestedAddressFamily,
  AttributeType.EvenPort,
  AttributeType.RequestedTransport,
  AttributeType.ReservationToken,
  AttributeType.ConnectionId,
])

/** Responses to Allocate that are remembered, so that a request that was sent again gets the same one. RFC 8656 §7.2. */
const MAX_REPLAYS = 1000

/** The parts of a TURN server. */
export interface TurnServerParts {
  readonly allocations: Allocations
  readonly authenticator: TurnAuthenticator
  readonly methods: TurnMethods
  now(): number
}

/** Malformed packets are dropped. RFC 8489 §6.3. */
function ignoreMalformed(error: unknown): void {
  if (!(error instanceof StunError || error instanceof TurnError)) throw error
}

/** A TURN server without its sockets: packets of clients come in, packets for them go out by `TurnClient`. RFC 8656. */
export class TurnServer {
  readonly #parts: TurnServerParts
  /** Allocate requests under way or answered, by client; undefined is under way. */
  readonly #allocates = new Map<string, { readonly id: string; response: Uint8Array | undefined }>()

  constructor(parts: TurnServerParts) {
    this.#parts = parts
  }

  /** Takes any packet of a client that is not a Binding request. */
  receive(client: TurnClient, packet: Uint8Array): void {
    try {
      if (isChannelData(packet[0])) return this.#receiveChannelData(client, packet)
      const message = decodeMessage(packet)
      if (checkFingerprint(packet) === false) return
      if (message.class === MessageClass.Indication) this.#receiveIndication(client, message)
      if (message.class === MessageClass.Request) {
        void this.#receiveRequest(client, message, packet).catch(ignoreMalformed)
      }
    } catch (error) {
      ignoreMalformed(error)
    }
  }

  /** The connection of a client has ended, and its allocation with it. RFC 8656 §7.3. */
  disconnected(client: TurnClient): void {
    this.#allocates.delete(client.key)
    this.#parts.allocations.disconnected(client)
  }

  close(): void {
    this.#parts.allocations.close()
  }

  #receiveChannelData(client: TurnClient, packet: Uint8Array): void {
    const { channel, data } = decodeChannelData(packet)
    this.#parts.allocations.of(client)?.sendOn(channel, data)
  }

  #receiveIndication(client: TurnClient, message: Message): void {
    if (message.method !== Method.Send) return
    const datagram = decodeDataIndication(message)
    if (datagram) this.#parts.allocations.of(client)?.send(datagram.data, datagram.peer)
  }

  async #receiveRequest(client: TurnClient, request: Message, bytes: Uint8Array): Promise<void> {
    const checked = this.#parts.authenticator.check(request, bytes, this.#parts.now())
    if (checked.type === 'refused') {
      return client.send(encodeReply(request, refuse(checked.code, ...checked.attributes)))
    }
    const id = request.transactionId.join('.')
    if (request.method === Method.Allocate) {
      const before = this.#allocates.get(client.key)
      if (before?.id === id) return before.response && client.send(before.response)
      this.#remember(client, id)
    }
    const respond = (reply: TurnReply) => checked.sign(encodeReply(request, reply))
    if (request.method === Method.ConnectionBind) {
      return this.#parts.methods.connectionBind(client, checked.username, request, respond)
    }
    const response = respond(await this.#reply(client, checked.username, request))
    if (request.method === Method.Allocate) this.#remember(client, id, response)
    client.send(response)
  }

  async #reply(client: TurnClient, username: string, request: Message): Promise<TurnReply> {
    const unknown = unknownAttributes(request, KNOWN)
    if (unknown.length > 0) return refuseUnknown(unknown)
    try {
      return await this.#parts.methods.reply(client, username, request)
    } catch (error) {
      if (!(error instanceof StunError || error instanceof TurnError)) throw error
      return refuse(ErrorCode.BadRequest)
    }
  }

  #remember(client: TurnClient, id: string, response?: Uint8Array): void {
    this.#allocates.delete(client.key)
    this.#allocates.set(client.key, { id, response })
    if (this.#allocates.size <= MAX_REPLAYS) return
    for (const key of this.#allocates.keys()) {
      this.#allocates.delete(key)
      return
    }
  }
}
