import type { ByteStream } from '@p2pd/netif'

/**
 * Versions of what two nodes say inside a secured stream, the best first. The client offers all that it knows, the server
 * takes the best that both know. RFC 7301 §3.2.
 */
export const PROTOCOLS = ['p2pd/1'] as const

/** The role of this end, and the peer at the other end. */
export interface SecureOptions {
  /** The caller is the client, whoever dialled. */
  readonly role: 'client' | 'server'
  /** The public key the other side must prove; anyone's will do when it is absent. @default undefined */
  readonly peer?: Uint8Array
  readonly signal?: AbortSignal
}

/** Seals datagrams for the other end of a secured stream, and opens what comes from there. */
export interface DatagramCipher {
  seal(data: Uint8Array): Uint8Array
  /** The sealed datagram; undefined for anything forged, altered, seen before, or of another connection. */
  open(data: Uint8Array): Uint8Array | undefined
  /** By how many bytes a sealed datagram is longer. */
  readonly overhead: number
}

/** A stream whose other end has proved its key. */
export interface SecuredStream {
  readonly stream: ByteStream
  readonly peer: Uint8Array
  readonly encrypted: boolean
  /**
   * Bytes that both ends of this stream have for a label, 32 or more, and that no other stream has. They are secret where
   * the stream is encrypted. RFC 8446 §7.5.
   */
  readonly exportKey: (label: string) => Uint8Array
  /** The round trip of the handshake, where this end was the client. @default unknown */
  readonly rttMs?: number
  /** For datagrams that take another way than the stream; made when it is asked for. @default there is none */
  readonly cipher?: DatagramCipher
}

/**
 * Secures a stream with both ends' keys, or destroys it and fails. The real one is TLS 1.3; the virtual
 * Internet brings a stand-in with the same number of round trips.
 */
export type Secure = (stream: ByteStream, options: SecureOptions) => Promise<SecuredStream>
