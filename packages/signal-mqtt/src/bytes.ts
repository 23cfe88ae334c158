import { joinBytes } from '@p2pd/netif'

const encoder = new TextEncoder()

/** The protocol and its version, in front of everything that is hashed, signed or sealed. */
const PROTOCOL = 'p2pd/1'

/**
 * Starts a hash, a signature or a seal with its purpose, so that none can pass for another. The bytes are the
 * label, a zero byte, then the parts. Every part but the last has a fixed length.
 */
export function labelled(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(encoder.encode(`${PROTOCOL} ${label}\0`), ...parts)
}
