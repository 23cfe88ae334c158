import { NodeError } from '../node-error.ts'
import type { SessionDatagrams } from '../runtime/session.ts'
import type { DatagramChannel } from '@p2pd/session'
import type { Path } from './path.ts'

/**
 * Datagrams to a peer and from it, encrypted and authenticated as its pipe is: each comes at most once, or is lost. Over a
 * UDP path they travel beside the stream, over other paths in it.
 */
export interface Datagrams {
  /**
   * Sends one, or drops it when the path takes none at the moment; returns whether it was sent. Above `maxBytes` it throws
   * `NODE_BAD_OPTION`.
   */
  send(data: Uint8Array): boolean
  /** Listens for those of the peer; returns the function that stops it. */
  onMessage(listener: (data: Uint8Array) => void): () => void
  readonly maxBytes: number
  /** Whether the path in use, or the last one while there is none, is UDP: then a lost datagram delays no other. */
  readonly overUdp: boolean
  /** Datagrams that were not sent, since the start of the pipe. */
  readonly dropped: number
}

/** UDP of this length crosses nearly every path whole. Some boxes drop what is longer. RFC 9000 §14. */
const MAX_UDP_BYTES = 1200
/** Sealing adds a kind, a number and a tag. */
const SEALING_BYTES = 23
/** A relay puts the header of ChannelData before it. RFC 8656 §12.4. */
const RELAY_BYTES = 4

/** A datagram of this size fits each path that the session may move to, without fragments. */
export const MAX_DATAGRAM_BYTES = MAX_UDP_BYTES - SEALING_BYTES - RELAY_BYTES

/** A session, and the path that it uses or has used last. */
interface OnPath {
  readonly session: { readonly datagrams: SessionDatagrams }
  readonly path: Path
}

/** The datagrams of a session, bounded to what each of its paths can carry. */
export function boundedDatagrams(own: OnPath): Datagrams {
  const { datagrams } = own.session
  return {
    maxBytes: MAX_DATAGRAM_BYTES,
    get overUdp() {
      return carriesDatagrams(own.path)
    },
    get dropped() {
      return datagrams.dropped
    },
    send(data) {
      if (data.length <= MAX_DATAGRAM_BYTES) return datagrams.send(data)
      const size = `a datagram of ${data.length} bytes`
      throw new NodeError(
        'NODE_BAD_OPTION',
        `${size}: at most ${MAX_DATAGRAM_BYTES} bytes cross every path whole`,
      )
    },
    onMessage: (listener) => datagrams.onMessage(listener),
  }
}

function carriesDatagrams({ datagrams, cipher }: Path): boolean {
  return datagrams !== undefined && cipher !== undefined
}

/** The channel of a path that carries datagrams beside its stream; undefined for others. */
export function datagramChannelOf({ datagrams: socket, cipher, remote }: Path): DatagramChannel | undefined {
  if (socket === undefined || cipher === undefined) return undefined
  return {
    send(data) {
      socket.send(cipher.seal(data), remote)
      return true
    },
    onMessage: (listener) =>
      socket.onMessage((sealed) => {
        // Where it comes from does not matter: a datagram that can be opened comes from the peer.
        const data = cipher.open(sealed)
        if (data !== undefined) listener(data)
      }),
  }
}
