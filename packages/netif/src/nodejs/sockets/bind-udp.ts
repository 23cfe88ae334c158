import { createSocket, type Socket } from 'node:dgram'
import type { BindOptions } from '../../network.ts'
import { familyOf } from '../../ip/family.ts'
import { checkPort, checkTransportAddress, formatTransportAddress } from '../../ip/transport-address.ts'
import type { TransportAddress } from '../../ip/transport-address.ts'
import type { UdpSocket } from '../../udp-socket.ts'
import { openNicSocket } from './nic-socket.ts'
import { translateOsError } from './os-error.ts'
import { sourceAddress } from './source-address.ts'

/**
 * Bytes that may wait in the process when the kernel's buffer is full. Further bytes are lost, as they
 * would be in any full queue. Four times Linux's default socket buffer (212,992 bytes).
 */
const MAX_QUEUED_BYTES = 851_968

/** The time to live of packets when the caller gives none. RFC 1700, "IP time to live". */
const DEFAULT_TTL = 64

type Lookup = (
  host: string,
  options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void

/** Answers at once: only literals come here, and the default lookup costs a tick for each datagram. */
const literalLookup: Lookup = (host, _options, callback) =>
  callback(null, host, familyOf(host) === 'IPv6' ? 6 : 4)

/** Binds a UDP socket of the local address' family; IPv6 ones take no IPv4 traffic. RFC 3493 §5.3. */
export async function bindUdp(options: BindOptions): Promise<UdpSocket> {
  const local = sourceAddress(options)
  const nic = options.interfaceName
  const fd = nic === undefined ? undefined : await openNicSocket('udp', local, nic)
  const type = familyOf(local.ip) === 'IPv6' ? 'udp6' : 'udp4'
  const raw = createSocket({ type, ipv6Only: type === 'udp6', lookup: literalLookup })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      raw.close()
      reject(translateOsError(error, `bind UDP to ${formatTransportAddress(local)}`))
    }
    raw.once('error', fail)
    const where = fd === undefined ? { address: local.ip, port: local.port } : { fd }
    raw.bind({ ...where, exclusive: true }, () => {
      raw.off('error', fail)
      resolve(udpSocketOf(raw))
    })
  })
}

/** The port over a socket of Node.js that is bound: for sockets with options that `bindUdp` does not have. */
export function udpSocketOf(raw: Socket): UdpSocket {
  return new NodeUdpSocket(raw)
}

class NodeUdpSocket implements UdpSocket {
  readonly local: TransportAddress
  readonly #raw: Socket
  #open = true
  #checkedIp = ''

  constructor(raw: Socket) {
    this.#raw = raw
    const { address, port } = raw.address()
    this.local = { ip: address, port }
    // An error of receiving is a lost packet, and no reason to end the process. libuv drops Windows' reports of ICMP itself.
    raw.on('error', () => {})
  }

  send(data: Uint8Array, to: TransportAddress, ttl?: number): void {
    if (to.ip !== this.#checkedIp) {
      checkTransportAddress(to)
      this.#checkedIp = to.ip
    }
    checkPort(to.port, 1)
    if (!this.#open || this.#raw.getSendQueueSize() > MAX_QUEUED_BYTES) return
    if (ttl !== undefined) return this.#sendShort(data, to, ttl)
    // Without a callback Node drops the errors of sending: they are lost packets.
    this.#raw.send(data, to.port, to.ip)
  }

  /** The kernel takes it at once when none waits; one that had to wait would go with the usual TTL, and too far. */
  #sendShort(data: Uint8Array, to: TransportAddress, ttl: number): void {
    if (this.#raw.getSendQueueCount() > 0) return
    this.#raw.setTTL(ttl)
    this.#raw.send(data, to.port, to.ip)
    this.#raw.setTTL(DEFAULT_TTL)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    const receive = (data: Buffer, from: { address: string; port: number }) =>
      listener(data, { ip: from.address, port: from.port })
    this.#raw.on('message', receive)
    return () => this.#raw.off('message', receive)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#raw.close()
  }
}
