import { formatTransportAddress } from '@p2pd/netif'
import { type Candidate, dialable, unspecified } from '../candidate.ts'
import { withDeadline } from '../deadline.ts'
import type { Path } from '../path.ts'
import type { Attempt } from '../race.ts'
import type { Calling, Strategy } from '../strategy.ts'

/** A SYN, its retransmissions after 1 and 3 s, and TLS on a slow path; the kernel itself would try for 130 s. */
const ATTEMPT_TIMEOUT_MS = 6000

/** Strategy `direct`: dials the peer's candidates, and both prove their keys on the connection. */
export const direct: Strategy = {
  name: 'direct',
  start(call) {
    const dialled = new Set<string>()
    call.onKnown(({ candidates, interfaces }) => {
      for (const candidate of dialable(candidates, interfaces, call.paths)) {
        const remote = formatTransportAddress(candidate)
        if (dialled.has(remote)) continue
        dialled.add(remote)
        call.race.add(attemptOf(call, candidate))
      }
    })
    return () => {}
  },
}

function attemptOf({ runtime, peer }: Calling, { ip, port }: Candidate): Attempt<Path> {
  const remote = { ip, port }
  const deadline = {
    clock: runtime.clock,
    timeoutMs: ATTEMPT_TIMEOUT_MS,
    what: 'dialling and authenticating',
  }
  return {
    strategy: 'direct',
    local: unspecified(remote),
    remote: formatTransportAddress(remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const connection = await runtime.network.dial({ remote, signal })
        const secured = await runtime.secure(connection.stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'direct', local: connection.local, remote }
      }),
  }
}
