import { formatTransportAddress, type Interface, IpRange } from '@p2pd/netif'
import { type Candidate, dialable, unspecified } from './candidate.ts'
import { withDeadline } from './deadline.ts'
import { readHello } from './hello.ts'
import type { Message } from './message.ts'
import type { Path } from './path.ts'
import { encodePreamble } from './preamble.ts'
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
  for (const candidate of dialable(offer.candidates, interfaces)) {
    race.add(attemptOf(runtime, caller, offer, candidate), headStartMs)
  }
}

function attemptOf(
  { clock, network, secure }: Runtime,
  peer: Uint8Array,
  { connectionId }: Message,
  { ip, port }: Candidate,
): Attempt<Path> {
  const remote = { ip, port }
  const deadline = { clock, timeoutMs: TIMEOUT_MS, what: 'dialling back' }
  return {
    strategy: 'reverse',
    local: unspecified(remote),
    remote: formatTransportAddress(remote),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const { stream, local } = await network.dial({ remote, signal })
        stream.write(encodePreamble(connectionId))
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
  const own = interfaces.flatMap((nic) => nic.addresses).filter(({ scope }) => scope !== 'host')
  const near = own.some((address) => {
    const subnet = new IpRange(address.ip, address.prefixLength)
    return candidates.some(({ ip }) => subnet.contains(ip))
  })
  return near ? NEAR_HEAD_START_MS : 0
}
