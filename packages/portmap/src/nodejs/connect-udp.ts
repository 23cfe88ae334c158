import { createSocket, type Socket } from 'node:dgram'
import { checkTransportAddress, familyOf, type TransportAddress } from '@p2pd/netif'
import { translateOsError } from '@p2pd/netif/node'
import type { ConnectedUdpSocket, ConnectOptions } from '../gateway/mapping-request.ts'

/**
 * Opens a UDP socket to one address. The system tells such a socket, and no other, of the ICMP message by which a host
 * says that nothing listens on a port. Throws `NETIF_INVALID_ARGUMENT`, and rejects with the `NetifError` of a code of the
 * system, such as `NETIF_UNREACHABLE`. RFC 1122 §4.1.3.3.
 */
export function connectUdp({ local, remote }: ConnectOptions): Promise<ConnectedUdpSocket> {
  checkTransportAddress(local)
  checkTransportAddress(remote)
  const six = familyOf(local.ip) === 'IPv6'
  const lookup = (host: string, _options: unknown, callback: LookupCallback) =>
    callback(null, host, six ? 6 : 4)
  const raw = createSocket({ type: six ? 'udp6' : 'udp4', ipv6Only: six, lookup })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      raw.close()
      reject(translateOsError(error, `connect UDP to ${remote.ip} from ${local.ip}`))
    }
    const connected = () => {
      raw.off('error', fail).off('connect', connected)
      resolve(new ConnectedSocket(raw))
    }
    raw.once('error', fail)
    raw.bind({ address: local.ip, port: local.port, exclusive: true }, () => {
      raw.once('connect', connected).connect(remote.port, remote.ip)
      // An address that needs no lookup is connected by now; the event comes after all that waits to be done.
      if (isConnected(raw)) connected()
    })
  })
}

function isConnected(socket: Socket): boolean {
  try {
    return socket.remoteAddress() !== undefined
  } catch {
    // It throws until then.
    return false
  }
}

type LookupCallback = (error: null, address: string, family: number) => void

class ConnectedSocket implements ConnectedUdpSocket {
  readonly local: TransportAddress
  readonly #raw: Socket
  readonly #refused = new Set<() => void>()
  #open = true

  constructor(raw: Socket) {
    this.#raw = raw
    const { address, port } = raw.address()
    this.local = { ip: address, port }
    raw.on('error', (error) => this.#fail(error))
  }

  send(data: Uint8Array): void {
    // The error of an earlier datagram may come with the next one.
    if (this.#open) this.#raw.send(data, (error) => error && this.#fail(error))
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    const receive = (data: Buffer, from: { address: string; port: number }) =>
      listener(data, { ip: from.address, port: from.port })
    this.#raw.on('message', receive)
    return () => this.#raw.off('message', receive)
  }

  onRefused(listener: () => void): () => void {
    this.#refused.add(listener)
    return () => this.#refused.delete(listener)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#raw.close()
  }

  /** Any other failure is a lost packet. */
  #fail(error: Error): void {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return
    for (const listener of this.#refused) listener()
  }
}
