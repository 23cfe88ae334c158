import { race, type TransportAddress, withDeadline } from '@p2pd/netif'
import { StunError } from '@p2pd/stun'
import { Authentication } from '../authentication/authentication.ts'
import type { Credentials } from '../authentication/credentials.ts'
import { type Allocated, type AllocationTerms, DEFAULT_LIFETIME_SECONDS } from '../client/allocate-request.ts'
import { AllocationMachine } from '../client/allocation-machine.ts'
import { TurnError } from '../turn-error.ts'
import { parseTurnUri } from '../turn-uri.ts'
import { openLeg, type Target } from './leg.ts'
import { followRedirection } from './redirect.ts'
import { Redirection, ServedAllocation } from './served-allocation.ts'
import type { AllocateOptions, TurnPorts } from './turn-ports.ts'

/** An allocation that was made. */
export interface Established {
  readonly served: ServedAllocation
  readonly allocated: Allocated
  /** Signs data connections with the same nonce. RFC 6062 §4.3. */
  readonly authentication: Authentication
}

/** Everything an attempt needs beside its target. */
interface Attempt {
  readonly ports: TurnPorts
  readonly terms: AllocationTerms
  readonly credentials: Credentials
}

/** A server has two addresses at most that are worth trying: one of each family. */
const MAX_ADDRESSES = 2

/** An old allocation of a crashed program may still have the local port; the system gives another one. RFC 8656 §7.2. */
const MAX_MISMATCHES = 3

const TIMEOUT_MS = 10_000

/**
 * Makes an allocation: resolves the server's name, races its addresses, follows redirections. Rejects with a `TurnError`
 * or the reason of the signal; then nothing is left open. RFC 8656 §7, RFC 8305 §5.
 */
export async function establish(
  ports: TurnPorts,
  options: AllocateOptions,
  relay: AllocationTerms['relay'],
): Promise<Established> {
  const { timeoutMs = TIMEOUT_MS, signal, families = 'IPv4' } = options
  const { lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = options
  const terms = { relay, families, lifetimeSeconds }
  const timedOut = () => new TurnError('TURN_TIMEOUT', `${options.server}: no allocation in ${timeoutMs} ms`)
  const deadline = { clock: ports.clock, timeoutMs, timedOut, ...(signal && { signal }) }
  return withDeadline(deadline, async (ended) => {
    const targets = await resolveTargets(ports, options, relay, ended)
    const credentials = await credentialsOf(options)
    const attempt = { ports, terms, credentials }
    const attempts = targets.map(
      (target) => (raced: AbortSignal) => allocateAt(attempt, target, AbortSignal.any([raced, ended])),
    )
    const discard = ({ served }: Established) => void served.close()
    return race(attempts, { clock: ports.clock, signal: ended, discard }).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error
    })
  })
}

async function credentialsOf({ credentials }: AllocateOptions): Promise<Credentials> {
  return typeof credentials === 'function' ? credentials() : credentials
}

async function resolveTargets(
  { network }: TurnPorts,
  { server: uri, interfaceName }: AllocateOptions,
  relay: AllocationTerms['relay'],
  signal: AbortSignal,
): Promise<Target[]> {
  const { scheme, host, port, transport: asked } = parseTurnUri(uri)
  const transport = scheme === 'turns' ? 'tls' : asked
  if (relay === 'tcp' && transport === 'udp') {
    throw new TurnError('TURN_UNSUPPORTED', `${uri}: TCP is relayed over a TCP or TLS connection only`)
  }
  const ips = await network.resolve(host, { signal }).catch((cause: Error) => {
    throw new TurnError('TURN_UNREACHABLE', `${host}: ${cause.message}`, { cause })
  })
  const of = (family: string) => ips.filter((ip) => ip.includes(':') === (family === 'IPv6')).slice(0, 1)
  return [...of('IPv4'), ...of('IPv6')].slice(0, MAX_ADDRESSES).map((ip) => ({
    server: { ip, port },
    transport,
    serverName: host,
    interfaceName,
  }))
}

/** Allocates at one address of a server, and at those that it names instead. */
async function allocateAt(attempt: Attempt, first: Target, signal: AbortSignal): Promise<Established> {
  const tried: TransportAddress[] = []
  for (let target = first; ; ) {
    tried.push(target.server)
    try {
      return await allocateOnNewPort(attempt, target, signal)
    } catch (error) {
      if (!(error instanceof Redirection)) throw error
      target = followRedirection(error.response, target, tried)
    }
  }
}

async function allocateOnNewPort(
  attempt: Attempt,
  target: Target,
  signal: AbortSignal,
): Promise<Established> {
  for (let mismatches = 1; ; mismatches++) {
    try {
      return await allocateOnce(attempt, target, signal)
    } catch (error) {
      const isMismatch = error instanceof TurnError && error.code === 'TURN_LOST'
      if (!isMismatch || error.errorCode === undefined || mismatches === MAX_MISMATCHES) throw error
    }
  }
}

async function allocateOnce(
  { ports, terms, credentials }: Attempt,
  target: Target,
  signal: AbortSignal,
): Promise<Established> {
  const authentication = new Authentication(credentials, ports.crypto)
  const leg = await openLeg(ports, target, signal).catch((cause: unknown) => {
    throw unreachable(target, cause, signal)
  })
  const { server, reliable } = leg
  const machine = new AllocationMachine({ server, reliable, terms, authentication, random: ports.random })
  const served = new ServedAllocation(target, leg, machine, ports.clock)
  return { served, allocated: await served.begin(signal), authentication }
}

/** The error for a transport that did not open. */
function unreachable({ server, transport }: Target, cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (cause instanceof TurnError) return cause
  const { message } = cause as Error
  const code = cause instanceof StunError && cause.code === 'STUN_TLS' ? 'TLS' : transport.toUpperCase()
  return new TurnError('TURN_UNREACHABLE', `${server.ip}, ${code}: ${message}`, { cause })
}
