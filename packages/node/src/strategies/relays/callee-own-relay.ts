import { familyOf } from '@p2pd/netif'
import type { Candidate } from '../../candidates/candidate.ts'
import type { Relay, RelayWish } from '../../relays/relay-pool.ts'
import { NodeError } from '../../node-error.ts'
import type { Path } from '../../pipes/path.ts'
import type { StrategyAttempt } from '../../race/strategy-race.ts'
import type { AnswerContext } from '../context.ts'
import { attemptAt, authenticate, dialUntilPermitted } from './callee-attempt.ts'
import { meetByUdp } from './udp-meeting.ts'

/** A relay of the callee's own, too, costs another allocation: one relay gets this time to be enough. */
const DELAY_MS = 1_000

/** The relay of the callee, or why there is none. */
type Opened = Promise<Relay | Error>

/**
 * Adds an attempt to reach the relay of the caller by a relay of the callee, for a callee that cannot reach it otherwise.
 * One that is certainly needed goes into the answer, because the caller has to let it in.
 */
export async function addOwnRelay(
  context: AnswerContext,
  remote: Candidate,
  { isNeeded }: { readonly isNeeded: boolean },
): Promise<void> {
  const { node, race, announce, offer } = context
  const { relays, runtime } = node
  const { transport, ip } = remote
  if (!relays?.isUsable) return
  if (transport === 'udp' && (runtime.udx === undefined || offer.punch === undefined)) return
  const over = new AbortController()
  const wish: RelayWish = { transport, near: [ip], families: familyOf(ip) }
  const open = (): Opened => relays.open(over.signal, wish).catch((error: Error) => error)
  const opened = isNeeded ? open() : undefined
  race.add(relayToRelay(context, remote, { open: () => opened ?? open(), over }), isNeeded ? 0 : DELAY_MS)
  const relay = await opened
  if (relay === undefined || relay instanceof Error) return
  for (const own of relay.relayed) announce({ kind: 'relayed', transport, ...own })
}

/** How the callee gets a relay of its own. */
interface OwnRelay {
  readonly open: () => Opened
  readonly over: AbortController
}

function relayToRelay(
  context: AnswerContext,
  remote: Candidate,
  { open, over }: OwnRelay,
): StrategyAttempt<Path> {
  const abandon = () => over.abort(new NodeError('NODE_ABORTED', 'another path was faster'))
  const what = 'reaching the relay of the caller by a relay'
  const attempt = attemptAt(context, remote, what, async (signal) => {
    signal.addEventListener('abort', abandon, { once: true })
    const relay = await open()
    if (relay instanceof Error) throw relay
    try {
      signal.throwIfAborted()
      return { ...(await through(context, remote, relay, signal)), isLocalRelayed: true }
    } catch (error) {
      await relay.release()
      throw error
    }
  })
  return { ...attempt, abandon }
}

/** Dials the caller's relay from a TCP relay, or sends to it from a UDP relay. RFC 6062 §4.3, RFC 8656 §11. */
async function through(
  context: AnswerContext,
  { ip, port }: Candidate,
  relay: Relay,
  signal: AbortSignal,
): Promise<Path> {
  const { node, offer } = context
  const remote = { ip, port }
  await relay.permit(ip)
  if (relay.transport === 'tcp') {
    const path = await dialUntilPermitted(context, () => relay.dial(remote, signal), signal)
    // The allocation goes with the last connection on it.
    void relay.close()
    return path
  }
  const { socket } = relay
  const token = offer.punch?.token ?? new Uint8Array()
  const meeting = { isCaller: false, token, remote, socket, local: socket.local }
  const met = await meetByUdp(node.runtime, meeting, signal)
  // Without its allocation the path is dead, and nobody would notice for seconds.
  void relay.closed.then(() => met.stream.destroy())
  return authenticate(context, met, signal)
}
