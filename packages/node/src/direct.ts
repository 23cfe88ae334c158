import { familyOf, formatTransportAddress } from '@p2pd/netif'
import type { Candidate } from './candidate.ts'
import { withDeadline } from './deadline.ts'
import type { Path } from './path.ts'
import type { Attempt } from './race.ts'
import type { Runtime } from './runtime.ts'

/** A SYN, its retransmissions after 1 and 3 s, and TLS on a slow path; the kernel itself would try for 130 s. */
const ATTEMPT_TIMEOUT_MS = 6000

/** Strategy `direct`: dials a candidate of the peer, and both prove their keys on the connection. */
export function directAttempt(runtime: Runtime, peer: Uint8Array, candidate: Candidate): Attempt<Path> {
  const remote = { ip: candidate.ip, port: candidate.port }
  const deadline = {
    clock: runtime.clock,
    timeoutMs: ATTEMPT_TIMEOUT_MS,
    what: 'dialling and authenticating',
  }
  return {
    strategy: 'direct',
    local: familyOf(remote.ip) === 'IPv6' ? '[::]:0' : '0.0.0.0:0',
    remote: formatTransportAddress(remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const connection = await runtime.network.dial({ remote, signal })
        const secured = await runtime.secure(connection.stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'direct', local: connection.local, remote }
      }),
  }
}
