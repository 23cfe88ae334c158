import type { TransportAddress } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import type { Path } from './path.ts'

/** Datagrams to a peer and from it, encrypted and authenticated as its pipe is: each comes at most once, or is lost. */
export interface Datagrams {
  /** Sends one. Throws `NODE_BAD_OPTION` when it has more than `maxBytes`, and `NODE_CLOSED` on a closed pipe. */
  send(data: Uint8Array): void
  /** Listens for those of the peer; returns the function that stops it. */
  onMessage(listener: (data: Uint8Array) => void): () => void
  readonly maxBytes: number
}

/** Fits every path without fragments: the smallest MTU of IPv6, less the headers of IPv6 and UDP. RFC 8200 §5. */
const MAX_SEALED_BYTES = 1232

/** The datagrams of a path that carries them beside its stream; undefined for others. */
export function datagramsOf({ datagrams: socket, cipher, remote }: Path): Datagrams | undefined {
  if (socket === undefined || cipher === undefined) return undefined
  const maxBytes = MAX_SEALED_BYTES - cipher.overhead
  return {
    maxBytes,
    send(data) {
      if (data.length > maxBytes) {
        const size = `a datagram of ${data.length} bytes`
        throw new NodeError('NODE_BAD_OPTION', `${size}: at most ${maxBytes} bytes cross every path whole`)
      }
      socket.send(cipher.seal(data), remote)
    },
    onMessage: (listener) =>
      socket.onMessage((sealed: Uint8Array, _: TransportAddress) => {
        // Where it comes from does not matter: who has the key is the peer.
        const data = cipher.open(sealed)
        if (data !== undefined) listener(data)
      }),
  }
}
