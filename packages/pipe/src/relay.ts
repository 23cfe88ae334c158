import { sameTransportAddress } from '@p2pd/netif'
import { isClose, PipeError } from './pipe-error.ts'
import type { Pipe, PipeRelay } from './pipe.ts'

/** A datagram of this size crosses nearly every path whole. Some boxes drop what is longer. RFC 9000 §14. */
const MAX_PIECE = 1200

/** Pipes that have been joined: a second relay of one would send everything twice. */
const joined = new WeakSet<Pipe>()

/**
 * Joins two pipes both ways. Between streams the end of one side ends one direction. A stream's bytes
 * reach a datagram pipe in pieces, and a datagram's boundaries are lost in a stream.
 */
export function relay(a: Pipe, b: Pipe): PipeRelay {
  checkRelay(a, b)
  if (a.transport === 'udp' || b.transport === 'udp') {
    forwardMessages(a, b)
    forwardMessages(b, a)
  } else {
    const [left, right] = [a.stream, b.stream]
    left.pipe(right)
    right.pipe(left)
  }
  joined.add(a).add(b)
  const closed = (from: Pipe, to: Pipe) =>
    new Promise<void>((resolve) => {
      from.onClose(() => {
        resolve()
        return to.close()
      })
    })
  const ended = Promise.all([closed(a, b), closed(b, a)]).then(() => {})
  return { ended }
}

function checkRelay(a: Pipe, b: Pipe): void {
  if (a === b || areTwoEnds(a, b)) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', 'relay: a pipe joined to itself would send for ever')
  }
  for (const pipe of [a, b]) {
    if (pipe.remote === undefined) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', 'relay: a datagram pipe to anybody has no peer')
    }
    if (joined.has(pipe)) throw new PipeError('PIPE_IN_USE', 'relay: a pipe is part of another relay')
    if (pipe.closed) throw new PipeError('PIPE_CLOSED', 'relay: a pipe is closed')
  }
}

/** Whether what one pipe sends is what the other receives. */
function areTwoEnds(a: Pipe, b: Pipe): boolean {
  if (a.remote === undefined || b.remote === undefined || a.transport !== b.transport) return false
  return sameTransportAddress(a.local, b.remote) && sameTransportAddress(a.remote, b.local)
}

function forwardMessages(from: Pipe, to: Pipe): void {
  const inPieces = to.transport === 'udp' && from.transport !== 'udp'
  from.onMessage((data) => (inPieces ? sendPieces(to, data) : to.send(data)).catch(ignoreClose))
}

async function sendPieces(to: Pipe, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; at += MAX_PIECE) await to.send(data.subarray(at, at + MAX_PIECE))
}

/** The `onClose` of a pipe reports its end, and ends the relay. */
function ignoreClose(error: unknown): void {
  if (!isClose(error)) throw error
}
