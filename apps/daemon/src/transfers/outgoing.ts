import { systemClock } from '@p2pd/netif/node'
import { type Node, NodeError, type PeerPipe } from '@p2pd/node'
import { sendUntilDone, type TransferResult } from '@p2pd/transfer'
import { sendFiles, type StreamSource } from '@p2pd/transfer/node'
import type { TransferRecord } from './transfer-record.ts'

/** The service by which files are received. */
export const FILES_SERVICE = 'files'
/** Files to send, and to whom. */
export interface Sending {
  readonly node: Pick<Node, 'connect'>
  readonly target: string
  readonly sources: readonly (string | StreamSource)[]
  /** Bytes a second. */
  readonly limit?: number | undefined
  readonly record: TransferRecord
  /** An earlier daemon has begun it: this one may have no broker yet, and the receiver may be starting, too. */
  readonly isResumed: boolean
  /** Whether the daemon is ending, and nobody is called again. */
  readonly isEnding: () => boolean
}

/** Sends files, and calls again when the connection is lost. */
export function sendAll(sending: Sending): Promise<TransferResult> {
  const { sources, record, isResumed, isEnding } = sending
  const { signal } = record.over
  return sendUntilDone({
    clock: systemClock,
    call: () => call(sending),
    send: (pipe) => sendOnce(sending, pipe),
    isRepeatable: sources.every((source) => typeof source === 'string'),
    isResumed,
    isRefusal: (error) => error instanceof NodeError && error.code === 'NODE_SERVICE',
    isOver: () => isEnding() || signal.aborted,
    onAgain: ({ message }) => record.change({ state: 'calling', reason: message }),
    signal,
  })
}

function call({ node, target, record }: Sending): Promise<PeerPipe> {
  return node.connect(target, { service: FILES_SERVICE, signal: record.over.signal })
}

async function sendOnce({ sources, limit, record }: Sending, pipe: PeerPipe): Promise<TransferResult> {
  record.change({ peer: pipe.peer, strategy: pipe.connection.strategy })
  pipe.onPathChange(() => record.change({ strategy: pipe.connection.strategy }))
  try {
    return await sendFiles(pipe.stream, sources, {
      limit,
      signal: record.over.signal,
      onEvent: (event) => record.follow(event),
    })
  } finally {
    await pipe.close().catch(() => {}) // The result of the transfer tells whether anything was lost.
  }
}
