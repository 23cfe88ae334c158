import {
  type Clock,
  type Family,
  type Network,
  race,
  type RandomBytes,
  type TransportAddress,
  withDeadline,
} from '@p2pd/netif'
import { faultOfAnswer } from '../classify/answer-fault.ts'
import { NatError } from '../nat-error.ts'
import { type ResolvedServer, resolveServers } from '../discovery/resolve-servers.ts'
import { MAX_RACING_SERVERS, SERVER_WAVES } from '../plan/plan-address.ts'

/** The servers to ask for a mapping, and the time for it. */
export interface MapOptions {
  /** `stun:` URIs, in the order to be tried. RFC 7064. */
  readonly servers: readonly string[]
  /** @default 5000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The external address of a socket, as a server saw it. */
export interface ExternalMapping {
  readonly external: TransportAddress
  /** The server that answered, as in the list. */
  readonly server: string
  /** From the request to the answer; over TCP from the dial. */
  readonly rttMs: number
}

/** Time for two sets of nine servers; a server that works answers within a staggered start and a round trip. */
const TIMEOUT_MS = 5000

/** Time for one server: three requests over UDP. RFC 8489 §6.2.1. */
export const SERVER_TIMEOUT_MS = 2500

/** Dead servers cost one staggered start. */
const RACE = { waves: SERVER_WAVES, maxUnderWay: MAX_RACING_SERVERS } as const

/** How to ask a server. */
export interface Question<Answer> {
  readonly protocol: 'udp' | 'tcp'
  readonly family: Family
  readonly ask: (server: TransportAddress, signal: AbortSignal) => Promise<Answer>
  /** Closes an answer that is not used. */
  readonly discard: (answer: Answer) => void
}

/**
 * Asks the servers of a list in staggered starts, and takes the first answer that can be true. Throws `NAT_NO_ANSWER`
 * or `NAT_NO_SERVER`. RFC 8305 §5.
 */
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
    const fault = faultOfAnswer(answer.mapped, address)
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
