import { Duplex } from 'node:stream'
import { type Clock, sameTransportAddress, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { keepAliveInterval, keepPath, UdxError } from '@p2pd/udx'

/** A packet: the first byte of udx, the type, a number (4 bytes), and data. */
export const TAG = 0xff
const Kind = { Data: 0, End: 1, Ack: 2, Reset: 3 } as const
const HEADER = 6

const MAX_DATA = 1180 // A packet of 1,200 bytes with its headers, as udx begins.
const WINDOW = 512 // Packets under way: 600 kB, more than the lab's links hold.
const RTO_MS = 250 // Two and a half of the lab's usual round trips.
const SILENCE_MS = 13_000 // udx-native gives up after this time without an answer.
const LINGER_MS = 3000 // A closing stream waits this long without an answer, as in @p2pd/udx.

/** A stream over a UDP socket: selective repeat with a fixed window and a fixed time-out. RFC 3366 §2. */
export class SelectiveRepeatStream extends Duplex {
  readonly #socket: UdpSocket
  readonly #remote: TransportAddress
  readonly #clock: Clock
  readonly #stops: (() => void)[]
  readonly #unacked = new Map<number, { readonly packet: Uint8Array; sentAt: number }>()
  readonly #early = new Map<number, Uint8Array>()
  #unsent: Uint8Array[] = []
  #onSent: ((error?: Error) => void) | undefined
  #next = 0
  #expected = 0
  #heardAt: number
  #cancelTimer: (() => void) | undefined
  #onQuiet: (() => void) | undefined

  constructor(socket: UdpSocket, remote: TransportAddress, clock: Clock, keepAliveMs = keepAliveInterval()) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.#remote = remote
    this.#clock = clock
    this.#heardAt = clock.now()
    const gone = () => this.destroy(new UdxError('UDX_TIMEOUT', 'the other end answers nothing'))
    const received = () => this.#heardAt
    this.#stops = [
      socket.onMessage((data, from) => this.receive(data, from)),
      keepPath({ socket, remote, clock, intervalMs: keepAliveMs, received, onGone: gone }),
    ]
    this.on('error', () => {})
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    for (let at = 0; at < chunk.length; at += MAX_DATA) {
      this.#unsent.push(encode(Kind.Data, 0, chunk.subarray(at, at + MAX_DATA)))
    }
    this.#onSent = done
    this.#pump()
  }

  override _final(done: () => void): void {
    this.#unsent.push(encode(Kind.End, 0))
    this.#pump()
    done()
  }

  override _destroy(error: Error | null, settle: (error: Error | null) => void): void {
    this.#onSent?.(error ?? new UdxError('UDX_CLOSED', 'closed before this was sent'))
    this.#onQuiet = () => {
      this.#cancelTimer?.()
      for (const stop of this.#stops) stop()
      if (!this.readableEnded || error !== null) this.#send(encode(Kind.Reset, this.#next))
      this.#socket.close()
      settle(error)
    }
    if (error !== null || this.#unacked.size === 0) this.#onQuiet()
  }

  receive(data: Uint8Array, from: TransportAddress): void {
    if (data[0] !== TAG || data.length < HEADER || !sameTransportAddress(from, this.#remote)) return
    this.#heardAt = this.#clock.now()
    const number = new DataView(data.buffer, data.byteOffset).getUint32(2)
    if (data[1] === Kind.Reset) {
      if (this.readableEnded) this.destroy()
      else this.destroy(new UdxError('UDX_RESET', 'the other end has closed the stream'))
    } else if (data[1] === Kind.Ack)
      this.#acknowledge(number, new DataView(data.buffer, data.byteOffset + HEADER))
    else this.#accept(number, data.slice())
  }

  #accept(number: number, packet: Uint8Array): void {
    if (number >= this.#expected) this.#early.set(number, packet)
    for (let next = this.#early.get(this.#expected); next; next = this.#early.get(this.#expected)) {
      this.#early.delete(this.#expected++)
      this.push(next[1] === Kind.End ? null : next.subarray(HEADER))
    }
    this.#send(encode(Kind.Ack, this.#expected, encode(TAG, number).subarray(2)))
  }

  #acknowledge(before: number, exactly: DataView): void {
    for (const number of this.#unacked.keys()) {
      if (number < before || number === exactly.getUint32(0)) this.#unacked.delete(number)
    }
    this.#pump()
    if (this.#unacked.size === 0) this.#onQuiet?.()
  }

  #pump(): void {
    while (this.#unsent.length > 0 && this.#unacked.size < WINDOW) {
      const packet = this.#unsent.shift() as Uint8Array
      new DataView(packet.buffer).setUint32(2, this.#next)
      this.#unacked.set(this.#next++, { packet, sentAt: this.#clock.now() })
      this.#send(packet)
    }
    if (this.#unacked.size > 0)
      this.#cancelTimer ??= this.#clock.at(this.#clock.now() + RTO_MS, () => this.#repeat())
    if (this.#unsent.length > 0) return
    const done = this.#onSent
    this.#onSent = undefined
    done?.()
  }

  #repeat(): void {
    this.#cancelTimer = undefined
    const now = this.#clock.now()
    const silence = now - this.#heardAt
    if (this.#onQuiet !== undefined && silence > LINGER_MS) return this.#onQuiet()
    if (silence > SILENCE_MS) return void this.destroy(new UdxError('UDX_TIMEOUT', 'nothing is acknowledged'))
    for (const one of this.#unacked.values()) {
      if (now - one.sentAt < RTO_MS) continue
      one.sentAt = now
      this.#send(one.packet)
    }
    this.#pump()
  }

  #send(packet: Uint8Array): void {
    this.#socket.send(packet, this.#remote)
  }
}

function encode(kind: number, number: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  const packet = new Uint8Array(HEADER + data.length)
  packet[0] = TAG
  packet[1] = kind
  new DataView(packet.buffer).setUint32(2, number)
  packet.set(data, HEADER)
  return packet
}
