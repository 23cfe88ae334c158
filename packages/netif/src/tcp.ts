import type { TransportAddress } from './ip/transport-address.ts'

/**
 * Bytes in order, with back-pressure both ways: `node:stream`'s Duplex, because TLS and every Node
 * program speak it. A type only; nothing of Node is imported when this runs.
 */
export type ByteStream = import('node:stream').Duplex

/** A connected TCP socket, real or virtual. Destroying its stream closes it. */
export interface TcpConnection {
  readonly local: TransportAddress
  readonly remote: TransportAddress
  readonly stream: ByteStream
}

/** The destination and the source of a dial. */
export interface DialOptions {
  readonly remote: TransportAddress
  /** Source address and port. Several dials may share a port. @default the system's choice */
  readonly local?: TransportAddress
  /** Leaves through this NIC whatever the routing table says. @default the routing table's choice */
  readonly interfaceName?: string
  /** Ends the attempt; a dial left alone fails only after the kernel's own two minutes. */
  readonly signal?: AbortSignal
}

/** Opens TCP connections, by simultaneous open too (RFC 9293 §3.5). */
export interface TcpDialer {
  /**
   * Connects. Rejects with `NETIF_REFUSED`, `NETIF_RESET`, `NETIF_UNREACHABLE`, `NETIF_TIMEOUT` or `NETIF_ABORTED`, or with a
   * code of `bindUdp` for the local end.
   */
  dial(options: DialOptions): Promise<TcpConnection>
}

/** A listening TCP socket. */
export interface TcpListener {
  readonly local: TransportAddress
  /** Listens for connections; returns what stops it. One that nobody listens for is closed. */
  onConnection(listener: (connection: TcpConnection) => void): () => void
  /** Stops listening; connections already handed out stay. */
  close(): Promise<void>
}
