import {
  type Clock,
  type Family,
  type Network,
  race,
  type RandomBytes,
  type TransportAddress,
  withDeadline,
} from '@p2pd/netif'
import { faultOf } from '../classify/fault-of.ts'
import { NatError } from '../nat-error.ts'
import { type ResolvedServer, resolveServers } from '../discovery/resolve-servers.ts'
import { MAX_RACING_SERVERS, SERVER_WAVES } from '../plan/plan-address.ts'

/** Which servers to ask for a mapping, and for how long. */
export interface MapOptions {
  /** `stun:` URIs, in the order to be tried. RFC 7064. */
  readonly servers: readonly string[]
  /** @default 5000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Where a server saw a socket. */
export interface ExternalMapping {
  readonly external: TransportAddress
  /** The one that answered, as in the list. */
  readonly server: string
  /** From the question to the answer; with TCP from the dial. */
  readonly rttMs: number
}

/** A healthy list answers within a staggered start and a round trip; this is time for two sets of nine. */
const TIMEOUT_MS = 5000

/** What one server gets of it: three tries over UDP. RFC 8489 §6.2.1. */
export const SERVER_TIMEOUT_MS = 2500

/** Dead servers cost one staggered start. */
const RACE = { waves: SERVER_WAVES, maxUnderWay: MAX_RACING_SERVERS } as const

/** How servers are asked. */
export interface Question<Answer> {
  readonly protocol: 'udp' | 'tcp'
  readonly family: Family
  readonly ask: (server: TransportAddress, signal: AbortSignal) => Promise<Answer>
  /** Closes what is not wanted. */
  readonly discard: (answer: Answer) => void
}

/** Asks the servers of a list in staggered starts; the first answer that can be true counts. RFC 8305 §5. */
export async function askServers<Answer extends { readonly mapped: TransportAddress }>(
  ports: { readonly network: Pick<Network, 'resolve'>; readonly clock: Clock; readonly random: RandomBytes },
  { servers, timeoutMs = TIMEOUT_MS, signal }: MapOptions,
  { protocol, family, ask, discard }: Question<Answer>,
): Promise<Answer & ExternalMapping> {
  const { clock } = ports
  const timedOut = () => new NatError('NAT_NO_ANSWER', `no STUN server answered within ${timeoutMs} ms`)
  const attempt = async ({ uri, address }: ResolvedServer, stop: AbortSignal) => {
    const startedAt = clock.now()
    const answer = await ask(address, stop)
    const fault = faultOf(answer.mapped, address)
    if (fault === undefined)
      return { ...answer, external: answer.mapped, server: uri, rttMs: clock.now() - startedAt }
    discard(answer)
    throw new NatError('NAT_NO_ANSWER', `${uri} ${fault}`)
  }
  return withDeadline({ clock, timeoutMs, signal, timedOut }, async (ended) => {
    const list = await resolveServers(ports, { servers, protocol, family }, ended)
    const attempts = list.map((server) => (stop: AbortSignal) => attempt(server, stop))
    try {
      return await race(attempts, { ...RACE, clock, signal: ended, discard })
    } catch (error) {
      throw error instanceof AggregateError ? noneAnswered(error) : error
    }
  })
}

function noneAnswered(cause: AggregateError): NatError {
  const reasons = (cause.errors as Error[]).map(({ message }) => message)
  return new NatError('NAT_NO_ANSWER', `no STUN server answered: ${reasons.join('; ')}`, { cause })
}
