import { type Family, familyOf, literalFamily } from '@p2pd/netif'
import { getTcpMapping, getUdpMapping, parseStunUri, type StunUri } from '@p2pd/stun'
import type { NatPorts } from '../probe/prober.ts'

/** The result of one STUN server. */
export interface ServerCheck {
  /** As in the list. */
  readonly server: string
  readonly ok: boolean
  readonly rttMs?: number
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
    return { server, ok: true, rttMs: await roundTrip(ports, uri, options) }
  } catch (error) {
    return { server, ok: false, reason: (error as Error).message }
  }
}

async function roundTrip(
  ports: NatPorts,
  { host, port, transport }: StunUri,
  options: CheckServersOptions,
): Promise<number> {
  const { signal } = options
  const ip = await resolveIp(ports, host, signal)
  const start = ports.clock.now()
  const request = { server: { ip, port }, timeoutMs: TIMEOUT_MS, ...(signal && { signal }) }
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

async function resolveIp(
  { network }: NatPorts,
  host: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const family: Family | undefined = literalFamily(host)
  if (family !== undefined) return host
  const addresses = await network.resolve(host, { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
  const ip = addresses.find((one) => familyOf(one) === 'IPv4') ?? addresses[0]
  if (ip === undefined) throw new Error(`${host} has no address`)
  return ip
}
