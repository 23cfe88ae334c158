import type { Readable, Writable } from 'node:stream'

/** Bytes that wait for the reader before more is read: two turns of a fast path. */
const MAX_WAITING = 131_072

/**
 * Writes to a connection what a stream delivers, and ends with it. Pieces of one turn of the event loop are written together:
 * a call of the system costs as much as copying tens of kilobytes. A piece after a quiet turn is written at once. Errors
 * and closes are left to the caller.
 */
export function writeTurns(from: Readable, to: Writable): void {
  let pieces = 0
  let isBusy = false
  const endTurn = () => {
    isBusy = pieces > 1
    pieces = 0
    to.uncork()
  }
  from.on('data', (piece: Uint8Array) => {
    const isFirst = pieces++ === 0
    if (isFirst && !isBusy) to.write(piece)
    if (isFirst) {
      to.cork()
      setImmediate(endTurn)
    }
    if (!isFirst || isBusy) to.write(piece)
    if (to.writableLength >= MAX_WAITING) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.resume()
}
