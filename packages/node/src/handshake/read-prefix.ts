import type { ByteStream } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'

/**
 * Takes the first bytes off a stream and leaves the rest to whoever reads next. `read` is called whenever
 * there is something to read, until it gives a value; `closed` is what an early end means.
 */
export function readPrefix<Value>(
  stream: ByteStream,
  read: () => Value | undefined,
  closed: string,
  signal: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.off('readable', readable)
      stream.off('close', ended)
      stream.off('end', ended)
      stream.off('error', failed)
      signal.removeEventListener('abort', aborted)
      settle()
    }
    const readable = () => {
      const value = read()
      if (value !== undefined) finish(() => resolve(value))
    }
    const ended = () => finish(() => reject(new NodeError('NODE_CLOSED', closed)))
    const failed = (error: Error) => finish(() => reject(error))
    const aborted = () => finish(() => reject(signal.reason as Error))
    if (signal.aborted) return reject(signal.reason as Error)
    stream.on('readable', readable)
    stream.on('close', ended)
    stream.on('end', ended)
    stream.on('error', failed)
    signal.addEventListener('abort', aborted)
  })
}

/** Exactly this many bytes, or undefined when they are not there yet. */
export function readExactly(stream: ByteStream, length: number): Uint8Array | undefined {
  const bytes = stream.read(length) as Uint8Array | null
  return bytes?.length === length ? bytes : undefined
}
