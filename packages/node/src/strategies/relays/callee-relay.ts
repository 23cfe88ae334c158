import { familyOf, formatTransportAddress, sleep, type TcpConnection } from '@p2pd/netif'
import { basesTowards } from '../../candidates/base.ts'
import type { Candidate } from '../../candidates/candidate.ts'
import type { UdpRelay } from '../../gathering/relay-pool.ts'
import { readNomination } from '../../handshake/nomination.ts'
import { encodePreamble, MASK_LENGTH } from '../../handshake/preamble.ts'
import { NodeError } from '../../node-error.ts'
import type { Path } from '../../pipes/path.ts'
import type { Attempt } from '../../race/race.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { AnswerContext } from '../context.ts'
import { isUdpBlocked } from './own-nats.ts'
import { type MetPath, meetByUdp, tokenOfRelay, type UdpMeeting } from './udp-meeting.ts'

/** Relays that one offer may name: a lying peer makes a node dial no more. */
const MAX_RELAYS = 2
/** Three dials with TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000
/** A server resets who has no permission yet: the caller may be asking for it at this moment. */
const TRIES = 3
const BETWEEN_TRIES_MS = 300
/** A relay of the callee's own, too, costs another allocation: one relay gets this time to be enough. */
const OWN_RELAY_DELAY_MS = 1_000

/** The callee's half of `relay`: reaches each relayed address of the offer. */
export async function answerRelay(context: AnswerContext): Promise<void> {
  const relayed = context.offer.candidates.filter(({ kind }) => kind === 'relayed').slice(0, MAX_RELAYS)
  await Promise.all(relayed.map((candidate, index) => reach(context, candidate, index)))
}

async function reach(context: AnswerContext, remote: Candidate, index: number): Promise<void> {
  const { node, offer, race } = context
  if (remote.transport === 'tcp') return race.add(dialRelay(context, remote))
  if (node.runtime.udx === undefined || offer.punch === undefined) return
  const token = tokenOfRelay(offer.punch.token, index)
  const isBlocked = isUdpBlocked(node.natReports())
  if (!isBlocked) race.add(sendToRelay(context, remote, token))
  if (node.relays === undefined) return
  const over = new AbortController()
  const open = () => node.relays?.openUdp(over.signal, remote.ip)
  // The caller has to let the own relay in, so a relay that is certainly needed goes into the answer.
  const opened = isBlocked ? open()?.catch((error: Error) => error) : undefined
  race.add(
    relayToRelay(context, remote, { token, open: () => opened ?? open(), over }),
    isBlocked ? 0 : OWN_RELAY_DELAY_MS,
  )
  const relay = await opened
  if (relay !== undefined && !(relay instanceof Error)) {
    context.announce({ kind: 'relayed', transport: 'udp', ...relay.local })
  }
}

function dialRelay(context: AnswerContext, remote: Candidate): Attempt<Path> {
  return attemptAt(context, remote, 'dialling the relay of the caller', async (signal) => {
    const { clock } = context.node.runtime
    for (let tries = 1; ; tries++) {
      try {
        return await dialOnce(context, remote, signal)
      } catch (error) {
        if (tries === TRIES || signal.aborted) throw error
        await sleep(clock, BETWEEN_TRIES_MS, signal)
      }
    }
  })
}

async function dialOnce(context: AnswerContext, { ip, port }: Candidate, signal: AbortSignal): Promise<Path> {
  const { network, random } = context.node.runtime
  const connection: TcpConnection = await network.dial({ remote: { ip, port }, signal })
  connection.stream.write(encodePreamble(context.connectionId, random(MASK_LENGTH)))
  return authenticate(context, connection, signal)
}

/** Sends to the relay of the caller from a socket of this host. */
function sendToRelay(context: AnswerContext, { ip, port }: Candidate, token: Uint8Array): Attempt<Path> {
  const { node } = context
  const remote = { ip, port }
  return attemptAt(context, remote, 'sending to the relay of the caller', async (signal) => {
    const [base] = basesTowards(ip, node.interfaces())
    const wildcard = familyOf(ip) === 'IPv6' ? '::' : '0.0.0.0'
    const meeting: UdpMeeting = {
      isCaller: false,
      token,
      remote,
      local: { ip: base?.ip ?? wildcard, port: 0 },
    }
    const met = await meetByUdp(node.runtime, meeting, signal)
    return authenticate(context, met, signal)
  })
}

/** How the callee gets a relay of its own. */
interface OwnRelay {
  readonly token: Uint8Array
  readonly open: () => Promise<UdpRelay | Error> | undefined
  readonly over: AbortController
}

/** Sends to the relay of the caller from a relay of the callee: for a callee that cannot send UDP. */
function relayToRelay(context: AnswerContext, { ip, port }: Candidate, own: OwnRelay): Attempt<Path> {
  const { node } = context
  const { token, open, over } = own
  const remote = { ip, port }
  const abandon = () => over.abort(new NodeError('NODE_ABORTED', 'another path was faster'))
  const attempt = attemptAt(
    context,
    remote,
    'reaching the relay of the caller by a relay',
    async (signal) => {
      signal.addEventListener('abort', abandon)
      const relay = await open()
      if (relay === undefined || relay instanceof Error) {
        throw relay ?? new NodeError('NODE_UNREACHABLE', 'name a TURN server in the servers file')
      }
      const { socket, local } = relay
      if (signal.aborted) {
        await relay.release()
        throw signal.reason
      }
      await relay.permit(ip)
      const meeting: UdpMeeting = { isCaller: false, token, remote, socket, local }
      const met = await meetByUdp(node.runtime, meeting, signal)
      void relay.closed.then(() => met.stream.destroy())
      return { ...(await authenticate(context, met, signal)), isLocalRelayed: true }
    },
  )
  return { ...attempt, abandon }
}

async function authenticate(
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

function attemptAt(
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
