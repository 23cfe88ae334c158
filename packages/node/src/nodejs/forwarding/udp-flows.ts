import { createSocket, type Socket } from 'node:dgram'
import type { SessionStream } from '../../runtime/session.ts'
import { DatagramDecoder, encodeDatagram } from './datagram-frames.ts'

/** A flow without a datagram in either direction ends after this; RFC 4787 §4.3 asks NATs for 2 minutes at least. */
const IDLE_MS = 120_000
/** Flows at once; the oldest idle one makes room. */
const MAX_FLOWS = 1024
/** A stream that holds more is behind: datagrams are dropped, as a network does. */
const MAX_BUFFERED = 262_144

interface Flow {
  readonly stream: SessionStream
  usedAt: number
}

/** The flows of one local UDP port: a stream of the session for each sender. */
export class UdpFlows {
  readonly #socket: Socket
  readonly #open: () => SessionStream | undefined
  readonly #flows = new Map<string, Flow>()
  readonly #sweep: NodeJS.Timeout

  /** `open` opens a stream to the peer; undefined while there is no peer. */
  constructor(socket: Socket, open: () => SessionStream | undefined) {
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
    flow.usedAt = Date.now()
    // The newest is the last, so that the oldest makes room.
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    sendDatagram(flow.stream, data)
  }

  #begin(key: string, address: string, port: number): Flow | undefined {
    const stream = this.#open()
    if (stream === undefined) return undefined
    if (this.#flows.size >= MAX_FLOWS) this.#flows.values().next().value?.stream.destroy()
    const flow = { stream, usedAt: Date.now() }
    const decoder = new DatagramDecoder()
    stream.on('data', (piece: Uint8Array) => {
      flow.usedAt = Date.now()
      for (const data of decoder.decode(piece)) this.#socket.send(data, port, address)
    })
    stream.on('error', () => {}) // The close follows.
    stream.on('close', () => {
      if (this.#flows.get(key) === flow) this.#flows.delete(key)
    })
    return flow
  }

  #endIdle(): void {
    const before = Date.now() - IDLE_MS
    for (const { stream, usedAt } of this.#flows.values()) if (usedAt < before) stream.destroy()
  }
}

/** Serves one flow of a peer with a socket of its own. */
export function serveFlow(stream: SessionStream, host: string, port: number): void {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const decoder = new DatagramDecoder()
  socket.on('message', (data) => sendDatagram(stream, data))
  socket.on('error', () => stream.destroy())
  stream.on('error', () => {}) // The close follows.
  stream.on('close', () => socket.close())
  stream.on('end', () => stream.end())
  socket.connect(port, host, () => {
    stream.on('data', (piece: Uint8Array) => {
      for (const data of decoder.decode(piece)) socket.send(data, () => {}) // A lost datagram is a datagram lost.
    })
  })
}

function sendDatagram(stream: SessionStream, data: Uint8Array): void {
  if (stream.writable && stream.writableLength < MAX_BUFFERED) stream.write(encodeDatagram(data))
}
