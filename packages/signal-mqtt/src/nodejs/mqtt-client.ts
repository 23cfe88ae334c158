import { randomBytes } from 'node:crypto'
import { connect as connectTcp, isIP, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { IClientOptions, MqttClient, StreamBuilder } from 'mqtt'
import { abortable } from '@p2pd/netif'
import type { BrokerConnection } from '../brokers/broker.ts'
import { MAX_ENVELOPE } from '../envelope/envelope.ts'
import { PacketSplitter } from '../brokers/packet-splitter.ts'
import { decodePublishPacket, type ProtocolVersion } from '../brokers/publish-packet.ts'
import { Subscriptions } from '../brokers/subscriptions.ts'
import { base32 } from '../envelope/topic.ts'
import { MqttConnection } from './mqtt-connection.ts'
import { explain } from './mqtt-error.ts'
import { type Sift, SiftedStream } from './sifted-stream.ts'

/** An envelope, its topic, and properties that the broker may add. */
const MAX_PACKET = MAX_ENVELOPE + 4096
/** Registered by IANA. */
const MQTT_PORT = 1883
/** Registered by IANA as `secure-mqtt`. */
const MQTTS_PORT = 8883
/** A broker that vanished without a FIN is noticed after one and a half times this. MQTT 5.0 §3.1.2.10. */
const KEEP_ALIVE_SECONDS = 30
/** Random bytes of a client id: with `p2pd-` it has the 23 characters that all brokers take. MQTT 3.1.1 §3.1.3.1. */
const CLIENT_ID_BYTES = 11

/** How to connect to brokers. */
export interface MqttOptions {
  /** Certificates (PEM) to trust for `mqtts:` and `wss:`. @default the ones Node trusts */
  readonly ca?: string
}

/** To whom, and how. */
export interface ClientOptions extends MqttOptions {
  readonly url: string
  readonly protocolVersion: ProtocolVersion
}

/**
 * Connects by mqtt.js and one version of MQTT; rejects with `VersionRefused` where that may be why. The library is
 * loaded by the first call, because that takes as long as everything else of a short program. The handshakes of TCP
 * and TLS go on meanwhile.
 */
export async function openClient(options: ClientOptions, signal: AbortSignal): Promise<BrokerConnection> {
  signal.throwIfAborted()
  const socket = dialSocket(options)
  socket?.on('error', () => {}) // `errored` keeps it, and nobody else listens yet.
  try {
    const [{ MqttClient }, build] = await abortable(
      Promise.all([loadMqtt(), socket === undefined ? webSocketBuilder() : () => socket]),
      signal,
    )
    if (socket?.destroyed) throw explain(socket.errored ?? undefined)
    const subscriptions = new Subscriptions()
    const sift = siftPublished(subscriptions, options.protocolVersion)
    const settings = settingsOf(options)
    const client = new MqttClient((self) => siftedStream(build(self, settings) as Duplex, sift), settings)
    const retains = await connected(client, signal)
    return new MqttConnection(client, subscriptions, { retains, localAddress: localAddressOf(socket) })
  } catch (error) {
    socket?.destroy()
    throw error
  }
}

async function loadMqtt(): Promise<Pick<typeof import('mqtt'), 'MqttClient'>> {
  return (await import('mqtt')).default
}

async function webSocketBuilder(): Promise<StreamBuilder> {
  return (await import('mqtt/lib/connect/ws')).streamBuilder
}

/** Without the zone of a link-local address. A WebSocket does not tell. */
function localAddressOf(socket: Socket | undefined): string | undefined {
  return socket?.localAddress?.replace(/%.*$/, '')
}

/** Resolves when the broker has accepted the client: with whether it retains messages. */
function connected(client: MqttClient, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
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
      resolve(connack.properties?.retainAvailable !== false)
    })
  })
}

/** Dials the broker; undefined for WebSockets, which mqtt.js opens. */
function dialSocket({ url, ca }: ClientOptions): Socket | undefined {
  const { protocol, hostname, port } = new URL(url)
  // Brackets of an IPv6 address belong to URLs only. RFC 3986 §3.2.2.
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'mqtt:') return connectTcp({ host, port: Number(port || MQTT_PORT) })
  if (protocol !== 'mqtts:') return undefined
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ host, port: Number(port || MQTTS_PORT), ...servername, ...(ca && { ca }) })
}

function siftedStream(stream: Duplex, sift: Sift): Duplex {
  // Or the second of two small packets would wait until the broker has acknowledged the first: a round trip, when an
  // offer goes out with the question for a record. RFC 9293 §3.7.4. WebSockets see to it themselves.
  if (stream instanceof Socket) stream.setNoDelay(true)
  return new SiftedStream(stream, sift)
}

/**
 * Delivers messages of QoS 0 before mqtt.js sees them, and leaves it the rest. A flood is made of them, and mqtt.js takes
 * longer to parse one than this node to see that it is junk.
 */
function siftPublished(subscriptions: Subscriptions, version: ProtocolVersion): Sift {
  const splitter = new PacketSplitter(MAX_PACKET)
  return (chunk) =>
    splitter.push(chunk)?.filter((packet) => {
      const published = decodePublishPacket(packet, version)
      return !published || !subscriptions.deliver(published)
    })
}

function settingsOf({ url, protocolVersion, ca }: ClientOptions): IClientOptions {
  const { protocol, hostname, port, pathname, search, username, password } = new URL(url)
  return {
    // For WebSockets, which are opened by the parts of a URL.
    protocol: protocol === 'wss:' ? 'wss' : 'ws',
    host: hostname,
    ...(port && { port: Number(port) }),
    path: pathname + search,
    ...(ca && { ca }),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    protocolVersion,
    clean: true,
    clientId: `p2pd-${base32(randomBytes(CLIENT_ID_BYTES))}`,
    keepalive: KEEP_ALIVE_SECONDS,
    // One client is one connection: when to connect again is decided elsewhere.
    reconnectPeriod: 0,
    resubscribe: false,
    ...(protocolVersion === 5 && { properties: { maximumPacketSize: MAX_PACKET } }),
  }
}
