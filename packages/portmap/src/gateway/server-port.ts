import { type Channel, driveOver, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { type AcceptAnswer, DatagramExchange } from '../exchange/datagram-exchange.ts'
import type { ConnectedUdpSocket, PortmapPorts } from './mapping-request.ts'

/** A question to a gateway's UDP port, from the internal address that it is about. */
export interface UdpQuestion<Answer> {
  readonly localIp: string
  readonly packet: Uint8Array
  readonly accept: AcceptAnswer<Answer>
}

/** No answer: the gateway kept silent, or its ICMP message says that nothing listens on the port. RFC 792. */
export type NoAnswer = 'silent' | 'closed'

/** Of a gateway whose port is open: one that allows no port may search all of them, and answer nobody. */
export const SILENT_AT_MAPPING = 'it is there, but falls silent when it is asked for a mapping'

/** Says so for people. */
export function describeNoAnswer(protocol: string, outcome: NoAnswer): string {
  return outcome === 'silent'
    ? `no answer over ${protocol}`
    : `${protocol} is switched off: its port is closed`
}

type ServerSocket = UdpSocket & Partial<Pick<ConnectedUdpSocket, 'onRefused'>>

/** A socket, and how many questions are under way on it. */
interface SharedSocket {
  readonly opening: Promise<ServerSocket>
  questions: number
}

/** The UDP port on which a gateway speaks PCP and NAT-PMP. Questions under way from one address share a socket. */
export class ServerPort {
  readonly #ports: PortmapPorts
  readonly #server: TransportAddress
  readonly #tie: { readonly interfaceName?: string }
  readonly #sockets = new Map<string, SharedSocket>()

  /** `tie` names the NIC that sockets are tied to. */
  constructor(ports: PortmapPorts, server: TransportAddress, tie: { readonly interfaceName?: string }) {
    this.#ports = ports
    this.#server = server
    this.#tie = tie
  }

  /** Asks until there is an answer, or none is to be expected. */
  async ask<Answer extends object>(
    { localIp, packet, accept }: UdpQuestion<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer | NoAnswer> {
    const shared = this.#share(localIp)
    try {
      const socket = await shared.opening
      const exchange = new DatagramExchange(packet, this.#server, accept)
      const channel = channelOf(socket)
      return (await driveOver(exchange, channel, this.#ports.clock, signal)) ?? 'silent'
    } catch (error) {
      if (error === PORT_CLOSED) return 'closed'
      throw error
    } finally {
      this.#leave(localIp, shared)
    }
  }

  /** Settles when the socket of the questions under way has opened, after they were sent; at once without any. */
  opened(localIp: string): Promise<unknown> {
    return this.#sockets.get(localIp)?.opening ?? Promise.resolve()
  }

  #share(localIp: string): SharedSocket {
    const shared = this.#sockets.get(localIp) ?? { opening: this.#open(localIp), questions: 0 }
    shared.questions++
    this.#sockets.set(localIp, shared)
    return shared
  }

  #leave(localIp: string, shared: SharedSocket): void {
    if (--shared.questions > 0) return
    this.#sockets.delete(localIp)
    // One that did not open has failed its questions.
    shared.opening.then((socket) => socket.close()).catch(() => {})
  }

  /** A socket that hears of a closed port, where there is one; it cannot be tied to another NIC than the default. */
  async #open(localIp: string): Promise<ServerSocket> {
    const { network, connectUdp } = this.#ports
    const local = { ip: localIp, port: 0 }
    if (this.#tie.interfaceName !== undefined) return network.bindUdp({ local, ...this.#tie })
    try {
      if (connectUdp !== undefined) return await connectUdp({ local, remote: this.#server })
    } catch {
      // No route at this moment, say: what is sent is lost then, and sent again.
    }
    return network.bindUdp({ local })
  }
}

/** The gateway says by ICMP that nothing listens there. */
const PORT_CLOSED = new Error('port unreachable')

function channelOf(socket: ServerSocket): Channel {
  return {
    send: (data, to) => socket.send(data, to),
    listen: (receive, fail) => {
      const stopReceiving = socket.onMessage(receive)
      const stopWatching = socket.onRefused?.(() => fail(PORT_CLOSED))
      return () => {
        stopReceiving()
        stopWatching?.()
      }
    },
  }
}
