const encoder = new TextEncoder()

/** The protocol and its version, in front of everything that is hashed, signed or sealed. */
const PROTOCOL = 'p2pd/1'

/**
 * Starts a hash, a signature or a seal with what it is for, so that none can pass for another: the
 * label, a zero byte, then the parts. Every part but the last has a fixed length.
 */
export function labelled(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(encoder.encode(`${PROTOCOL} ${label}\0`), ...parts)
}

/** One array of all the parts' bytes. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

/** Whether two arrays hold the same bytes; takes no care to hide where they differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
