import { NetifError } from '../netif-error.ts'
import type { ByteStream } from '../tcp.ts'

/**
 * Takes the first bytes off a stream and leaves the rest for the next reader.
 *
 * `read` is called whenever there is something to read, until it returns a value. Rejects with `NETIF_CLOSED` when
 * the stream ends first, with the error of the stream, with what `read` throws, or with the reason of `signal`. No listener stays.
 */
export function readPrefix<Value>(
  stream: ByteStream,
  read: () => Value | undefined,
  signal?: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stream.off('readable', readable).off('end', closed).off('close', closed).off('error', failed)
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const readable = () => {
      try {
        const value = read()
        if (value !== undefined) end(() => resolve(value))
      } catch (error) {
        failed(error as Error)
      }
    }
    const failed = (error: Error) => end(() => reject(error))
    const closed = () =>
      failed(new NetifError('NETIF_CLOSED', 'the stream ended before its first bytes came'))
    const abort = () => failed(signal?.reason as Error)
    if (signal?.aborted) return abort()
    if (stream.destroyed || stream.readableEnded) return closed()
    stream.on('readable', readable).on('end', closed).on('close', closed).on('error', failed)
    signal?.addEventListener('abort', abort)
  })
}

/** Takes exactly `length` bytes off a stream; `undefined` while fewer are there. At its end a stream gives up the rest. */
export function readExactly(stream: ByteStream, length: number): Uint8Array | undefined {
  const bytes = stream.read(length) as Uint8Array | null
  return bytes?.length === length ? bytes : undefined
}
