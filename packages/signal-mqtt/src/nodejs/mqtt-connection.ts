import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { BrokerConnection, PublishOptions, SubscribeOptions } from '../brokers/broker.ts'
import { MAX_ENVELOPE } from '../envelope/envelope.ts'
import { base32 } from '../envelope/topic.ts'
import { ClientProtocol } from '../mqtt/client-protocol.ts'
import { encodeConnect } from '../mqtt/connect-packet.ts'
import { encodePacket, PacketType, type ProtocolVersion } from '../mqtt/packet.ts'
import { Subscriptions } from '../mqtt/subscriptions.ts'
import { explain, explainUnanswered } from './mqtt-error.ts'

/** An envelope, its topic, and properties that the broker may add. */
const MAX_PACKET = MAX_ENVELOPE + 4096
/** A broker that vanished without a FIN is noticed after one and a half times this. MQTT 5.0 §3.1.2.10. */
const KEEP_ALIVE_SECONDS = 30
/** Random bytes of a client id: with `p2pd-` it has the 23 characters that all brokers take. MQTT 3.1.1 §3.1.3.1. */
const CLIENT_ID_BYTES = 11
/** How long an orderly close may take, the last acknowledgements included. */
const CLOSE_MS = 500
/** How often a close looks whether the last acknowledgements have come. */
const CLOSE_POLL_MS = 10

/**
 * How often a topic is subscribed to whose retained message somebody awaits. The broker sends it each time, so
 * that three of even the smallest size, 0.6 KiB with its topic, fill a segment of 1,460 bytes. MQTT 5.0 §3.8.4.
 */
const COPIES = 3

/** The parts of a connection. */
export interface MqttConnectionOptions {
  /** The bytes of MQTT; a handshake of TCP, TLS or WebSocket may still go on. */
  readonly stream: Duplex
  readonly version: ProtocolVersion
  readonly localAddress: string | undefined
  readonly username?: string
  readonly password?: string
}

/** One connection to a broker, from CONNECT on. */
export class MqttConnection implements BrokerConnection {
  readonly localAddress: string | undefined
  /** Resolves when the broker has accepted the client. Requests may come before: they travel along with CONNECT. */
  readonly accepted: Promise<void>
  readonly #stream: Duplex
  readonly #protocol: ClientProtocol
  readonly #subscriptions = new Subscriptions()
  #onEnd: ((reason: string) => void) | undefined
  #closing: Promise<void> | undefined
  #reason: Error | undefined
  #hasSentMore = false
  #isCorked = false
  #keepAlive: NodeJS.Timeout | undefined
  /** Whether anything has come since the last ping. */
  #isHeard = true

  constructor({ stream, version, localAddress, ...credentials }: MqttConnectionOptions) {
    this.localAddress = localAddress
    this.#stream = stream
    this.#protocol = new ClientProtocol({
      version,
      maxPacketBytes: MAX_PACKET,
      write: (packet) => this.#write(packet),
      deliver: (message) => void this.#subscriptions.deliver(message),
    })
    this.accepted = this.#protocol.accepted.then(({ keepAliveSeconds }) =>
      // A broker that wants rarer pings, or none, gets ours: they notice when it has vanished. MQTT 5.0 §3.1.2.10.
      this.#ping(Math.min(keepAliveSeconds || KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS)),
    )
    // Some callers learn of the refusal by their requests alone.
    this.accepted.catch(() => {})
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    // `errored` keeps the error.
    stream.on('error', () => {})
    stream.on('end', () => stream.destroy())
    stream.on('close', () => this.#ended())
    const clientId = `p2pd-${base32(randomBytes(CLIENT_ID_BYTES))}`
    const terms = { version, clientId, keepAliveSeconds: KEEP_ALIVE_SECONDS, maxPacketBytes: MAX_PACKET }
    this.#write(encodeConnect({ ...terms, ...credentials }))
    this.#hasSentMore = false
    if (stream.closed) this.#ended()
  }

  /** True until the broker has said otherwise. */
  get retains(): boolean {
    return this.#protocol.connack?.retains ?? true
  }

  async publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { retain = false, expiresInMs } = options
    const expirySeconds = expiresInMs === undefined ? undefined : Math.ceil(expiresInMs / 1000)
    await this.#protocol.publish({ topic, payload, retain, expirySeconds })
  }

  /**
   * A broker with Nagle's algorithm (Mosquitto, unless configured otherwise) sends SUBACK and holds a retained message until
   * that is acknowledged, a round trip later. It sends a full segment at once, so the topic is subscribed to several times. RFC 9293 §3.7.4.
   */
  async subscribe(
    topic: string,
    listener: (payload: Uint8Array) => void,
    { awaitsRetained = false }: SubscribeOptions = {},
  ): Promise<() => void> {
    const stop = () => {
      if (this.#subscriptions.remove(topic, listener)) this.#protocol.unsubscribe(topic)
    }
    this.#subscriptions.add(topic, listener)
    try {
      // At most once: a window of unacknowledged messages would let a flood hold up a real one.
      const confirmed = this.#protocol.subscribe(topic)
      // Packets of their own: some brokers drop a topic that one packet names twice. Only the first one's outcome counts.
      for (let copy = 1; awaitsRetained && copy < COPIES; copy++) this.#protocol.repeatSubscribe(topic)
      await confirmed
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  ping(): Promise<void> {
    return this.#protocol.ping()
  }

  onEnd(listener: (reason: string) => void): void {
    this.#onEnd = listener
    // It may have ended before anybody asked.
    if (this.#stream.closed && this.#closing === undefined)
      queueMicrotask(() => listener(this.#fault().message))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends it at once; what waits fails with this. */
  abort(reason: Error): void {
    this.#reason ??= reason
    this.#stream.destroy()
  }

  /** Waits for what is still to be acknowledged, unless nothing can come any more. */
  async #close(): Promise<void> {
    const stream = this.#stream
    const closed = new Promise<void>((resolve) => void stream.once('close', resolve))
    if (stream.closed) return
    const force = setTimeout(() => stream.destroy(), CLOSE_MS)
    const finish = () => {
      if (stream.destroyed) return
      if (this.#protocol.connack === undefined) stream.destroy()
      else if (this.#protocol.isBusy) setTimeout(finish, CLOSE_POLL_MS)
      else {
        this.#write(encodePacket(PacketType.Disconnect, 0))
        stream.end()
      }
    }
    finish()
    await closed
    clearTimeout(force)
  }

  #receive(chunk: Uint8Array): void {
    this.#isHeard = true
    const stream = this.#stream
    const held = stream.writableLength
    const fault = this.#protocol.receive(chunk)
    if (fault !== undefined) this.abort(fault)
    // A broker that asks for acknowledgements and reads none would fill the memory with them.
    else if (stream.writableLength > held && stream.writableNeedDrain) {
      stream.pause()
      stream.once('drain', () => stream.resume())
    }
  }

  /** Packets of one moment go together, or each would be a segment of TCP. */
  #write(packet: Uint8Array): void {
    if (this.#stream.destroyed) return
    this.#hasSentMore = true
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#stream.cork()
      setImmediate(() => {
        this.#isCorked = false
        this.#stream.uncork()
      })
    }
    this.#stream.write(packet)
  }

  /** A ping is due after the interval, whatever else was sent. The answer, or anything else, has half of it to come. */
  #ping(intervalSeconds: number): void {
    let halves = 0
    this.#keepAlive = setInterval(
      () => {
        halves++
        if (halves % 2 === 0) {
          this.#isHeard = false
          this.#protocol.ping().catch(() => {}) // Where it fails the connection has ended.
        } else if (!this.#isHeard) this.abort(new Error('Keepalive timeout'))
      },
      (intervalSeconds * 1000) / 2,
    )
  }

  #fault(): Error {
    this.#reason ??= this.#explain(this.#stream.errored ?? undefined)
    return this.#reason
  }

  #explain(error: Error | undefined): Error {
    if (this.#protocol.connack === undefined) return explainUnanswered(error, this.#hasSentMore)
    return error === undefined ? new Error('connection lost') : explain(error)
  }

  #ended(): void {
    clearInterval(this.#keepAlive)
    this.#protocol.end(this.#fault())
    if (this.#closing === undefined) this.#onEnd?.(this.#fault().message)
  }
}
