import { type OnReadOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** As much as Node.js reads at once. */
const LONG = 65_536
/** Memory of a connection without traffic. */
const SHORT = 4096
/** Long blocks that are kept for later, of all connections: 1 MiB. */
const MAX_KEPT = 16
/** Bytes that wait for the stream before a connection is read no more: two reads. */
const MAX_WAITING = 131_072

const kept: Uint8Array[] = []

/**
 * Reads of a connection that go to a stream, by blocks that are used again. Node.js takes new memory for each read, and V8
 * collects the whole heap every 16 MB of it: that takes longer than to read. A block is free when the stream calls back. A
 * read that fills its block lets the next one be long.
 */
export function readingInto(stream: Writable): OnReadOpts {
  let isBusy = false
  return {
    buffer: () => (isBusy ? (kept.pop() ?? Buffer.allocUnsafeSlow(LONG)) : Buffer.allocUnsafeSlow(SHORT)),
    callback: (length, block) => {
      isBusy = length === block.length
      stream.write(block.subarray(0, length), () => {
        if (block.length === LONG && kept.length < MAX_KEPT) kept.push(block)
      })
      return stream.writableLength < MAX_WAITING
    },
  }
}

/** The system's connection below a socket, which Node.js does not document. */
interface Handled {
  _handle?: object | null
}

/**
 * A connection accepted just now, with other reads. Node.js takes these for connections that it makes itself, not for those it
 * accepts. Undefined where this Node.js keeps connections in another way.
 */
export function withReads(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  const { _handle: handle } = accepted as Handled
  if (!handle || !('useUserBuffer' in handle)) return undefined
  ;(accepted as Handled)._handle = null
  accepted.destroy()
  return new Socket({ handle, allowHalfOpen: true, onread } as object)
}
