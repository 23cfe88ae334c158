import { withOthers } from '../../src/matrix/cell.ts'
import { percentile } from '../../src/percentile.ts'
import { far, type Testbed, withNodes } from '../../test/connect/testbed.ts'
import type { FirstAttemptCase, Measured } from './first-attempt-cases.ts'

const LINE = { jitterMs: 20, loss: 0.01 }

/** Seeds from the first to the last, and the mappings a second that other hosts make behind each box. */
export interface CallOptions {
  readonly first: number
  readonly last: number
  readonly othersPerSecond: number
}

/** Lets fresh nodes call in an Internet of each seed, soon after they are ready. */
export async function measureCalls(
  { caller, peers }: Pick<FirstAttemptCase, 'caller' | 'peers'>,
  { first, last, othersPerSecond }: CallOptions,
): Promise<Measured> {
  const times: number[] = []
  const failures: string[] = []
  let atFirst = 0
  const hosts = [caller, ...peers].map((box) => far({ nat: withOthers(box, othersPerSecond) }, LINE))
  for (let seed = first; seed <= last; seed++)
    await withNodes({ seed, stun: 'IPv4', hosts, idleMs: 100 }, async ({ nodes }) => {
      const outcomes = await callAll(nodes)
      for (const { elapsedMs, offeredAgain, reason } of outcomes) {
        if (elapsedMs !== undefined) times.push(elapsedMs)
        if (reason !== undefined) failures.push(`seed ${seed}: ${reason}`)
        else if (!offeredAgain) atFirst++
      }
    })
  const [p50 = Number.NaN, p95 = Number.NaN] = [0.5, 0.95].map((share) => percentile(times, share))
  return { calls: (last - first + 1) * peers.length, atFirst, p50, p95, failures }
}

interface Outcome {
  readonly elapsedMs?: number
  readonly offeredAgain: boolean
  readonly reason?: string
}

/** The first node calls all others at the same moment. */
function callAll([caller, ...peers]: Testbed['nodes']): Promise<Outcome[]> {
  return Promise.all(
    peers.map(async (peer) => {
      const result = await caller?.connect(peer.id).then(
        ({ connection }) => ({ elapsedMs: connection.elapsedMs }),
        (error: unknown) => ({ reason: (error as Error).message }),
      )
      // The second attempt comes with a second offer.
      const offeredAgain = peer
        .counters()
        .some(({ name, labels }) => name === 'offers' && labels.attempt === '1')
      return { ...result, offeredAgain }
    }),
  )
}
