import type { BindOptions, ByteStream, TransportAddress, UdpSocket } from '@p2pd/netif'

/** Which end of a stream this is. The two ends differ; who of them speaks first is open. */
export type StreamRole = 'client' | 'server'

/** The other end of a stream. */
export interface UdxStreamOptions {
  readonly remote: TransportAddress
  readonly role: StreamRole
  /**
   * At least four bytes that both ends know and strangers do not, such as a punch's token: the stream's ids
   * come from them, so that who knows but address and port can neither end the stream nor speak in it.
   */
  readonly token: Uint8Array
  /** Between two keep-alives. @default 25000 */
  readonly keepAliveMs?: number
  /** Keeps the stream from being opened; one that is open is not touched. */
  readonly signal?: AbortSignal
}

/** UDP sockets that carry datagrams and, when asked, one stream. */
export interface Udx {
  /** As `Network.bindUdp` has it: in its place, for paths that shall carry a stream. */
  readonly bindUdp: (options: BindOptions) => Promise<UdpSocket>
  /**
   * A stream over a socket that `bindUdp` made, and of which it is the only one. No round trip is needed: bytes may
   * be written at once. The socket goes on with datagrams, belongs to the stream, and closes with it.
   */
  readonly openStream: (socket: UdpSocket, options: UdxStreamOptions) => Promise<ByteStream>
}
