import type { Node, PeerPipe } from '@p2pd/node'
import { TransferError, type TransferResult } from '@p2pd/transfer'
import { sendFiles, type StreamSource } from '@p2pd/transfer/node'
import { setTimeout as wait } from 'node:timers/promises'
import type { TransferRecord } from './transfer-record.ts'

/** The service by which files are received. */
export const FILES_SERVICE = 'files'
/** A receiver that was restarted, or whose machine was, is called again for this long. */
const AWAY_MS = 60_000
/** Between two such calls. */
const PAUSE_MS = 1000

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

/** Sends files, and calls again when the connection is lost. Bytes of a stream cannot be read a second time. */
export async function sendUntilDone(sending: Sending): Promise<TransferResult> {
  const { sources, record, isResumed, isEnding } = sending
  const isRepeatable = sources.every((source) => typeof source === 'string')
  let pipe = isResumed ? await callAgain(sending) : await call(sending)
  for (;;) {
    try {
      return await sendOnce(sending, pipe)
    } catch (error) {
      const isLost = error instanceof TransferError && error.code === 'TRANSFER_CLOSED'
      if (!isLost || !isRepeatable || isEnding() || record.over.signal.aborted) throw error
      record.change({ state: 'calling', reason: error.message })
      pipe = await callAgain(sending, error)
    }
  }
}

function call({ node, target, record }: Sending): Promise<PeerPipe> {
  return node.connect(target, { service: FILES_SERVICE, signal: record.over.signal })
}

/** Fails with the loss when the receiver stays away; without one, as the last call did. */
async function callAgain(sending: Sending, lost?: TransferError): Promise<PeerPipe> {
  const { signal } = sending.record.over
  for (const until = performance.now() + AWAY_MS; ; ) {
    try {
      return await call(sending)
    } catch (error) {
      if (signal.aborted || sending.isEnding()) throw error
      if (performance.now() > until) throw lost ?? error
    }
    await wait(PAUSE_MS, undefined, { signal })
  }
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
