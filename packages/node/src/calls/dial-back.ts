import { formatTransportAddress, type Interface } from '@p2pd/netif'
import {
  type CandidatePair,
  candidatePairs,
  dialPair,
  formatLocalEnd,
  headStartBefore,
} from '../candidates/candidate-pair.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { readNomination } from '../handshake/nomination.ts'
import type { Message } from '../signalling/message.ts'
import type { Path } from '../pipes/path.ts'
import { isOnLink } from '../candidates/base.ts'
import { encodePreamble, MASK_LENGTH } from '../handshake/preamble.ts'
import { EASY_HEAD_START_MS } from '../strategies/attempt-delay.ts'
import type { Attempt, Race } from '../race/race.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** A SYN, its retransmissions after 1 and 3 s, TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000

/**
 * The peer's half of strategy `reverse`: dials the caller's candidates. The winner is the path that the caller
 * nominates; there is none when it nominates another than these.
 */
export function dialBack(
  runtime: Runtime,
  interfaces: readonly Interface[],
  race: Pick<Race<Path>, 'add'>,
  caller: Uint8Array,
  offer: Message,
): void {
  const headStartMs = headStart(offer, interfaces)
  for (const pair of candidatePairs(offer.candidates, interfaces)) {
    race.add(attemptOf(runtime, caller, offer, pair), headStartMs + headStartBefore(pair))
  }
}

function attemptOf(
  { clock, network, random, secure }: Runtime,
  peer: Uint8Array,
  { connectionId }: Message,
  pair: CandidatePair,
): Attempt<Path> {
  const deadline = { clock, timeoutMs: TIMEOUT_MS, what: 'dialling back' }
  return {
    strategy: 'reverse',
    local: formatLocalEnd(pair),
    remote: formatTransportAddress(pair.remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const { stream, local, remote } = await dialPair(network, pair, signal)
        stream.write(encodePreamble(connectionId, random(MASK_LENGTH)))
        const secured = await secure(stream, { role: 'server', peer, signal })
        await readNomination(secured.stream, signal)
        return { ...secured, strategy: 'reverse', local, remote }
      }),
  }
}

/**
 * How long to leave alone what the caller has put before this: punches, and `direct` on one link or host, where it all but
 * always works. Further away `direct` needs no head start: with the peer's record in hand it is half an R_d faster.
 */
function headStart({ strategies, candidates, punch }: Message, interfaces: readonly Interface[]): number {
  const before = strategies.slice(0, strategies.indexOf('reverse'))
  const isNear = candidates.some(({ ip }) => isOnLink(ip, interfaces))
  const isAfterPunch =
    punch !== undefined && before.some((name) => name === 'tcp-punch' || name === 'udp-punch')
  return isAfterPunch || (isNear && before.includes('direct')) ? EASY_HEAD_START_MS : 0
}
