import { formatTransportAddress, type TcpConnection } from '@p2pd/netif'
import {
  attemptDelayMs,
  type CandidatePair,
  candidatePairs,
  dialPair,
  formatLocalEnd,
  MAX_PAIRS,
} from '../candidates/candidate-pair.ts'
import { readNomination } from '../handshake/nomination.ts'
import { encodePreamble, MASK_LENGTH } from '../handshake/preamble.ts'
import { AUTHENTICATION_TIMEOUT_MS } from '../handshake/time-limits.ts'
import type { Path } from '../pipes/path.ts'
import type { StrategyAttempt } from '../race/strategy-race.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { dialBackDelayMs } from './attempt-delay.ts'
import type { AnswerContext, CallContext } from './context.ts'
import type { PeerKnowledge } from './peer-knowledge.ts'
import type { Strategy } from './strategy.ts'

/** From the peer's answer to its connection: a SYN, and its retransmissions after 1 and 3 s. */
const ARRIVAL_TIMEOUT_MS = 5000
/** A SYN, its retransmissions after 1 and 3 s, TLS, and the caller's choice between its paths. */
const DIAL_BACK_TIMEOUT_MS = 10_000

/** Strategy `reverse`: the callee dials the candidates of the caller, and the caller is still the TLS client. */
export const reverse: Strategy = {
  name: 'reverse',
  unusable: ({ offerer }) =>
    offerer === undefined ? 'the peer learns of the call by signalling' : undefined,
  call,
  answer,
}

/** Caller: authenticates the connections that arrive, and waits for them once the peer has answered. */
function call(context: CallContext, peer: PeerKnowledge): () => void {
  const { race, node } = context
  const { clock } = node.runtime
  let arrived = 0
  let isWaiting = false
  let cancel = () => {}
  const stopListening = context.onDialledBack((connection) => {
    // An observer can replay the preamble, so a call accepts at most as many connections as a peer dials.
    if (++arrived > MAX_PAIRS) return void connection.stream.destroy()
    race.add(arrivalOf(context, connection))
  })
  const stopWatching = peer.onChange(() => {
    if (!peer.isAnswered || isWaiting) return
    isWaiting = true
    const release = race.hold()
    cancel = clock.at(clock.now() + ARRIVAL_TIMEOUT_MS, () => {
      if (arrived === 0) race.skip('reverse', 'the peer answered, but no connection of its came through')
      release()
    })
  })
  return () => {
    stopListening()
    stopWatching()
    cancel()
  }
}

function arrivalOf(
  { node, peer }: CallContext,
  { stream, local, remote }: TcpConnection,
): StrategyAttempt<Path> {
  const { clock, secure } = node.runtime
  const deadline = { clock, timeoutMs: AUTHENTICATION_TIMEOUT_MS, what: 'authenticating' }
  return {
    strategy: 'reverse',
    local: formatTransportAddress(local),
    remote: formatTransportAddress(remote),
    abandon: () => void stream.destroy(),
    run: (outer, opened) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        opened()
        const secured = await secure(stream, { role: 'client', peer, signal })
        return { ...secured, strategy: 'reverse', local, remote }
      }),
  }
}

/** Callee: dials the candidates of the offer. An attempt ends with success when the caller nominates its path. */
function answer(context: AnswerContext): Promise<[]> {
  const { node, offer, race } = context
  const interfaces = node.interfaces()
  const delayMs = dialBackDelayMs(offer, interfaces)
  for (const pair of candidatePairs(offer.candidates, interfaces)) {
    race.add(dialBackTo(context, pair), delayMs + attemptDelayMs(pair))
  }
  return Promise.resolve([])
}

function dialBackTo({ node, peer, connectionId }: AnswerContext, pair: CandidatePair): StrategyAttempt<Path> {
  const { clock, network, random, secure } = node.runtime
  const deadline = { clock, timeoutMs: DIAL_BACK_TIMEOUT_MS, what: 'dialling back' }
  return {
    strategy: 'reverse',
    local: formatLocalEnd(pair),
    remote: formatTransportAddress(pair.remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const { stream, local, remote } = await dialPair(network, pair, signal)
        stream.write(encodePreamble(connectionId, random(MASK_LENGTH)))
        const secured = await secure(stream, { role: 'server', peer, signal })
        const nomination = await readNomination(secured.stream, signal)
        return { ...secured, strategy: 'reverse', local, remote, nomination }
      }),
  }
}
