import { formatTransportAddress, sleep, type TcpConnection } from '@p2pd/netif'
import { basesTowards, canSendTo } from '../../candidates/base.ts'
import type { Candidate } from '../../candidates/candidate.ts'
import { readNomination } from '../../handshake/nomination.ts'
import { encodePreamble, MASK_LENGTH } from '../../handshake/preamble.ts'
import type { Path } from '../../pipes/path.ts'
import type { Attempt } from '../../race/race.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { AnswerContext } from '../context.ts'
import { addOwnRelay } from './callee-own-relay.ts'
import { isBlocked } from './own-nats.ts'
import { type MetPath, meetByUdp, type UdpMeeting } from './udp-meeting.ts'

/** The addresses of one relay, one of each family: a lying peer makes a node dial no more. */
const MAX_ADDRESSES = 2
/** Three dials with TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000
/** A server resets who has no permission yet: the caller may be asking for it at this moment. */
const TRIES = 3
const BETWEEN_TRIES_MS = 300

/** The callee's half of `relay`: reaches the relayed address of the offer, in each family that this host has. */
export async function answerRelay(context: AnswerContext): Promise<void> {
  const { node, offer, race } = context
  const relayed = offer.candidates.filter(({ kind }) => kind === 'relayed').slice(0, MAX_ADDRESSES)
  const reached = relayed.filter(({ ip, transport }) => {
    const isUsable = transport === 'tcp' || (node.runtime.udx !== undefined && offer.punch !== undefined)
    return isUsable && canSendTo(ip, node.interfaces()) && !isBlocked(node.natReports(), transport)
  })
  for (const remote of reached) {
    race.add(remote.transport === 'tcp' ? dialRelay(context, remote) : sendToRelay(context, remote))
  }
  const [first] = reached.length > 0 ? reached : relayed
  if (first !== undefined) await addOwnRelay(context, first, { isNeeded: reached.length === 0 })
}

function dialRelay(context: AnswerContext, remote: Candidate): Attempt<Path> {
  const { ip, port } = remote
  return attemptAt(context, remote, 'dialling the relay of the caller', (signal) =>
    dialUntilPermitted(
      context,
      () => context.node.runtime.network.dial({ remote: { ip, port }, signal }),
      signal,
    ),
  )
}

/** Dials up to three times, and authenticates the caller. */
export async function dialUntilPermitted(
  context: AnswerContext,
  dial: () => Promise<TcpConnection>,
  signal: AbortSignal,
): Promise<Path> {
  const { clock, random } = context.node.runtime
  for (let tries = 1; ; tries++) {
    try {
      const connection = await dial()
      connection.stream.write(encodePreamble(context.connectionId, random(MASK_LENGTH)))
      return await authenticate(context, connection, signal)
    } catch (error) {
      if (tries === TRIES || signal.aborted) throw error
      await sleep(clock, BETWEEN_TRIES_MS, signal)
    }
  }
}

/** Sends to the relay of the caller from a socket of this host. */
function sendToRelay(context: AnswerContext, { ip, port }: Candidate): Attempt<Path> {
  const { node, offer } = context
  const remote = { ip, port }
  return attemptAt(context, remote, 'sending to the relay of the caller', async (signal) => {
    const [base] = basesTowards(ip, node.interfaces())
    const wildcard = ip.includes(':') ? '::' : '0.0.0.0'
    const meeting: UdpMeeting = {
      isCaller: false,
      token: offer.punch?.token ?? new Uint8Array(),
      remote,
      local: { ip: base?.ip ?? wildcard, port: 0 },
    }
    return authenticate(context, await meetByUdp(node.runtime, meeting, signal), signal)
  })
}

/** Proves the keys on a stream through a relay, and waits for the caller's nomination. */
export async function authenticate(
  { node, peer }: AnswerContext,
  opened: MetPath | TcpConnection,
  signal: AbortSignal,
): Promise<Path> {
  try {
    const secured = await node.runtime.secure(opened.stream, { role: 'server', peer, signal })
    const nomination = await readNomination(secured.stream, signal)
    return { ...opened, ...secured, strategy: 'relay', nomination }
  } catch (error) {
    opened.stream.destroy()
    throw error
  }
}

/** An attempt of the callee to reach a relayed address of the caller. */
export function attemptAt(
  { node }: AnswerContext,
  remote: { readonly ip: string; readonly port: number },
  what: string,
  run: (signal: AbortSignal) => Promise<Path>,
): Attempt<Path> {
  const { clock } = node.runtime
  const timing = { clock, timeoutMs: TIMEOUT_MS, what }
  return {
    strategy: 'relay',
    local: '',
    remote: formatTransportAddress(remote),
    run: (outer) => withDeadline({ ...timing, signal: outer }, run),
  }
}
