import {
  type Clock,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
  type UdpSocket,
  within,
} from '@p2pd/netif'
import { PATIENT_MS, QUIET_MS, type TestHost } from './test-internet.ts'

/** The two ports of the servers, as for STUN servers with RFC 5780. */
export const SERVER_PORTS = [3478, 3479] as const

/** A host with two addresses and plain sockets on two ports of each, which receive and send probes. */
export class ProbeServer {
  readonly #clock: Clock
  readonly #host: TestHost
  readonly #sockets = new Map<string, UdpSocket>()
  readonly #listeners: TcpListener[] = []
  readonly #awaited = new Map<string, (connection: TcpConnection) => void>()

  private constructor(clock: Clock, host: TestHost) {
    this.#clock = clock
    this.#host = host
  }

  static async start(clock: Clock, host: TestHost): Promise<ProbeServer> {
    const server = new ProbeServer(clock, host)
    for (const local of server.endpoints) {
      server.#sockets.set(key(local), await host.network.bindUdp({ local }))
      const listener = await host.network.listenTcp({ local })
      listener.onConnection((connection) => server.#greet(connection))
      server.#listeners.push(listener)
    }
    return server
  }

  /** Address 1 port 1, address 1 port 2, address 2 port 1, address 2 port 2. */
  get endpoints(): TransportAddress[] {
    return this.#host.addresses.slice(0, 2).flatMap((ip) => SERVER_PORTS.map((port) => ({ ip, port })))
  }

  /** The source of the datagram with this text, as seen at an endpoint. */
  sees(endpoint: TransportAddress, text: string): Promise<TransportAddress | undefined> {
    const socket = this.#socket(endpoint)
    return within(this.#clock, heard(socket, text), PATIENT_MS)
  }

  send(endpoint: TransportAddress, text: string, to: TransportAddress): void {
    this.#socket(endpoint).send(new TextEncoder().encode(text), to)
  }

  /** The connection whose first bytes are this text. */
  accepts(text: string): Promise<TcpConnection | undefined> {
    const accepted = new Promise<TcpConnection>((resolve) => this.#awaited.set(text, resolve))
    return within(this.#clock, accepted, PATIENT_MS).finally(() => this.#awaited.delete(text))
  }

  /** Whether a connection from one of its addresses, and a port without listener, gets through. */
  async reaches(remote: TransportAddress, address: 0 | 1): Promise<boolean> {
    const local = { ip: this.#host.addresses[address] as string, port: 0 }
    const controller = new AbortController()
    const dialled = this.#host.network.dial({ local, remote, signal: controller.signal }).then(
      (connection) => {
        connection.stream.destroy()
        return true
      },
      () => false,
    )
    const reached = await within(this.#clock, dialled, QUIET_MS)
    controller.abort()
    return reached ?? false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) socket.close()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  #greet(connection: TcpConnection): void {
    connection.stream.once('data', (data: Uint8Array) => {
      this.#awaited.get(new TextDecoder().decode(data))?.(connection)
    })
    // The peer closed before it sent a byte.
    connection.stream.once('end', () => connection.stream.destroy())
  }

  #socket(endpoint: TransportAddress): UdpSocket {
    return this.#sockets.get(key(endpoint)) as UdpSocket
  }
}

/** The sender of the datagram with this text. */
export function heard(socket: UdpSocket, text: string): Promise<TransportAddress> {
  return new Promise((resolve) => {
    const stop = socket.onMessage((data, from) => {
      if (new TextDecoder().decode(data) !== text) return
      stop()
      resolve(from)
    })
  })
}

function key({ ip, port }: TransportAddress): string {
  return `${ip} ${port}`
}
