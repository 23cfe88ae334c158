import {
  canonicalIp,
  checkPort,
  checkTransportAddress,
  familyOf,
  isUnspecified,
  splitZone,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import type { Duplex } from 'node:stream'
import type { StreamIds } from '../stream-id.ts'
import { UdxError } from '../udx-error.ts'
import { EarlyPackets } from './early-packets.ts'
import type { NativeSocket, NativeStream } from './udx-native.ts'

/** Bytes of datagrams that may wait, as in `@p2pd/netif`: four times Linux's default socket buffer. */
const MAX_QUEUED_BYTES = 851_968

/** udx-native reads this much of a datagram; one that fills the buffer may have been cut. */
const MAX_DATAGRAM_BYTES = 2048

/** A UDP socket of udx-native: datagrams, and at most one stream. */
export class UdxSocket implements UdpSocket {
  readonly local: TransportAddress
  readonly #raw: NativeSocket
  readonly #listeners = new Set<(data: Uint8Array, from: TransportAddress) => void>()
  readonly #early = new EarlyPackets()
  readonly #zone: string
  #stream: Duplex | undefined
  #closed: Promise<void> | undefined
  #queuedBytes = 0
  #checkedIp = ''
  #onClosed = () => {}

  constructor(raw: NativeSocket, ip: string) {
    this.#raw = raw
    this.local = { ip: canonicalIp(ip), port: raw.address().port }
    const { zone } = splitZone(ip)
    this.#zone = zone === undefined ? '' : `%${zone}`
    raw.on('message', (data, { host, port }) => this.#receive(data, { ip: this.#withZone(host), port }))
  }

  send(data: Uint8Array, to: TransportAddress, ttl?: number): void {
    if (to.ip !== this.#checkedIp) {
      checkTransportAddress(to)
      this.#checkedIp = to.ip
    }
    checkPort(to.port, 1)
    if (this.#closed !== undefined || familyOf(to.ip) !== familyOf(this.local.ip)) return
    if (this.#queuedBytes > MAX_QUEUED_BYTES) return
    this.#queuedBytes += data.length
    const settle = () => {
      this.#queuedBytes -= data.length
    }
    // An error in sending counts as a lost packet.
    this.#raw.send(data, to.port, to.ip, ttl).then(settle, settle)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    // A listener that is given twice is called twice, and each is stopped by its own function.
    const own: typeof listener = (data, from) => listener(data, from)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  close(): void {
    void this.end()
    this.#stream?.destroy()
  }

  /** Closes the socket itself, which waits for the native stream. */
  end(): Promise<void> {
    this.#closed ??= this.#raw.close().then(() => this.#onClosed())
    this.#listeners.clear()
    return this.#closed
  }

  /** Calls back when the socket has closed. */
  onClosed(listener: () => void): void {
    this.#onClosed = listener
  }

  /** Throws `UDX_CLOSED` or `UDX_INVALID_ARGUMENT` unless a stream may be opened. */
  checkFree(): void {
    if (this.#closed !== undefined) throw new UdxError('UDX_CLOSED', 'the socket is closed')
    if (this.#stream !== undefined)
      throw new UdxError('UDX_INVALID_ARGUMENT', 'the socket has a stream already')
  }

  /** Connects the stream and gives it the packets that the other end sent before. */
  carry(stream: Duplex, native: NativeStream, ids: StreamIds, remote: TransportAddress): void {
    this.#stream = stream
    native.connect(this.#raw, ids.remote, remote.port, remote.ip)
    const { ip, port } = this.local
    const own = isUnspecified(ip) ? (familyOf(ip) === 'IPv6' ? '::1' : '127.0.0.1') : ip
    // Packets reach the native stream only through the socket.
    for (const packet of this.#early.take(ids.local)) this.send(packet, { ip: own, port })
  }

  #receive(data: Buffer, from: TransportAddress): void {
    if (data.length >= MAX_DATAGRAM_BYTES) return
    if (this.#stream === undefined) this.#early.keep(data)
    for (const listener of [...this.#listeners]) listener(data, from)
  }

  /** udx-native drops the zone of a link-local sender. The zone is that of the bound address. RFC 4007 §6. */
  #withZone(ip: string): string {
    return this.#zone !== '' && ip.startsWith('fe80:') ? ip + this.#zone : ip
  }
}
