import { formatTransportAddress, type TcpConnection } from '@p2pd/netif'
import { MAX_PAIRS } from '../candidates/candidate-pair.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { Path } from '../pipes/path.ts'
import type { Attempt } from '../race/race.ts'
import type { Calling, Strategy } from './strategy.ts'

/** From the peer's answer to its connection: a SYN, and its retransmissions after 1 and 3 s. */
const DIAL_BACK_TIMEOUT_MS = 5000
/** TLS on a slow path. */
const HANDSHAKE_TIMEOUT_MS = 5000

/** Strategy `reverse`: the peer, on the offer, dials the caller's candidates; the caller is the TLS client all the same. */
export const reverse: Strategy = {
  name: 'reverse',
  start(call) {
    const { race, runtime } = call
    let arrived = 0
    let waits = false
    let cancel = () => {}
    const stop = call.onDialledBack((connection) => {
      // Who has seen the preamble can send it as well: no more than a peer itself dials.
      if (++arrived > MAX_PAIRS) return void connection.stream.destroy()
      race.add(attemptOf(call, connection))
    })
    call.onKnown(({ answered }) => {
      if (!answered || waits) return
      waits = true
      const release = race.hold()
      cancel = runtime.clock.at(runtime.clock.now() + DIAL_BACK_TIMEOUT_MS, () => {
        if (arrived === 0) race.skip('reverse', 'the peer answered, but no connection of its came through')
        release()
      })
    })
    return () => {
      stop()
      cancel()
    }
  },
}

function attemptOf({ runtime, peer }: Calling, { stream, local, remote }: TcpConnection): Attempt<Path> {
  const deadline = { clock: runtime.clock, timeoutMs: HANDSHAKE_TIMEOUT_MS, what: 'authenticating' }
  return {
    strategy: 'reverse',
    local: formatTransportAddress(local),
    remote: formatTransportAddress(remote),
    abandon: () => void stream.destroy(),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const secured = await runtime.secure(stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'reverse', local, remote }
      }),
  }
}
