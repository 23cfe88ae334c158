import type { ByteStream, Clock, Network, TcpConnection } from '@p2pd/netif'
import { formatTransportAddress } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import type { Aedes, AedesOptions, Client } from 'aedes'
import { bindPort, named } from './bind-port.ts'
import { ConnectionLimit, type ConnectionLimitOptions } from './connection-limit.ts'
import { parseHost, reachableIps } from './hosts.ts'
import { InfraError } from './infra-error.ts'
import { MqttPacketSize } from './mqtt-packet-size.ts'
import { type OpenTls, type TlsCertificate, tlsOpener } from './nodejs/tls-server.ts'
import { RateLimit, type RateLimitOptions } from './rate-limit.ts'
import { RetainedTopics } from './retained-topics.ts'

/** Signalling messages have a few kilobytes; a broker is not for bulk data. */
const MAX_PACKET_BYTES = 65_536

/** Enough for the nodes of one machine or lab, and below the usual limit of 1024 open files. */
const CONNECTIONS: ConnectionLimitOptions = { total: 500, perSource: 500 }

/** A call takes a few messages, so this serves many nodes behind one address. */
const RATE: RateLimitOptions = { perSecond: 500, burst: 2000 }

/** Each node keeps one record. With the packet limit they take 64 MB in the worst case. */
const MAX_RETAINED = 1000

/** The limits of a broker. */
export interface MqttLimits {
  /** Longest packet. @default 65536 */
  readonly packetBytes?: number
  /** @default 500, of one source too */
  readonly connections?: ConnectionLimitOptions
  /** Messages published by one source. @default 500 a second, 2000 at once */
  readonly rate?: RateLimitOptions
  /** Topics with a retained message. @default 1000 */
  readonly retainedTopics?: number
}

/** Where and how to run a broker. */
export interface MqttBrokerOptions {
  readonly hosts: readonly string[]
  /** 0 lets the system choose one, the same on all hosts. */
  readonly port: number
  readonly limits?: MqttLimits
  /** Serves TLS beside plain TCP on the same port, for `mqtts:` clients. @default plain TCP alone */
  readonly tls?: TlsCertificate
  /** @default the machine's own */
  readonly network?: Pick<Network, 'listenTcp' | 'interfaces'>
  /** @default the machine's own */
  readonly clock?: Clock
}

/** A client that sends nothing looks like one that is dead. */
const FIRST_BYTE_MS = 10_000

/** A running MQTT broker. */
export interface MqttBroker {
  readonly port: number
  /** `mqtt://` and each host. */
  readonly urls: readonly string[]
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

/** The prefix of the broker's own topics: clients may not publish there. */
const SYSTEM_TOPICS = '$SYS/'

/** Subscriptions a connection may ask for; a node needs two. */
const MAX_SUBSCRIPTIONS = 1000

/** An MQTT 3.1.1 broker with limits on connections, packets, rates, retained topics and subscriptions. */
class BoundedBroker {
  readonly #clock: Clock
  readonly #packetBytes: number
  readonly #connections: ConnectionLimit
  readonly #rate: RateLimit
  readonly #retained: RetainedTopics
  readonly #ips = new WeakMap<object, string>()
  readonly #subscriptions = new WeakMap<Client, number>()
  readonly #aedes: Aedes
  readonly #openTls: OpenTls | undefined

  constructor({ limits, clock, openTls }: BrokerParts, createAedes: (options: AedesOptions) => Aedes) {
    this.#clock = clock
    this.#openTls = openTls
    this.#packetBytes = limits.packetBytes ?? MAX_PACKET_BYTES
    this.#connections = new ConnectionLimit(limits.connections ?? CONNECTIONS)
    this.#rate = new RateLimit(limits.rate ?? RATE)
    this.#retained = new RetainedTopics(limits.retainedTopics ?? MAX_RETAINED)
    this.#aedes = createAedes({
      preConnect(_client, packet, callback) {
        // Messages for absent clients would pile up without bound: a session ends with its connection.
        packet.clean = true
        callback(null, true)
      },
      authorizePublish: (client, packet, callback) => callback(this.#refusal(client, packet)),
      authorizeSubscribe: (client, subscription, callback) =>
        callback(null, this.#countSubscription(client) ? subscription : null),
    })
  }

  /** Loads the broker's library, which takes as long as everything else of the command, and starts a broker. */
  static async start(parts: BrokerParts): Promise<BoundedBroker> {
    const { Aedes } = await import('aedes')
    const broker = new BoundedBroker(parts, (options) => new Aedes(options))
    await broker.#aedes.listen()
    return broker
  }

  accept({ stream, remote }: TcpConnection): void {
    stream.on('error', () => {}) // `close` follows
    if (!this.#connections.add(remote.ip, stream)) return
    if (this.#openTls === undefined) return this.#serve(stream, remote.ip)
    const cancel = this.#clock.at(this.#clock.now() + FIRST_BYTE_MS, () => stream.destroy())
    stream.once('close', cancel)
    this.#openTls(stream, (opened) => {
      cancel()
      this.#serve(opened, remote.ip)
    })
  }

  #serve(stream: ByteStream, ip: string): void {
    this.#ips.set(stream, ip)
    this.#aedes.handle(stream)
    // After `handle`, which reads by the `readable` event: a listener before it would start the flow.
    const size = new MqttPacketSize(this.#packetBytes)
    stream.on('data', (chunk: Uint8Array) => {
      if (!size.accept(chunk)) stream.destroy()
    })
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#aedes.close(resolve))
    this.#connections.destroyAll()
    await closed
  }

  /** The reason to refuse a message and disconnect its sender, or null. */
  #refusal(client: Client | null, { topic, retain, payload }: Publish): Error | null {
    if (client === null) return null // the broker itself
    if (topic.startsWith(SYSTEM_TOPICS)) return new Error(`${SYSTEM_TOPICS} is the broker's own`)
    const ip = this.#ips.get(client.conn) ?? ''
    if (!this.#rate.allow(ip, this.#clock.now())) return new Error('too many messages')
    if (retain && !this.#retained.accept(topic, payload.length))
      return new Error('too many retained messages')
    return null
  }

  #countSubscription(client: Client): boolean {
    const count = (this.#subscriptions.get(client) ?? 0) + 1
    this.#subscriptions.set(client, count)
    return count <= MAX_SUBSCRIPTIONS
  }
}

/** The parts of a broker. */
interface BrokerParts {
  readonly limits: MqttLimits
  readonly clock: Clock
  readonly openTls: OpenTls | undefined
}

/** The fields of a PUBLISH that decide. MQTT 3.1.1 §3.3. */
interface Publish {
  readonly topic: string
  readonly retain: boolean
  readonly payload: string | Uint8Array
}

/**
 * Starts an MQTT 3.1.1 broker over TCP, with TLS for those who have a certificate, for one machine or a test.
 *
 * Rejects with `INFRA_INVALID_ARGUMENT` for bad hosts or a bad certificate. When it cannot listen, the code is `INFRA_ADDRESS_IN_USE`,
 * `INFRA_ADDRESS_NOT_AVAILABLE`, `INFRA_PERMISSION` or `INFRA_LISTEN`.
 */
export async function startMqttBroker(options: MqttBrokerOptions): Promise<MqttBroker> {
  const { network = systemNetwork, clock = systemClock, limits = {}, tls } = options
  const hosts = options.hosts.map(parseHost)
  if (hosts.length === 0) throw new InfraError('INFRA_INVALID_ARGUMENT', 'MQTT hosts: none; give an address')
  const broker = await BoundedBroker.start({ limits, clock, openTls: tls && tlsOpener(tls) })
  try {
    const listeners = await bindPort(hosts, options.port, (local) =>
      named('MQTT', local, network.listenTcp({ local })),
    )
    for (const listener of listeners) listener.onConnection((connection) => broker.accept(connection))
    const port = listeners[0]?.local.port ?? 0
    const ips = (await Promise.all(hosts.map((ip) => reachableIps(network, ip)))).flat()
    return {
      port,
      urls: ips.map((ip) => `mqtt://${formatTransportAddress({ ip, port })}`),
      async close() {
        await Promise.all(listeners.map((listener) => listener.close()))
        await broker.close()
      },
    }
  } catch (error) {
    await broker.close()
    throw error
  }
}
