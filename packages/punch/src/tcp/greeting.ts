import { type ByteStream, equalBytes, readExactly, readPrefix } from '@p2pd/netif'
import { type Side, TOKEN_LENGTH } from '../token.ts'

const GREETINGS: Readonly<Record<Side, number>> = { controlling: 1, controlled: 2 }

/**
 * Encodes the first bytes of a side: its role, and the token in proof that it is a peer of this punch. The greeting
 * of the controlling side nominates the connection. RFC 8445 §8.1.1.
 */
export function encodeGreeting(side: Side, token: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + TOKEN_LENGTH)
  bytes[0] = GREETINGS[side]
  bytes.set(token, 1)
  return bytes
}

/**
 * Takes the greeting of the other side off a stream and leaves the rest. Resolves to whether the greeting is right;
 * to false as well when the stream ends or `signal` aborts before.
 */
export async function readGreeting(
  stream: ByteStream,
  from: Side,
  token: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  const expected = encodeGreeting(from, token)
  try {
    return equalBytes(await readPrefix(stream, () => readExactly(stream, expected.length), signal), expected)
  } catch {
    // The stream ended, failed or was given up: no peer is there.
    return false
  }
}
