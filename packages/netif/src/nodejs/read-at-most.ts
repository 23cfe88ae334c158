import { open } from 'node:fs/promises'

/**
 * The bytes of a file; undefined when there are more. No more than that is read, even of a file that grows meanwhile, or of a
 * device without an end. Rejects with the error of the file system.
 */
export async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > maxBytes) return undefined
    const bytes = Buffer.allocUnsafe(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      length += bytesRead
      if (length > maxBytes) return undefined
      if (bytesRead === 0) return bytes.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}
