import { type Family, familyOf, literalFamily, race, type TransportAddress } from '@p2pd/netif'
import { getTcpMapping, getUdpMapping, parseStunUri, type StunUri } from '@p2pd/stun'
import type { NatPorts } from '../probe/prober.ts'

/** The result of one STUN server. */
export interface ServerCheck {
  /** As in the list. */
  readonly server: string
  readonly ok: boolean
  readonly rttMs?: number
  /** The family in which it answered. */
  readonly family?: Family
  readonly reason?: string
}

/** The servers to check. */
export interface CheckServersOptions {
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** Servers that have not answered by then are reported with its reason. */
  readonly signal?: AbortSignal
}

/** Sockets at once. */
const MAX_AT_ONCE = 4

/** Time for one server: three requests over UDP. RFC 8489 §6.2.1. */
const TIMEOUT_MS = 2500

/** Asks every server once and reports each of them. Never rejects. */
export async function checkServers(ports: NatPorts, options: CheckServersOptions): Promise<ServerCheck[]> {
  const results: ServerCheck[] = []
  const waiting = options.servers.map((server, index) => ({ server, index }))
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results[next.index] = await checkServer(ports, next.server, options)
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work))
  return results
}

async function checkServer(
  ports: NatPorts,
  server: string,
  options: CheckServersOptions,
): Promise<ServerCheck> {
  try {
    options.signal?.throwIfAborted()
    const uri = parseStunUri(server)
    if (uri.scheme === 'stuns') return { server, ok: false, reason: 'not tested: STUN over TLS' }
    return { server, ok: true, ...(await roundTrip(ports, uri, options)) }
  } catch (error) {
    const { errors = [error] } = error as Partial<AggregateError>
    return { server, ok: false, reason: errors.map(({ message }: Error) => message).join('; ') }
  }
}

/** A round trip, and the family by which it was made. */
type RoundTrip = Required<Pick<ServerCheck, 'rttMs' | 'family'>>

/** Asks the first address of each family; which of them leads anywhere is only known afterwards. RFC 8305 §4. */
async function roundTrip(ports: NatPorts, uri: StunUri, options: CheckServersOptions): Promise<RoundTrip> {
  const { signal } = options
  const ips = await resolveIps(ports, uri.host, signal)
  const attempts = ips.map((ip) => async (ending: AbortSignal) => {
    const rttMs = await roundTripTo(ports, { ip, port: uri.port }, uri.transport, ending)
    return { rttMs, family: familyOf(ip) }
  })
  return race(attempts, { clock: ports.clock, discard: () => {}, ...(signal && { signal }) })
}

async function roundTripTo(
  ports: NatPorts,
  server: TransportAddress,
  transport: StunUri['transport'],
  signal: AbortSignal,
): Promise<number> {
  const start = ports.clock.now()
  const request = { server, timeoutMs: TIMEOUT_MS, signal }
  if (transport === 'udp') {
    const { socket } = await getUdpMapping(ports, request)
    socket.close()
    return ports.clock.now() - start
  }
  const { connection } = await getTcpMapping(ports, request)
  connection.stream.destroy()
  // The handshake took one round trip, the request another.
  return (ports.clock.now() - start) / 2
}

/** The first address of each family, in the order of the resolver. */
async function resolveIps(
  { network }: NatPorts,
  host: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  if (literalFamily(host) !== undefined) return [host]
  const addresses = await network.resolve(host, { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
  return addresses.filter(
    (ip, index) => index === addresses.findIndex((one) => familyOf(one) === familyOf(ip)),
  )
}
