import type { TransportAddress } from './ip/transport-address.ts'

/** A bound UDP socket. The only I/O a UDP protocol may touch. */
export interface UdpSocket {
  readonly local: TransportAddress
  /**
   * Sends one datagram. A datagram that the network loses or refuses is a lost packet, not an error. With `ttl` it gets past
   * one router less than that; networks without routers leave it out. RFC 791 §3.1, RFC 8200 §3.
   */
  send(data: Uint8Array, to: TransportAddress, ttl?: number): void
  /** Listens for datagrams; returns what stops it. */
  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void
  close(): void
}
