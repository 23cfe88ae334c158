import { formatTransportAddress, type Interface } from '@p2pd/netif'
import {
  type CandidatePair,
  candidatePairs,
  dialPair,
  formatLocalEnd,
  headStartBefore,
} from './candidate-pair.ts'
import { withDeadline } from './deadline.ts'
import { readHello } from './hello.ts'
import type { Message } from './message.ts'
import type { Path } from './path.ts'
import { isOnLink } from './place.ts'
import { encodePreamble, MASK_LENGTH } from './preamble.ts'
import type { Attempt, Race } from './race.ts'
import type { Runtime } from './runtime.ts'

/** A SYN, its retransmissions after 1 and 3 s, TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000

/**
 * On one link or host `direct` all but always works, and gets the time of several handshakes on a busy machine. Further
 * away it needs no head start: with the peer's record in hand it is half an R_d faster than `reverse`.
 */
const NEAR_HEAD_START_MS = 250

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
        await readHello(secured.stream, signal)
        return { ...secured, strategy: 'reverse', local, remote }
      }),
  }
}

/** How long to leave the caller's own dials alone: not at all when it does not prefer them. */
function headStart({ strategies, candidates }: Message, interfaces: readonly Interface[]): number {
  const direct = strategies.indexOf('direct')
  if (direct < 0 || direct > strategies.indexOf('reverse')) return 0
  return candidates.some(({ ip }) => isOnLink(ip, interfaces)) ? NEAR_HEAD_START_MS : 0
}
