import { formatTransportAddress, sleep, type TcpConnection } from '@p2pd/netif'
import { readNomination } from '../handshake/nomination.ts'
import { encodePreamble, MASK_LENGTH } from '../handshake/preamble.ts'
import type { Candidate } from '../candidates/candidate.ts'
import type { Path } from '../pipes/path.ts'
import type { Attempt } from '../race/race.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { CallerRelay } from './caller-relay.ts'
import type { AnswerContext } from './context.ts'
import type { Strategy } from './strategy.ts'

/** Relays that one offer may name: a lying peer makes a node dial no more. */
const MAX_RELAYS = 2
/** Three dials with TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000
/** A server resets who has no permission yet: the caller may be asking for it at this moment. */
const TRIES = 3
const BETWEEN_TRIES_MS = 300

/**
 * Strategy `relay`: the caller allocates a relayed address and offers it to the peer alone; the callee dials it, and the
 * caller is still the TLS client. The server sees ciphertext, both addresses and the times. RFC 6062.
 */
export const relay: Strategy = {
  name: 'relay',
  unusable: ({ node, offerer, paths }) => {
    if (paths.reach === 'lan') return 'only paths inside this network are wanted'
    if (node.relays === undefined) return 'name a TURN server over TCP or TLS in the servers file'
    return offerer === undefined ? 'the peer learns of a relay by signalling' : undefined
  },
  call(context, peer) {
    const reason = relay.unusable(context)
    if (reason === undefined) return new CallerRelay(context, peer).start()
    context.race.skip('relay', reason)
    return () => {}
  },
  answer(context) {
    const relayed = context.offer.candidates.filter(
      (one) => one.kind === 'relayed' && one.transport === 'tcp',
    )
    for (const candidate of relayed.slice(0, MAX_RELAYS)) context.race.add(dialRelay(context, candidate))
    return Promise.resolve([])
  },
}

function dialRelay(context: AnswerContext, remote: Candidate): Attempt<Path> {
  const { clock } = context.node.runtime
  const deadline = { clock, timeoutMs: TIMEOUT_MS, what: 'dialling the relay of the caller' }
  return {
    strategy: 'relay',
    local: '',
    remote: formatTransportAddress(remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        for (let tries = 1; ; tries++) {
          try {
            return await dialOnce(context, remote, signal)
          } catch (error) {
            if (tries === TRIES || signal.aborted) throw error
            await sleep(clock, BETWEEN_TRIES_MS, signal)
          }
        }
      }),
  }
}

async function dialOnce(
  { node, peer, connectionId }: AnswerContext,
  { ip, port }: Candidate,
  signal: AbortSignal,
): Promise<Path> {
  const { network, random, secure } = node.runtime
  const { stream, local, remote }: TcpConnection = await network.dial({ remote: { ip, port }, signal })
  try {
    stream.write(encodePreamble(connectionId, random(MASK_LENGTH)))
    const secured = await secure(stream, { role: 'server', peer, signal })
    const nomination = await readNomination(secured.stream, signal)
    return { ...secured, strategy: 'relay', local, remote, nomination }
  } catch (error) {
    stream.destroy()
    throw error
  }
}
