import type { MqttClient, Packet } from 'mqtt'
import type { BrokerConnection, PublishOptions, SubscribeOptions } from '../brokers/broker.ts'
import type { Subscriptions } from '../brokers/subscriptions.ts'
import { explain } from './mqtt-error.ts'

/** How long an orderly close may take, the last acknowledgements included. */
const CLOSE_MS = 500

/**
 * How often a topic is subscribed to whose retained message somebody awaits. The broker sends it each time, so
 * that three of even the smallest size, 0.6 KiB with its topic, fill a segment of 1,460 bytes. MQTT 5.0 §3.8.4.
 */
const COPIES = 3

/** An MQTT client that is connected. */
export class MqttConnection implements BrokerConnection {
  readonly retains: boolean
  readonly localAddress: string | undefined
  readonly #client: MqttClient
  readonly #subscriptions: Subscriptions
  /** Rejects a request under way when the connection ends. */
  readonly #pending = new Set<(error: Error) => void>()
  #onEnd: ((reason: string) => void) | undefined
  #closing: Promise<void> | undefined
  #reason = 'connection lost'

  constructor(
    client: MqttClient,
    subscriptions: Subscriptions,
    { retains, localAddress }: Pick<BrokerConnection, 'retains' | 'localAddress'>,
  ) {
    this.retains = retains
    this.localAddress = localAddress
    this.#client = client
    this.#subscriptions = subscriptions
    client.on('message', (topic, payload) => subscriptions.deliver({ topic, payload }))
    client.on('error', (error) => {
      this.#reason = explain(error).message
      // mqtt.js skips a packet that it cannot read, and goes on. The request that it answered would get no other answer.
      client.stream.destroy()
    })
    client.on('disconnect', (packet) => {
      this.#reason = `ended by the broker, reason code ${packet.reasonCode ?? 0}`
    })
    client.on('close', () => this.#ended())
  }

  async publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { retain = false, expiresInMs } = options
    const expiry = expiresInMs === undefined ? undefined : Math.ceil(expiresInMs / 1000)
    await this.#unlessEnded(
      this.#client.publishAsync(topic, Buffer.from(payload), {
        // At least once: the broker's acknowledgement is what tells that it took the message.
        qos: 1,
        retain,
        ...(expiry !== undefined && { properties: { messageExpiryInterval: expiry } }),
      }),
    )
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
      // Without a callback: where this fails the connection has ended, and with it the subscription.
      if (this.#subscriptions.remove(topic, listener)) this.#client.unsubscribe(topic)
    }
    this.#subscriptions.add(topic, listener)
    try {
      // At most once: a window of unacknowledged messages would let a flood hold up a real one.
      const confirmed = this.#client.subscribeAsync(topic, { qos: 0 })
      // Packets of their own: some brokers drop a topic that one packet names twice. Only the first one's outcome counts.
      for (let copy = 1; awaitsRetained && copy < COPIES; copy++) this.#client.subscribe(topic, { qos: 0 })
      await this.#unlessEnded(confirmed)
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  ping(): Promise<void> {
    const client = this.#client
    const answered = new Promise<void>((resolve) => {
      const look = ({ cmd }: Packet) => {
        if (cmd !== 'pingresp') return
        client.removeListener('packetreceive', look)
        resolve()
      }
      client.on('packetreceive', look)
    })
    client.sendPing()
    return this.#unlessEnded(answered)
  }

  onEnd(listener: (reason: string) => void): void {
    this.#onEnd = listener
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #close(): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(force)
        this.#client.stream.destroy()
        resolve()
      }
      const force = setTimeout(finish, CLOSE_MS)
      // Waits for what is still to be acknowledged, unless nothing can come any more.
      this.#client.end(!this.#client.connected, finish)
    })
  }

  #ended(): void {
    for (const reject of this.#pending) reject(new Error(this.#reason))
    if (!this.#closing) this.#onEnd?.(this.#reason)
  }

  #unlessEnded<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      const settled = () => this.#pending.delete(reject)
      work.finally(settled).then(resolve, (error: Error) => reject(explain(error)))
    })
  }
}
