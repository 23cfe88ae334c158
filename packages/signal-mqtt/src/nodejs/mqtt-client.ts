import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { IClientOptions, MqttClient, StreamBuilder } from 'mqtt'
import { abortable } from '@p2pd/netif'
import type { BrokerConnection } from '../brokers/broker.ts'
import { MAX_ENVELOPE } from '../envelope/envelope.ts'
import { PacketSplitter } from '../brokers/packet-splitter.ts'
import { decodePublishPacket, type ProtocolVersion } from '../brokers/publish-packet.ts'
import { Subscriptions } from '../brokers/subscriptions.ts'
import { base32 } from '../envelope/topic.ts'
import { type BrokerSocket, dialBroker, type MqttOptions } from './broker-socket.ts'
import { MqttConnection } from './mqtt-connection.ts'
import { explain } from './mqtt-error.ts'
import { type Sift, SiftedStream } from './sifted-stream.ts'

/** An envelope, its topic, and properties that the broker may add. */
const MAX_PACKET = MAX_ENVELOPE + 4096
/** A broker that vanished without a FIN is noticed after one and a half times this. MQTT 5.0 §3.1.2.10. */
const KEEP_ALIVE_SECONDS = 30
/** Random bytes of a client id: with `p2pd-` it has the 23 characters that all brokers take. MQTT 3.1.1 §3.1.3.1. */
const CLIENT_ID_BYTES = 11

/** To whom, and how. */
export interface ClientOptions extends MqttOptions {
  readonly url: string
  readonly protocolVersion: ProtocolVersion
}

/**
 * Connects by mqtt.js and one version of MQTT; rejects with `VersionRefused` where that may be why. `onDialled` gets the
 * round trip, in milliseconds. The library is loaded by the first call, because that takes as long as everything else of
 * a short program. The handshakes of TCP and TLS go on meanwhile.
 */
export async function openClient(
  options: ClientOptions,
  signal: AbortSignal,
  onDialled: (roundTripMs: number) => void,
): Promise<BrokerConnection> {
  signal.throwIfAborted()
  const [{ MqttClient }, buildWebSocket, dialled] = await loadAndDial(options, signal)
  const { socket, localAddress, roundTripMs } = dialled
  try {
    onDialled(roundTripMs)
    if (socket.destroyed) throw explain(socket.errored ?? undefined)
    const subscriptions = new Subscriptions()
    const sift = siftPublished(subscriptions, options.protocolVersion)
    const settings = settingsOf(options, dialled)
    const build = buildWebSocket ?? (() => socket)
    const client = new MqttClient((self) => new SiftedStream(build(self, settings) as Duplex, sift), settings)
    const retains = await connected(client, signal)
    return new MqttConnection(client, subscriptions, { retains, localAddress })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The library, how it speaks WebSocket where that is asked for, and a connection. */
async function loadAndDial(options: ClientOptions, signal: AbortSignal) {
  const isWebSocket = new URL(options.url).protocol.startsWith('ws')
  const dialling = dialBroker(options.url, options, signal)
  // It may fail while the library loads, and nobody waits for it yet.
  dialling.catch(() => {})
  try {
    const loading = Promise.all([loadMqtt(), isWebSocket ? webSocketBuilder() : undefined])
    const [mqtt, build] = await abortable(loading, signal)
    return [mqtt, build, await dialling] as const
  } catch (error) {
    dialling.then(
      ({ socket }) => socket.destroy(),
      () => {},
    )
    throw explain(error as Error)
  }
}

async function loadMqtt(): Promise<Pick<typeof import('mqtt'), 'MqttClient'>> {
  return (await import('mqtt')).default
}

async function webSocketBuilder(): Promise<StreamBuilder> {
  return (await import('mqtt/lib/connect/ws')).streamBuilder
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

function settingsOf({ url, protocolVersion }: ClientOptions, { socket }: BrokerSocket): IClientOptions {
  const { protocol, hostname, port, pathname, search, username, password } = new URL(url)
  return {
    // For WebSockets, which are opened by the parts of a URL.
    protocol: protocol === 'wss:' ? 'wss' : 'ws',
    host: hostname,
    ...(port && { port: Number(port) }),
    path: pathname + search,
    wsOptions: { createConnection: () => socket },
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
