import type { ByteStream, TransportAddress } from '@p2pd/netif'

/** A client of the server, as its transport shows it: the 5-tuple of RFC 8656 §3.2. */
export interface TurnClient {
  readonly transport: 'udp' | 'tcp'
  readonly source: TransportAddress
  /** The server's address that the client sends to; its ip may be a wildcard. */
  readonly local: TransportAddress
  /** The same for each packet of one 5-tuple, and for nothing else. */
  readonly key: string
  send(packet: Uint8Array): void
  /** Gives the connection away as a data connection. TCP only. RFC 6062 §5.4. */
  takeStream?(): ByteStream
}

/** Frames that wait when a client does not read; more are dropped, as TURN prescribes no retransmission. RFC 8656 §3.1. */
export const MAX_QUEUED_BYTES = 1024 * 1024
