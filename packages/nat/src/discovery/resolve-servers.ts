import {
  CONNECTION_ATTEMPT_DELAY_MS,
  type Clock,
  type Family,
  literalFamily,
  type Network,
  type TransportAddress,
} from '@p2pd/netif'
import { parseStunUri, type StunUri } from '@p2pd/stun'
import { NatError } from '../nat-error.ts'

/** A server of the list that has an address. */
export interface ResolvedServer {
  readonly uri: string
  readonly address: TransportAddress
}

/** A list of servers, and the protocol and family that they serve. */
export interface ServerChoice {
  /** `stun:` URIs (RFC 7064). STUN over TLS is left out: its answers add nothing. */
  readonly servers: readonly string[]
  readonly protocol: 'udp' | 'tcp'
  readonly family: Family
}

/** The ports that resolving needs. */
export interface ResolvePorts {
  readonly network: Pick<Network, 'resolve'>
  readonly clock: Clock
}

interface Entry {
  readonly uri: string
  readonly parsed: StunUri
}

/** The time for a name server that does not answer. */
const RESOLVE_MS = 2000

/**
 * Finds the addresses of servers, in the order of the list. After the first address a slow name may take 250 ms more.
 * Throws `NAT_NO_SERVER` when no server is left, or a `StunError` for a bad URI.
 */
export async function resolveServers(
  ports: ResolvePorts,
  choice: ServerChoice,
  signal?: AbortSignal,
): Promise<ResolvedServer[]> {
  const entries = fitting(choice)
  const found = new Map<Entry, TransportAddress>()
  await new Promise<void>((resolve) => {
    let cancel: (() => void) | undefined
    const look = async (entry: Entry) => {
      const ip = await resolveHost(ports.network, entry.parsed.host, choice.family, signal)
      if (ip === undefined) return
      found.set(entry, { ip, port: entry.parsed.port })
      cancel ??= ports.clock.at(ports.clock.now() + CONNECTION_ATTEMPT_DELAY_MS, resolve)
    }
    void Promise.all(entries.map(look)).then(() => {
      cancel?.()
      resolve()
    })
  })
  const resolved = entries.flatMap((entry) => {
    const address = found.get(entry)
    return address === undefined ? [] : [{ uri: entry.uri, address }]
  })
  signal?.throwIfAborted()
  if (resolved.length === 0) {
    const { servers, family, protocol } = choice
    throw new NatError(
      'NAT_NO_SERVER',
      `none of ${servers.length} STUN servers has an address for ${family} over ${protocol}`,
    )
  }
  return resolved.filter((server, index) => index === firstWith(resolved, server.address))
}

/** The servers listed for the protocol, or all when there are none: most serve both from one port. RFC 8489 §6.2. */
function fitting({ servers, protocol, family }: ServerChoice): Entry[] {
  const entries = servers
    .map((uri) => ({ uri, parsed: parseStunUri(uri) }))
    .filter(({ parsed: { scheme, host } }) => scheme === 'stun' && (literalFamily(host) ?? family) === family)
  const listed = entries.filter(({ parsed: { transport } }) => transport === protocol)
  return listed.length > 0 ? listed : entries
}

/** The first address of a host in the family, or undefined. */
async function resolveHost(
  network: Pick<Network, 'resolve'>,
  host: string,
  family: Family,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (literalFamily(host) !== undefined) return host
  try {
    const addresses = await network.resolve(host, {
      family,
      timeoutMs: RESOLVE_MS,
      ...(signal && { signal }),
    })
    return addresses[0]
  } catch {
    // A name without an address counts as a dead server; the other servers are asked.
    return undefined
  }
}

function firstWith(servers: readonly ResolvedServer[], { ip, port }: TransportAddress): number {
  return servers.findIndex(({ address }) => address.ip === ip && address.port === port)
}
