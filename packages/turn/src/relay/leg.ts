import {
  type ByteStream,
  familyOf,
  type TcpConnection,
  type TcpDialer,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { sameSource } from '@p2pd/stun'
import { TurnError } from '../turn-error.ts'
import { isChannelData } from '../wire/channel-data.ts'
import { TurnFramer } from '../wire/turn-framer.ts'
import type { TurnPorts } from './turn-ports.ts'

/** A way to a server: its address, and how to get there. */
export interface Target {
  readonly server: TransportAddress
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** The name that the certificate must carry. */
  readonly serverName: string
  readonly interfaceName: string | undefined
}

/** The transport to a server, in whole packets. */
export interface Leg {
  readonly server: TransportAddress
  /** Whether it is a stream. */
  readonly reliable: boolean
  send(packet: Uint8Array): void
  /** Called once. `closed` is called when the server ends the transport. */
  listen(receive: (packet: Uint8Array) => void, closed: (cause?: Error) => void): void
  /** `flush` lets what was sent go out first. */
  close(flush: boolean): void
}

/** Datagrams that wait when the server does not read; more are lost, as in any full queue. */
const MAX_QUEUED_BYTES = 256 * 1024

/** Opens the transport to a server. Throws `TURN_UNREACHABLE`. RFC 8656 §3.1. */
export async function openLeg(ports: TurnPorts, target: Target, signal: AbortSignal): Promise<Leg> {
  if (target.transport === 'udp') return new UdpLeg(await bindFor(ports, target), target.server)
  const { stream } = await dialServer(ports, target, signal)
  return new StreamLeg(stream, target.server)
}

async function bindFor(ports: TurnPorts, { server, interfaceName }: Target): Promise<UdpSocket> {
  const local = { ip: familyOf(server.ip) === 'IPv6' ? '::' : '0.0.0.0', port: 0 }
  return ports.network.bindUdp({ local, ...(interfaceName !== undefined && { interfaceName }) })
}

/** Connects to a server by TCP or TLS, for a leg or for a data connection. RFC 6062 §4.3. */
export function dialServer(ports: TurnPorts, target: Target, signal: AbortSignal): Promise<TcpConnection> {
  const { server: remote, interfaceName } = target
  const dialer = dialerFor(ports, target)
  return dialer.dial({ remote, signal, ...(interfaceName !== undefined && { interfaceName }) })
}

function dialerFor({ network, secure }: TurnPorts, { transport, serverName }: Target): TcpDialer {
  if (transport !== 'tls') return network
  if (secure === undefined)
    throw new TurnError('TURN_UNREACHABLE', `${serverName}: TLS is not available here`)
  return secure(network, serverName)
}

class UdpLeg implements Leg {
  readonly reliable = false
  readonly server: TransportAddress
  readonly #socket: UdpSocket

  constructor(socket: UdpSocket, server: TransportAddress) {
    this.#socket = socket
    this.server = server
  }

  send(packet: Uint8Array): void {
    this.#socket.send(packet, this.server)
  }

  listen(receive: (packet: Uint8Array) => void): void {
    this.#socket.onMessage((data, from) => {
      if (sameSource(from, this.server)) receive(data)
    })
  }

  close(): void {
    this.#socket.close()
  }
}

class StreamLeg implements Leg {
  readonly reliable = true
  readonly server: TransportAddress
  readonly #stream: ByteStream
  readonly #framer = new TurnFramer()

  constructor(stream: ByteStream, server: TransportAddress) {
    this.#stream = stream
    this.server = server
  }

  send(packet: Uint8Array): void {
    const isFull = this.#stream.writableLength > MAX_QUEUED_BYTES && isChannelData(packet[0])
    if (this.#stream.writable && !isFull) this.#stream.write(packet)
  }

  listen(receive: (packet: Uint8Array) => void, closed: (cause?: Error) => void): void {
    let cause: Error | undefined
    const fail = (error: Error) => {
      cause ??= error
      this.#stream.destroy()
    }
    this.#stream.on('error', fail)
    this.#stream.on('end', () => this.#stream.destroy())
    this.#stream.on('close', () => closed(cause))
    this.#stream.on('data', (chunk: Uint8Array) => {
      try {
        for (const packet of this.#framer.decode(chunk)) receive(packet)
      } catch (error) {
        fail(error as Error)
      }
    })
    if (this.#stream.destroyed) closed()
  }

  close(flush: boolean): void {
    const destroy = () => this.#stream.destroy()
    if (flush && this.#stream.writableLength > 0) this.#stream.end(destroy)
    else destroy()
  }
}
