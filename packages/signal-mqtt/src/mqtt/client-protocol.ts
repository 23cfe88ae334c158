import { type Connack, decodeConnack } from './connect-packet.ts'
import { VersionRefused } from './mqtt-fault.ts'
import { encodePacket, PacketType, type ProtocolVersion } from './packet.ts'
import { PacketSplitter } from './packet-splitter.ts'
import {
  decodePuback,
  decodePublishPacket,
  encodePuback,
  encodePublish,
  type PublishPacket,
  type PublishTerms,
} from './publish-packet.ts'
import { FIRST_FAILURE, PACKET_TOO_LARGE, reasonOf, UNSUPPORTED_VERSION } from './reason-code.ts'
import { type Acknowledgement, decodeSuback, encodeSubscribe, encodeUnsubscribe } from './subscribe-packet.ts'

/** MQTT 5.0 §2.2.1. */
const MAX_PACKET_ID = 0xffff
/** Messages that may wait for an acknowledgement at once, where the broker has named no limit. */
const MAX_IN_FLIGHT = 1000
/** The same before the broker has named one: it may be no more than this. MQTT 5.0 §3.2.2.3.3. */
const EARLY_IN_FLIGHT = 1

/** The parts of a client's side. */
export interface ClientProtocolOptions {
  readonly version: ProtocolVersion
  /** A larger packet ends the connection when its length has come. */
  readonly maxPacketBytes: number
  readonly write: (packet: Uint8Array) => void
  readonly deliver: (message: PublishPacket) => void
}

/** A request that waits for its acknowledgement. */
interface Request {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A request under the identifier of its packet. */
interface Pending extends Request {
  readonly kind: 'message' | 'subscription'
}

/** A message that waits until the broker takes one more. */
interface Unsent extends Request {
  readonly message: Omit<PublishTerms, 'packetId'>
}

/**
 * The client's side of one MQTT connection: which request waits for which packet. It owns no socket and no timer. Requests may
 * come before the broker has accepted the client: MQTT lets them travel along with CONNECT. MQTT 5.0 §3.1.4, MQTT 3.1.1 §3.1.4.
 */
export class ClientProtocol {
  /** Resolves when the broker has accepted the client. */
  readonly accepted: Promise<Connack>
  readonly #options: ClientProtocolOptions
  readonly #splitter: PacketSplitter
  readonly #requests = new Map<number, Pending>()
  readonly #pings: Request[] = []
  readonly #unsent: Unsent[] = []
  /** Messages without an acknowledgement. */
  #inFlight = 0
  #settle: { readonly accept: (connack: Connack) => void; readonly refuse: (error: Error) => void }
  #lastId = 0
  #connack: Connack | undefined
  #fault: Error | undefined

  constructor(options: ClientProtocolOptions) {
    this.#options = options
    this.#splitter = new PacketSplitter(options.maxPacketBytes)
    this.#settle = { accept: () => {}, refuse: () => {} }
    this.accepted = new Promise((accept, refuse) => {
      this.#settle = { accept, refuse }
    })
    // Some callers learn of the refusal by their requests alone.
    this.accepted.catch(() => {})
  }

  /** The answer to CONNECT, once it has come. */
  get connack(): Connack | undefined {
    return this.#connack
  }

  /** Whether a message still waits for its acknowledgement. */
  get isBusy(): boolean {
    return this.#requests.size + this.#unsent.length > 0
  }

  /** Waits for its turn where the broker takes no further message at the moment. */
  publish(message: Omit<PublishTerms, 'packetId'>): Promise<void> {
    return this.#promise((request) => {
      this.#unsent.push({ message, ...request })
      this.#sendMessages()
    })
  }

  subscribe(topic: string): Promise<void> {
    return this.#promise((request) => {
      const packetId = this.#nextId()
      this.#requests.set(packetId, { ...request, kind: 'subscription' })
      this.#options.write(encodeSubscribe(packetId, topic, this.#options.version))
    })
  }

  /** Sends a further SUBSCRIBE, whose outcome is that of the first one. */
  repeatSubscribe(topic: string): void {
    if (this.#fault === undefined)
      this.#options.write(encodeSubscribe(this.#nextId(), topic, this.#options.version))
  }

  /** Without a confirmation: where this fails the connection has ended, and with it the subscription. */
  unsubscribe(topic: string): void {
    if (this.#fault === undefined)
      this.#options.write(encodeUnsubscribe(this.#nextId(), topic, this.#options.version))
  }

  ping(): Promise<void> {
    return this.#promise((request) => {
      this.#pings.push(request)
      this.#options.write(encodePacket(PacketType.Pingreq, 0))
    })
  }

  /** Takes bytes of the broker. Returns why the connection has to end, if it has to. */
  receive(chunk: Uint8Array): Error | undefined {
    const packets = this.#splitter.push(chunk)
    for (const packet of packets ?? []) {
      const fault = this.#connack === undefined ? this.#receiveFirst(packet) : this.#receiveNext(packet)
      if (fault !== undefined) return fault
    }
    return packets === undefined ? new Error('it sent a packet that is too large, or not MQTT') : undefined
  }

  /** Rejects all that waits, and all that comes later. */
  end(fault: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    this.#settle.refuse(fault)
    for (const { reject } of [...this.#requests.values(), ...this.#pings, ...this.#unsent]) reject(fault)
    this.#requests.clear()
    this.#pings.length = 0
    this.#unsent.length = 0
  }

  #receiveFirst(packet: Uint8Array): Error | undefined {
    const connack = typeOf(packet) === PacketType.Connack ? decodeConnack(packet) : undefined
    if (connack === undefined) return new Error('it does not speak MQTT')
    const { code } = connack
    if (code !== 0) {
      const Refusal = UNSUPPORTED_VERSION.includes(code) ? VersionRefused : Error
      return new Refusal(`Connection refused: ${reasonOf(code)}`)
    }
    this.#connack = connack
    this.#settle.accept(connack)
    this.#sendMessages()
    return undefined
  }

  #receiveNext(packet: Uint8Array): Error | undefined {
    const { version, deliver, write } = this.#options
    switch (typeOf(packet)) {
      case PacketType.Publish: {
        const message = decodePublishPacket(packet, version)
        if (message === undefined) return new Error('it sent a malformed message')
        // Subscriptions are at most once; a broker that asks for an acknowledgement all the same gets one.
        if (message.packetId !== undefined) write(encodePuback(message.packetId))
        deliver(message)
        return undefined
      }
      case PacketType.Puback:
        return this.#acknowledgeMessage(decodePuback(packet))
      case PacketType.Suback:
        return this.#acknowledge(decodeSuback(packet, version), 'subscription')
      case PacketType.Pingresp:
        this.#pings.shift()?.resolve()
        return undefined
      case PacketType.Disconnect:
        return new Error(`ended by the broker: ${reasonOf(packet[2] ?? 0)}`)
      default:
        return undefined
    }
  }

  #acknowledgeMessage(puback: Acknowledgement | undefined): Error | undefined {
    if (puback !== undefined && this.#requests.get(puback.packetId)?.kind === 'message') this.#inFlight--
    const fault = this.#acknowledge(puback, 'message')
    if (fault === undefined) this.#sendMessages()
    return fault
  }

  #acknowledge(acknowledgement: Acknowledgement | undefined, kind: Pending['kind']): Error | undefined {
    if (acknowledgement === undefined) return new Error('it sent a malformed acknowledgement')
    const { packetId, code } = acknowledgement
    if (code === PACKET_TOO_LARGE) return new Error(SHORT_MESSAGES)
    const request = this.#requests.get(packetId)
    // One of the wrong kind says nothing about the request.
    if (request?.kind !== kind) return undefined
    this.#requests.delete(packetId)
    if (code < FIRST_FAILURE) request.resolve()
    else request.reject(new Error(`refused: ${reasonOf(code)}`))
    return undefined
  }

  /** Begins a request unless all is over. */
  #promise(begin: (request: Request) => void): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    return new Promise((resolve, reject) => begin({ resolve, reject }))
  }

  /** A broker ends the connection of a client that sends more than it takes at once. MQTT 5.0 §3.3.4. */
  #sendMessages(): void {
    const limit = this.#connack === undefined ? EARLY_IN_FLIGHT : this.#connack.receiveMaximum
    while (this.#inFlight < Math.min(limit ?? MAX_IN_FLIGHT, MAX_IN_FLIGHT)) {
      const next = this.#unsent.shift()
      if (next === undefined) return
      const packetId = this.#nextId()
      const packet = encodePublish({ ...next.message, packetId }, this.#options.version)
      // A broker ends the connection of a client that sends a larger one. MQTT 5.0 §3.2.2.3.6.
      const { maxPacketBytes = packet.length } = this.#connack ?? {}
      if (packet.length > maxPacketBytes) {
        next.reject(
          new Error(`it takes packets of ${maxPacketBytes} bytes, and this one has ${packet.length}`),
        )
        continue
      }
      this.#requests.set(packetId, { ...next, kind: 'message' })
      this.#inFlight++
      this.#options.write(packet)
    }
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % MAX_PACKET_ID) + 1
    while (this.#requests.has(this.#lastId))
    return this.#lastId
  }
}

const SHORT_MESSAGES = `it refuses a message (${reasonOf(PACKET_TOO_LARGE)}): its limit for the size of messages may be too low`

function typeOf(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4
}
