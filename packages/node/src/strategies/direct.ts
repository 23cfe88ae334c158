import { formatTransportAddress } from '@p2pd/netif'
import {
  type CandidatePair,
  candidatePairs,
  dialPair,
  formatLocalEnd,
  headStartBefore,
} from '../candidates/candidate-pair.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { dialTwice } from '../race/dial-twice.ts'
import type { Path } from '../pipes/path.ts'
import type { Attempt } from '../race/race.ts'
import type { Calling, Strategy } from './strategy.ts'

/** Two rows of SYNs, at 0, 1 and 3 s and a bit later, and TLS on a slow path; the kernel itself would try for 130 s. */
const ATTEMPT_TIMEOUT_MS = 6000

/** Strategy `direct`: dials the peer's candidates, and both prove their keys on the connection. */
export const direct: Strategy = {
  name: 'direct',
  start(call) {
    const dialled = new Set<string>()
    call.onKnown(({ candidates, interfaces }) => {
      for (const pair of candidatePairs(candidates, interfaces, call.paths)) {
        const ends = `${formatLocalEnd(pair)} ${formatTransportAddress(pair.remote)}`
        if (dialled.has(ends)) continue
        dialled.add(ends)
        call.race.add(attemptOf(call, pair), call.othersFirstMs('direct') + headStartBefore(pair))
      }
    })
    return () => {}
  },
}

function attemptOf({ runtime, peer }: Calling, pair: CandidatePair): Attempt<Path> {
  const deadline = {
    clock: runtime.clock,
    timeoutMs: ATTEMPT_TIMEOUT_MS,
    what: 'dialling and authenticating',
  }
  return {
    strategy: 'direct',
    local: formatLocalEnd(pair),
    remote: formatTransportAddress(pair.remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const dial = (ending: AbortSignal) => dialPair(runtime.network, pair, ending)
        const { stream, local, remote } = await dialTwice({ clock: runtime.clock, signal, dial })
        const secured = await runtime.secure(stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'direct', local, remote }
      }),
  }
}
