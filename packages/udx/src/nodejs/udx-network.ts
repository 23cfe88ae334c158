import {
  type BindOptions,
  type ByteStream,
  checkPort,
  checkTransportAddress,
  familyOf,
  formatTransportAddress,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { systemNetwork, translateOsError } from '@p2pd/netif/node'
import { type StreamIds, streamIds } from '../stream-id.ts'
import { UdxError } from '../udx-error.ts'
import type { Udx, UdxStreamOptions } from '../udx.ts'
import { bridgeSocket, LOOPBACK } from './socket-bridge.ts'
import { UdxByteStream } from './udx-byte-stream.ts'
import type { NativeUdx } from './udx-native.ts'
import { UdxSocket } from './udx-socket.ts'

/** One instance of udx-native. It finds streams by their ids, across all sockets. */
export class UdxNetwork implements Udx {
  readonly #native: NativeUdx
  readonly #ids = new Set<number>()

  constructor(native: NativeUdx) {
    this.#native = native
  }

  readonly bindUdp = async (options: BindOptions): Promise<UdpSocket> => {
    const local = await sourceAddress(options)
    const raw = this.#native.createSocket({ ipv6Only: familyOf(local.ip) === 'IPv6' })
    try {
      raw.bind(local.port, local.ip)
    } catch (error) {
      void raw.close()
      throw translateOsError(error, `bind UDP to ${formatTransportAddress(local)}`)
    }
    return new UdxSocket(raw, local.ip)
  }

  readonly openStream = async (socket: UdpSocket, options: UdxStreamOptions): Promise<ByteStream> => {
    const { remote, role, token, keepAliveMs = 1, signal } = options
    checkRemote(remote, socket)
    if (!(keepAliveMs > 0)) throw invalid(`keepAliveMs is more than 0, not ${keepAliveMs}`)
    const ids = streamIds(token, role)
    if (signal?.aborted)
      throw new UdxError('UDX_ABORTED', 'the stream was given up', { cause: signal.reason })
    if (this.#ids.has(ids.local)) throw invalid('this token has a stream with this role already')
    this.#ids.add(ids.local)
    try {
      const path = socket instanceof UdxSocket ? { socket, remote } : await this.#bridge(socket, remote)
      return this.#carry(path.socket, { ...options, remote: path.remote }, ids)
    } catch (error) {
      this.#ids.delete(ids.local)
      throw error
    }
  }

  #carry(socket: UdxSocket, options: UdxStreamOptions, ids: StreamIds): ByteStream {
    socket.checkFree()
    const native = this.#native.createStream(ids.local)
    const stream = new UdxByteStream(native, socket, options)
    stream.once('close', () => this.#ids.delete(ids.local))
    socket.carry(stream, native, ids, options.remote)
    return stream
  }

  async #bridge(
    outer: UdpSocket,
    remote: TransportAddress,
  ): Promise<{ readonly socket: UdxSocket; readonly remote: TransportAddress }> {
    const bridge = await bridgeSocket(outer, remote)
    const raw = this.#native.createSocket({ ipv6Only: false })
    try {
      raw.bind(0, LOOPBACK)
    } catch (error) {
      void raw.close()
      bridge.close()
      throw translateOsError(error, 'bind UDP to loopback')
    }
    const socket = new UdxSocket(raw, LOOPBACK)
    bridge.serve(socket)
    return { socket, remote: bridge.local }
  }
}

/** The address to bind to. A short-lived socket of netif finds the address of a NIC, and the error of a bad one. */
async function sourceAddress({ local, interfaceName }: BindOptions): Promise<TransportAddress> {
  checkTransportAddress(local)
  if (interfaceName === undefined) return local
  const probe = await systemNetwork.bindUdp({ local: { ip: local.ip, port: 0 }, interfaceName })
  probe.close()
  return { ip: probe.local.ip, port: local.port }
}

/** A socket of another kind, such as one on a relay, may send to both families. */
function checkRemote(remote: TransportAddress, socket: UdpSocket): void {
  checkTransportAddress(remote)
  checkPort(remote.port, 1)
  const { local } = socket
  if (socket instanceof UdxSocket && familyOf(remote.ip) !== familyOf(local.ip)) {
    throw invalid(`${remote.ip} cannot be reached from ${local.ip}: the families differ`)
  }
}

function invalid(message: string): UdxError {
  return new UdxError('UDX_INVALID_ARGUMENT', message)
}
