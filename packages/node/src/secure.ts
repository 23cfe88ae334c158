import type { ByteStream } from '@p2pd/netif'

/** Who secures a stream, and with whom. */
export interface SecureOptions {
  /** The caller is the client, whoever dialled. */
  readonly role: 'client' | 'server'
  /** The public key the other side must prove; anyone's will do when it is absent. @default undefined */
  readonly peer?: Uint8Array
  readonly signal?: AbortSignal
}

/** A stream whose other end has proved its key. */
export interface SecuredStream {
  readonly stream: ByteStream
  readonly peer: Uint8Array
  readonly encrypted: boolean
}

/**
 * Secures a stream with both ends' keys, or destroys it and fails. The real one is TLS 1.3; the virtual
 * Internet brings a stand-in with the same number of round trips.
 */
export type Secure = (stream: ByteStream, options: SecureOptions) => Promise<SecuredStream>
