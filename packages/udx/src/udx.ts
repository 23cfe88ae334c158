import type { BindOptions, ByteStream, TransportAddress, UdpSocket } from '@p2pd/netif'

/** The end of a stream. The two ends have different roles; either may write first. */
export type StreamRole = 'client' | 'server'

/** The other end of a stream. */
export interface UdxStreamOptions {
  readonly remote: TransportAddress
  readonly role: StreamRole
  /**
   * At least four bytes that both ends know and strangers do not, such as a punch's token. The stream ids come
   * from them, so that a stranger with the address and port can neither end the stream nor send in it.
   */
  readonly token: Uint8Array
  /** Milliseconds between two keep-alives. @default 25000 */
  readonly keepAliveMs?: number
  /** Prevents the stream from being opened; an open stream is not affected. */
  readonly signal?: AbortSignal
}

/** UDP sockets that carry datagrams and, when asked, one stream. */
export interface Udx {
  /** Replaces `Network.bindUdp` for paths that will carry a stream; rejects with the same `NetifError`s. */
  readonly bindUdp: (options: BindOptions) => Promise<UdpSocket>
  /**
   * Opens the only stream of a socket, without a round trip: bytes may be written at once. Datagrams go on beside it. The
   * socket closes with the stream. A socket that `bindUdp` did not make, such as one on a TURN server, is joined to udx by
   * loopback. The detour costs the socket some of its rate.
   *
   * Rejects with {@link UdxError}: `UDX_ABORTED` by the signal, `UDX_CLOSED` for a closed socket,
   * `UDX_INVALID_ARGUMENT` for a bad option or a socket with a stream. The stream ends with `UDX_PROTOCOL`,
   * `UDX_RESET`, `UDX_SYSTEM` or `UDX_TIMEOUT`.
   */
  readonly openStream: (socket: UdpSocket, options: UdxStreamOptions) => Promise<ByteStream>
}
