import type { Clock, TransportAddress, UdpSocket } from '@p2pd/netif'
import type { Acceptor } from '../servers/acceptor.ts'
import { DatagramPipe, type DatagramStream } from './datagram-pipe.ts'

/** The options of a datagram server. */
export interface DatagramServerOptions {
  readonly clock: Clock
  readonly acceptor: Acceptor
  readonly maxPipes: number
  readonly datagramStream?: DatagramStream
}

interface Peer {
  readonly pipe: DatagramPipe
  lastHeard: number
}

/** After two silent minutes a NAT may have forgotten the peer, and nothing reaches the peer any more. RFC 4787 §4.3. */
const QUIET_MS = 120_000
/** Peers that sent within the same second are equally fresh: sorting them at each datagram would cost time. */
const SAME_MOMENT_MS = 1000

/** Makes a pipe of each sender of datagrams to one socket. */
export class DatagramServer {
  readonly #socket: UdpSocket
  readonly #options: DatagramServerOptions
  /** By port, then by address; the inner maps are small. */
  readonly #peers = new Map<number, Map<string, Peer>>()
  /** The longest silent first. */
  readonly #bySilence = new Set<Peer>()
  #cancelSweep: (() => void) | undefined

  constructor(socket: UdpSocket, options: DatagramServerOptions) {
    this.#socket = socket
    this.#options = options
    socket.onMessage((data, from) => {
      const peer = this.#peers.get(from.port)?.get(from.ip) ?? this.#welcome(from)
      this.#heard(peer)
      peer.pipe.receive({ data, from })
    })
  }

  close(): void {
    this.#cancelSweep?.()
    this.#socket.close()
  }

  #welcome(from: TransportAddress): Peer {
    const { clock, acceptor, maxPipes, datagramStream } = this.#options
    if (this.#bySilence.size >= maxPipes) this.#endQuietest()
    const socket = this.#socket
    const share = {
      local: socket.local,
      send: (data: Uint8Array, to: TransportAddress) => socket.send(data, to),
      close: () => this.#forget(from),
    }
    const pipe = new DatagramPipe(share, { remote: from, clock, ...(datagramStream && { datagramStream }) })
    const peer = { pipe, lastHeard: clock.now() }
    const samePort = this.#peers.get(from.port) ?? new Map<string, Peer>()
    this.#peers.set(from.port, samePort.set(from.ip, peer))
    this.#bySilence.add(peer)
    this.#cancelSweep ??= clock.at(clock.now() + QUIET_MS, () => this.#sweep())
    acceptor.offer(pipe)
    return peer
  }

  #heard(peer: Peer): void {
    const now = this.#options.clock.now()
    if (now < peer.lastHeard + SAME_MOMENT_MS) return
    peer.lastHeard = now
    this.#bySilence.delete(peer)
    this.#bySilence.add(peer)
  }

  #forget({ ip, port }: TransportAddress): void {
    const samePort = this.#peers.get(port)
    const peer = samePort?.get(ip)
    if (samePort === undefined || peer === undefined) return
    samePort.delete(ip)
    if (samePort.size === 0) this.#peers.delete(port)
    this.#bySilence.delete(peer)
    if (this.#bySilence.size > 0) return
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }

  /** Closes the peers that have been silent; comes back when the next may be. */
  #sweep(): void {
    const { clock } = this.#options
    this.#cancelSweep = undefined
    const now = clock.now()
    for (const { pipe, lastHeard } of this.#bySilence) {
      if (lastHeard + QUIET_MS > now) {
        this.#cancelSweep = clock.at(lastHeard + QUIET_MS, () => this.#sweep())
        return
      }
      void pipe.close()
    }
  }

  #endQuietest(): void {
    for (const { pipe } of this.#bySilence) return void pipe.close()
  }
}
