/** Memory for so many bytes, which need not be zero. */
export type Allocate = (length: number) => Uint8Array

/** A copy of chunks, one after the other. */
export function joined(chunks: readonly Uint8Array[], length: number, allocate: Allocate): Uint8Array {
  const bytes = allocate(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
