import { createSocket, type Socket } from 'node:dgram'
import type { Datagrams } from '../../pipes/datagrams.ts'
import { beginFlow, type SendDatagram } from '../../pipes/flows.ts'
import type { SessionStream } from '../../runtime/session.ts'

/** A flow without a datagram in either direction ends after this; RFC 4787 §4.3 asks NATs for 2 minutes at least. */
const IDLE_MS = 120_000
/** Flows at once; the one that was silent longest makes room. */
const MAX_FLOWS = 1024

interface Flow {
  readonly stream: SessionStream
  readonly send: SendDatagram
  usedAt: number
}

/** How the flows of a local UDP port reach the peer. */
export interface FlowOptions {
  /** The datagrams of the pipe on which streams are opened. @default all datagrams are framed in the streams */
  readonly datagrams?: () => Datagrams | undefined
  /** Called when a flow is ended to make room for another one. */
  readonly onFull?: () => void
}

/** The flows of one local UDP port: a stream of the session for each sender. */
export class UdpFlows {
  readonly #socket: Socket
  readonly #open: () => SessionStream | undefined
  readonly #options: FlowOptions
  readonly #flows = new Map<string, Flow>()
  readonly #sweep: NodeJS.Timeout

  /** `open` opens a stream to the peer; undefined while there is no peer. */
  constructor(socket: Socket, open: () => SessionStream | undefined, options: FlowOptions) {
    this.#options = options
    this.#socket = socket
    this.#open = open
    this.#sweep = setInterval(() => this.#endIdle(), IDLE_MS / 4)
    this.#sweep.unref()
    socket.on('message', (data, { address, port }) => this.#receive(data, address, port))
    socket.on('error', () => {}) // A datagram that the network does not take, or that the peer made too long, is lost.
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const { stream } of this.#flows.values()) stream.destroy()
    this.#socket.close()
  }

  #receive(data: Uint8Array, address: string, port: number): void {
    const key = `${address} ${port}`
    const flow = this.#flows.get(key) ?? this.#begin(key, address, port)
    if (flow === undefined) return
    this.#touch(key, flow)
    flow.send(data)
  }

  /** The newest is the last, so that the oldest makes room. */
  #touch(key: string, flow: Flow): void {
    flow.usedAt = Date.now()
    this.#flows.delete(key)
    this.#flows.set(key, flow)
  }

  #begin(key: string, address: string, port: number): Flow | undefined {
    const stream = this.#open()
    if (stream === undefined) return undefined
    if (this.#flows.size >= MAX_FLOWS) this.#endOldest()
    const send = beginFlow(stream, this.#options.datagrams?.(), (data) => {
      if (this.#flows.get(key) !== flow) return // It has ended.
      this.#touch(key, flow)
      this.#socket.send(data, port, address)
    })
    const flow: Flow = { stream, send, usedAt: Date.now() }
    stream.on('error', () => {}) // The close follows.
    stream.on('close', () => {
      if (this.#flows.get(key) === flow) this.#flows.delete(key)
    })
    return flow
  }

  #endOldest(): void {
    const [oldest] = this.#flows
    if (oldest === undefined) return
    const [key, { stream }] = oldest
    // Its close comes after the datagrams of this turn, each of which may begin a flow.
    this.#flows.delete(key)
    stream.destroy()
    this.#options.onFull?.()
  }

  #endIdle(): void {
    const before = Date.now() - IDLE_MS
    for (const { stream, usedAt } of this.#flows.values()) if (usedAt < before) stream.destroy()
  }
}

/** Serves one flow of a peer, whose pipe has these datagrams, with a socket of its own. */
export function serveFlow(
  stream: SessionStream,
  { host, port }: { readonly host: string; readonly port: number },
  datagrams?: Datagrams,
): void {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => stream.destroy())
  stream.on('error', () => {}) // The close follows.
  stream.on('close', () => socket.close())
  stream.on('end', () => stream.end())
  socket.connect(port, host, () => {
    const send = beginFlow(stream, datagrams, (data) => {
      if (!stream.destroyed) socket.send(data, () => {}) // A lost datagram is a datagram lost.
    })
    socket.on('message', send)
  })
}
