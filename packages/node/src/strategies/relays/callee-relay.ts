import { basesTowards, canSendTo } from '../../candidates/base.ts'
import type { Candidate } from '../../candidates/candidate.ts'
import type { Path } from '../../pipes/path.ts'
import type { StrategyAttempt } from '../../race/strategy-race.ts'
import type { AnswerContext } from '../context.ts'
import { attemptAt, authenticate, dialUntilPermitted } from './callee-attempt.ts'
import { addOwnRelay } from './callee-own-relay.ts'
import { isBlocked } from './own-nats.ts'
import { meetByUdp, type UdpMeeting } from './udp-meeting.ts'

/** The addresses of one relay, one of each family: a lying peer makes a node dial no more. */
const MAX_ADDRESSES = 2

/** The port of a candidate that receives nothing: only its address counts. RFC 6544 §4.5. */
const NO_PORT = 9

/** The callee's half of `relay`: reaches the relayed address of the offer, in each family that this host has. */
export async function answerRelay(context: AnswerContext): Promise<void> {
  const { node, offer, race } = context
  const relayed = offer.candidates.filter(({ kind }) => kind === 'relayed').slice(0, MAX_ADDRESSES)
  const blocked = { udp: isBlocked(node.natReports(), 'udp'), tcp: isBlocked(node.natReports(), 'tcp') }
  const reached = relayed.filter(({ ip, transport }) => {
    if (!canSendTo(ip, node.interfaces())) return false
    // Where no STUN server answers by TCP, a dial may still succeed.
    return (
      transport === 'tcp' || (node.runtime.udx !== undefined && offer.punch !== undefined && !blocked.udp)
    )
  })
  if (reached.some(({ transport }) => transport === 'udp')) announceSources(context)
  for (const remote of reached) {
    race.add(remote.transport === 'tcp' ? dialRelay(context, remote) : sendToRelay(context, remote))
  }
  const [first] = reached.length > 0 ? reached : relayed
  if (first === undefined) return
  await addOwnRelay(context, first, { isNeeded: reached.length === 0 || blocked[first.transport] })
}

/** Tells the caller the addresses that this host's UDP packets come from: its relay lets in no others. RFC 8656 §9. */
function announceSources({ node, announce }: AnswerContext): void {
  const known = new Set(node.candidates().map(({ ip }) => ip))
  const sources = node
    .natReports()
    .filter(({ protocol }) => protocol === 'udp')
    .flatMap(({ report }) => report.externalAddresses)
  for (const ip of new Set(sources)) {
    if (!known.has(ip)) announce({ kind: 'server-reflexive', transport: 'udp', ip, port: NO_PORT })
  }
}

function dialRelay(context: AnswerContext, remote: Candidate): StrategyAttempt<Path> {
  const { ip, port } = remote
  return attemptAt(context, remote, 'dialling the relay of the caller', (signal) =>
    dialUntilPermitted(
      context,
      () => context.node.runtime.network.dial({ remote: { ip, port }, signal }),
      signal,
    ),
  )
}

/** Sends to the relay of the caller from a socket of this host. */
function sendToRelay(context: AnswerContext, { ip, port }: Candidate): StrategyAttempt<Path> {
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
