import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { abortable } from '@p2pd/netif'
import type { ProtocolVersion } from '../mqtt/packet.ts'
import { dialBroker, type MqttOptions } from './broker-socket.ts'
import { MqttConnection } from './mqtt-connection.ts'
import { explain } from './mqtt-error.ts'

/** A frame may hold many packets, and the library collects all of it before it gives any. RFC 6455 §10.4. */
const MAX_FRAME = 1_048_576

const ENDED = 'closed by the broker before it answered'

/** To whom, and how. */
export interface OpenOptions extends MqttOptions {
  readonly url: string
  readonly version: ProtocolVersion
}

/**
 * Dials a broker and sends CONNECT; the broker has not answered yet. `onDialled` gets the round trip, in milliseconds. Until the
 * broker has accepted the client, `signal` ends the connection.
 */
export async function openConnection(
  options: OpenOptions,
  signal: AbortSignal,
  onDialled: (roundTripMs: number) => void,
): Promise<MqttConnection> {
  signal.throwIfAborted()
  const url = new URL(options.url)
  const { version } = options
  const credentials = {
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
  }
  try {
    const { socket, localAddress, roundTripMs } = await dialBroker(options.url, options, signal)
    onDialled(roundTripMs)
    const stream = await openStream(url, socket, signal)
    const connection = new MqttConnection({ stream, version, localAddress, ...credentials })
    const aborted = () => connection.abort(signal.reason as Error)
    signal.addEventListener('abort', aborted, { once: true })
    const settled = () => signal.removeEventListener('abort', aborted)
    connection.accepted.then(settled, settled)
    return connection
  } catch (error) {
    throw signal.aborted ? signal.reason : explain(error as Error)
  }
}

/** The stream that MQTT is spoken over, once the handshakes of TLS and WebSocket are over. */
async function openStream(url: URL, socket: Socket, signal: AbortSignal): Promise<Duplex> {
  const ending = () => void socket.destroy()
  signal.addEventListener('abort', ending)
  try {
    if (url.protocol.startsWith('ws')) return await abortable(webSocketStream(url, socket), signal)
    if (url.protocol === 'mqtts:') await opened(socket, 'secureConnect')
    if (signal.aborted) throw signal.reason
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', ending)
  }
}

/** MQTT over WebSocket on a connection that exists. Few brokers are reached so, and the library is loaded for them alone. MQTT 5.0 §6. */
async function webSocketStream({ protocol, host, pathname, search }: URL, socket: Socket): Promise<Duplex> {
  const { createWebSocketStream, WebSocket } = await import('ws')
  // The library would wait for a connection that ended while it was loaded.
  if (socket.destroyed) throw socket.errored ?? new Error(ENDED)
  // User and password go into CONNECT.
  const webSocket = new WebSocket(`${protocol}//${host}${pathname}${search}`, 'mqtt', {
    createConnection: () => socket,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME,
  })
  await opened(webSocket, 'open')
  return createWebSocketStream(webSocket)
}

/** Resolves with the event, or rejects when the connection fails before it. */
function opened(source: EventEmitter, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    source.once(event, () => resolve())
    source.once('error', reject)
    source.once('close', () => reject(new Error(ENDED)))
  })
}
