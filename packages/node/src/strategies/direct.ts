import { formatTransportAddress } from '@p2pd/netif'
import {
  attemptDelayMs,
  type CandidatePair,
  candidatePairs,
  dialPair,
  formatLocalEnd,
} from '../candidates/candidate-pair.ts'
import type { Path } from '../pipes/path.ts'
import { dialTwice } from '../race/dial-twice.ts'
import type { StrategyAttempt } from '../race/strategy-race.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { LONG_DELAY_MS } from './attempt-delay.ts'
import type { CallContext } from './context.ts'
import type { PeerKnowledge } from './peer-knowledge.ts'
import type { Strategy } from './strategy.ts'

/** Two rows of SYNs, at 0, 1 and 3 s and a bit later, and TLS on a slow path. The kernel itself would try for 130 s. */
const ATTEMPT_TIMEOUT_MS = 6000

/** Strategy `direct`: the caller dials the candidates of the peer, whose acceptor answers. */
export const direct: Strategy = {
  name: 'direct',
  unusable: () => undefined,
  call,
  // The acceptor takes incoming connections whether an offer has come or not.
  answer: () => Promise.resolve([]),
}

function call(context: CallContext, peer: PeerKnowledge): () => void {
  const { node, paths, race } = context
  const dialled = new Set<string>()
  const delayMs = requestedDelayMs(context)
  const dial = () => {
    for (const pair of candidatePairs(peer.candidates, node.interfaces(), paths)) {
      const ends = `${formatLocalEnd(pair)} ${formatTransportAddress(pair.remote)}`
      if (dialled.has(ends)) continue
      dialled.add(ends)
      race.add(attemptOf(context, pair), delayMs + attemptDelayMs(pair))
    }
  }
  dial()
  return peer.onChange(dial)
}

/** The long delay when the user has put a usable strategy first; the node's own order has no such wish in it. */
function requestedDelayMs({ requested }: CallContext): number {
  return requested.indexOf('direct') > 0 ? LONG_DELAY_MS : 0
}

function attemptOf({ node, peer }: CallContext, pair: CandidatePair): StrategyAttempt<Path> {
  const { clock, network, secure } = node.runtime
  const deadline = { clock, timeoutMs: ATTEMPT_TIMEOUT_MS, what: 'dialling and authenticating' }
  return {
    strategy: 'direct',
    local: formatLocalEnd(pair),
    remote: formatTransportAddress(pair.remote),
    run: (outer, opened) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const dial = (ending: AbortSignal) => dialPair(network, pair, ending)
        const { stream, local, remote } = await dialTwice({ clock, signal, dial })
        opened()
        const secured = await secure(stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'direct', local, remote }
      }),
  }
}
