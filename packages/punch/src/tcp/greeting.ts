import type { ByteStream } from '@p2pd/netif'
import { sameBytes, type Side, TOKEN_LENGTH } from '../token.ts'

const GREETINGS: Readonly<Record<Side, number>> = { controlling: 1, controlled: 2 }

/** The first bytes of a side: who it is, and that it knows the token. From the controlling one: take this path. */
export function encodeGreeting(side: Side, token: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + TOKEN_LENGTH)
  bytes[0] = GREETINGS[side]
  bytes.set(token, 1)
  return bytes
}

/**
 * Takes the other side's greeting off a stream and leaves the rest. Resolves to whether it is the right one; false,
 * too, when the stream ends or `signal` aborts before.
 */
export function readGreeting(
  stream: ByteStream,
  from: Side,
  token: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  const expected = encodeGreeting(from, token)
  return new Promise((resolve) => {
    const finish = (right: boolean) => {
      stream.off('readable', read)
      stream.off('close', ended)
      stream.off('end', ended)
      signal.removeEventListener('abort', ended)
      resolve(right)
    }
    const ended = () => finish(false)
    const read = () => {
      const bytes = stream.read(expected.length) as Uint8Array | null
      if (bytes !== null) finish(sameBytes(bytes, expected))
    }
    if (signal.aborted || stream.destroyed) return resolve(false)
    stream.on('readable', read)
    stream.on('close', ended)
    stream.on('end', ended)
    signal.addEventListener('abort', ended)
  })
}
