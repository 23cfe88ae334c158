import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { type BrokerConnection, type ConnectBroker, type PublishOptions, redactUrl } from '../broker.ts'
import { MAX_ENVELOPE } from '../envelope.ts'
import { PacketGuard } from '../packet-guard.ts'
import { base32 } from '../topic.ts'

/** An envelope, its topic, and properties that the broker may add. */
const MAX_PACKET = MAX_ENVELOPE + 4096
/** A broker that vanished without a FIN is noticed after one and a half times this. MQTT 5.0 §3.1.2.10. */
const KEEP_ALIVE_SECONDS = 30
/** What an orderly goodbye may take, the last acknowledgements included. */
const CLOSE_MS = 500
/** Random bytes of a client id: with `p2pd-` it has the 23 characters that all brokers take. MQTT 3.1.1 §3.1.3.1. */
const CLIENT_ID_BYTES = 11

type ProtocolVersion = 4 | 5

/** How to connect to brokers. */
export interface MqttOptions {
  /** Certificates (PEM) to trust for `mqtts:` and `wss:`. @default the ones Node trusts */
  readonly ca?: string
}

/** What starts an MQTT client. */
type ConnectMqtt = typeof import('mqtt').connect

/**
 * Connects by mqtt.js: MQTT 5 first, 3.1.1 where the broker refuses that, and next time at once what
 * worked. The library is loaded when it is needed: that takes as long as everything else of a short program.
 */
export function mqttConnector(options: MqttOptions = {}): ConnectBroker {
  const versions = new Map<string, ProtocolVersion>()
  return async (url, signal) => {
    const { connect } = (await import('mqtt')).default
    const open = (protocolVersion: ProtocolVersion) =>
      openBy(connect, { url, protocolVersion, ...options }, signal)
    const version = versions.get(url) ?? 5
    try {
      return await open(version)
    } catch (error) {
      if (signal.aborted || !(error instanceof VersionRefused)) throw error
      const other = version === 5 ? 4 : 5
      const connection = await open(other)
      versions.set(url, other)
      return connection
    }
  }
}

/** To whom, and how. */
interface ClientOptions extends MqttOptions {
  readonly url: string
  readonly protocolVersion: ProtocolVersion
}

function openBy(
  connect: ConnectMqtt,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<BrokerConnection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const client = startClient(connect, options)
    let failure: Error | undefined
    const fail = () => {
      settle()
      client.end(true)
      reject(signal.aborted ? (signal.reason as Error) : explain(failure))
    }
    const settle = () => {
      signal.removeEventListener('abort', fail)
      client.removeListener('close', fail)
    }
    signal.addEventListener('abort', fail)
    client.on('close', fail)
    client.on('error', (error) => {
      failure ??= error
    })
    client.once('connect', (connack) => {
      settle()
      resolve(new MqttConnection(client, connack.properties?.retainAvailable !== false))
    })
  })
}

function startClient(connect: ConnectMqtt, { url, protocolVersion, ...options }: ClientOptions): MqttClient {
  const client = connect(redactUrl(url), {
    ...options,
    ...credentialsOf(url),
    protocolVersion,
    clean: true,
    clientId: `p2pd-${base32(randomBytes(CLIENT_ID_BYTES))}`,
    keepalive: KEEP_ALIVE_SECONDS,
    // One client is one connection: when to connect again is decided elsewhere.
    reconnectPeriod: 0,
    resubscribe: false,
    ...(protocolVersion === 5 && { properties: { maximumPacketSize: MAX_PACKET } }),
  })
  // Or the second of two small packets would wait until the broker has acknowledged the first: a round trip, when an
  // offer goes out with the question for a record. RFC 9293 §3.7.4. WebSockets see to it themselves.
  if (client.stream instanceof Socket) client.stream.setNoDelay(true)
  const guard = new PacketGuard(MAX_PACKET)
  client.stream.prependListener('data', (chunk: Uint8Array) => {
    if (!guard.accept(chunk)) client.stream.destroy()
  })
  return client
}

class MqttConnection implements BrokerConnection {
  readonly retains: boolean
  readonly #client: MqttClient
  readonly #subscriptions = new Map<string, Set<(payload: Uint8Array) => void>>()
  /** What to do when the connection ends, for each request under way. */
  readonly #pending = new Set<(error: Error) => void>()
  #onEnd: ((reason: string) => void) | undefined
  #closing: Promise<void> | undefined
  #reason = 'connection lost'

  constructor(client: MqttClient, retains: boolean) {
    this.retains = retains
    this.#client = client
    client.on('message', (topic, payload) => {
      for (const listener of this.#subscriptions.get(topic) ?? []) listener(payload)
    })
    client.on('error', (error) => {
      this.#reason = explain(error).message
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

  async subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<() => void> {
    const listeners = this.#subscriptions.get(topic) ?? new Set()
    this.#subscriptions.set(topic, listeners.add(listener))
    const stop = () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#subscriptions.get(topic) !== listeners) return
      this.#subscriptions.delete(topic)
      // Without a callback: where this fails the connection has ended, and with it the subscription.
      this.#client.unsubscribe(topic)
    }
    try {
      // At most once: a window of unacknowledged messages would let a flood hold up a real one.
      await this.#unlessEnded(this.#client.subscribeAsync(topic, { qos: 0 }))
    } catch (error) {
      stop()
      throw error
    }
    return stop
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

function credentialsOf(text: string): { username?: string; password?: string } {
  const { username, password } = new URL(text)
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  }
}

/** What Node and mqtt.js say, in the words of this package's users. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name not resolved: the name server does not answer',
  ETIMEDOUT: 'no answer',
}

/** Return and reason codes by which a broker turns a protocol version down. MQTT 3.1.1 §3.2.2.3, MQTT 5.0 §3.2.2.2. */
const UNSUPPORTED_VERSION: readonly unknown[] = [0x01, 0x84]

/** A broker that does not know the version offered may also close the connection without a word. */
class VersionRefused extends Error {}

function explain(error: Error | undefined): Error {
  if (!error) return new VersionRefused('closed by the broker before it answered')
  const code = (error as { code?: unknown }).code
  if (UNSUPPORTED_VERSION.includes(code)) return new VersionRefused(error.message, { cause: error })
  const words = typeof code === 'string' ? EXPLANATIONS[code] : undefined
  return new Error(words ?? error.message, { cause: error })
}
