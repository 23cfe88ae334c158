import { type Clock, type Family, familyOf, type RandomBytes } from '@p2pd/netif'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { formatStunUri } from '@p2pd/stun'
import { ConnectionLimit, type ConnectionLimitOptions } from './connection-limit.ts'
import { InfraError } from './infra-error.ts'
import { RateLimit, type RateLimitOptions } from './rate-limit.ts'
import { isWildcard, parseHost, reachableIps } from './hosts.ts'
import { bindStunSockets, type StunNetwork, type StunSockets } from './stun-sockets.ts'
import { StunTcpServer } from './stun-tcp-server.ts'
import { serveUdp } from './stun-udp-server.ts'
import { dtlsCrypto } from './nodejs/dtls-crypto.ts'
import { type TlsCertificate, tlsOpener } from './nodejs/tls-server.ts'
import { newTurnServer, type TurnOptions } from './turn/start-turn.ts'
import type { TurnServer } from './turn/turn-server.ts'

/** Many hosts share the address of a large NAT, and each may send 50 packets a second in a test. */
const RATE: RateLimitOptions = { perSecond: 500, burst: 1000 }

/** Nodes keep a few connections each; one address may be a large NAT. Below the usual 1024 open files. */
const CONNECTIONS: ConnectionLimitOptions = { total: 800, perSource: 400 }

/** The limits of a server. */
export interface StunLimits {
  /** Requests, over UDP and TCP together. @default 500 a second, 1000 at once */
  readonly rate?: RateLimitOptions
  /** @default 800, 400 from one source */
  readonly connections?: ConnectionLimitOptions
}

/** Where and how to serve STUN. */
export interface StunServerOptions {
  /** One or two addresses of each family; two make the server answer the tests of RFC 5780. */
  readonly hosts: readonly string[]
  /** 0 lets the system choose one that is free on all hosts, for UDP and TCP. */
  readonly port: number
  /** The other port, with two addresses. @default the next port, or the system's choice */
  readonly alternatePort?: number
  readonly limits?: StunLimits
  /** Serves TURN on the primary port of each host as well. @default no TURN */
  readonly turn?: TurnOptions
  /**
   * Serves TLS beside plain TCP on the same port, for `stuns:` and `turns:` clients, and DTLS 1.2 beside plain UDP.
   * @default neither
   */
  readonly tls?: TlsCertificate
  /** @default the machine's own */
  readonly network?: StunNetwork
  /** @default the machine's own */
  readonly clock?: Clock
  /** @default the machine's own */
  readonly random?: RandomBytes
}

/** A running STUN server. */
export interface StunServer {
  readonly port: number
  /** Each host over UDP and over TCP. RFC 7064. */
  readonly uris: readonly string[]
  close(): Promise<void>
}

/** The hosts of each family in their canonical spelling. */
function byFamily(hosts: readonly string[]): string[][] {
  const ips = hosts.map(parseHost)
  const of = (family: Family) => ips.filter((ip) => familyOf(ip) === family)
  const groups = [of('IPv4'), of('IPv6')].filter((group) => group.length > 0)
  const pairOfWildcard = (group: string[]) => group.length === 2 && group.some(isWildcard)
  const tooMany = groups.some((group) => group.length > 2 || pairOfWildcard(group))
  if (groups.length === 0 || tooMany || new Set(ips).size !== ips.length) {
    const given = hosts.join(', ') || 'none'
    throw new InfraError(
      'INFRA_INVALID_ARGUMENT',
      `STUN hosts ${given}: give one or two addresses of each family`,
    )
  }
  return groups
}

/**
 * Starts a STUN server over UDP and TCP. Clients of RFC 3489 are answered too.
 *
 * Rejects with `INFRA_INVALID_ARGUMENT` for bad hosts or a bad certificate. When it cannot listen, the code is `INFRA_ADDRESS_IN_USE`,
 * `INFRA_ADDRESS_NOT_AVAILABLE`, `INFRA_PERMISSION` or `INFRA_LISTEN`.
 * RFC 8489 §6, RFC 5780 §6.
 */
export async function startStunServer(options: StunServerOptions): Promise<StunServer> {
  const { limits = {}, network = systemNetwork, clock = systemClock, random = systemRandom, tls } = options
  const { port, alternatePort = port === 0 ? 0 : port + 1 } = options
  const families = byFamily(options.hosts)
  const openTls = tls && tlsOpener(tls)
  const crypto = tls && dtlsCrypto(tls)
  const all = await bindStunSockets(network, families, { port, alternatePort })
  const free = () => Promise.all(all.map((sockets) => sockets.close()))
  try {
    const rate = new RateLimit(limits.rate ?? RATE)
    const connections = new ConnectionLimit(limits.connections ?? CONNECTIONS)
    const described = await describe(network, families, all)
    const turn = await turnFor(options, network, families, all)
    const tcpServer = new StunTcpServer({ dialer: network, clock, rate, connections, turn, openTls })
    const endDtls = serveUdp(all, {
      allow: (ip) => rate.allow(ip, clock.now()),
      turn,
      dtls: crypto && { crypto, clock, random },
    })
    for (const { tcp, other } of all) tcp.onConnection((connection) => tcpServer.accept(connection, other))
    const close = async () => {
      endDtls()
      turn?.close()
      tcpServer.close()
      await free()
    }
    return { ...described, close }
  } catch (error) {
    await free()
    throw error
  }
}

async function turnFor(
  { turn, clock = systemClock, random = systemRandom }: StunServerOptions,
  network: StunNetwork,
  families: readonly string[][],
  all: readonly StunSockets[],
): Promise<TurnServer | undefined> {
  if (turn === undefined) return undefined
  const ips = (await Promise.all(families.flat().map((ip) => reachableIps(network, ip)))).flat()
  return newTurnServer(turn, { network, clock, random, ips, locals: all.map(({ local }) => local) })
}

/** The port, and the URIs of the primary addresses. */
async function describe(
  network: StunNetwork,
  families: readonly string[][],
  [first]: readonly StunSockets[],
): Promise<Pick<StunServer, 'port' | 'uris'>> {
  const port = first?.local.port ?? 0
  const hosts = (await Promise.all(families.flat().map((ip) => reachableIps(network, ip)))).flat()
  const uri = (host: string, transport: 'udp' | 'tcp') =>
    formatStunUri({ scheme: 'stun', host, port, transport })
  return { port, uris: hosts.flatMap((host) => [uri(host, 'udp'), uri(host, 'tcp')]) }
}
