import { familyOf, type RandomBytes } from '@p2pd/netif'
import { assess } from '../classify/assess.ts'
import { Discovery } from './discovery.ts'
import { driveDiscovery } from './drive-discovery.ts'
import { sourceOf } from './interface-source.ts'
import { NatError } from '../nat-error.ts'
import type { Observation } from './observation.ts'
import { packetsPerSecond } from '../plan/packets.ts'
import type { DiscoveryGoal, DiscoverySetup } from '../plan/view.ts'
import type { NatPorts, ProbeSource } from '../probe/prober.ts'
import { TcpProber } from '../probe/tcp-prober.ts'
import { UdpProber } from '../probe/udp-prober.ts'
import type { NatReport } from '../report.ts'
import { type ResolvedServer, resolveServers } from './resolve-servers.ts'

/** Which NAT to look at, and how closely. */
export interface DiscoverOptions {
  /** `stun:` URIs (RFC 7064), in the order to be tried. */
  readonly servers: readonly string[]
  /** @default 'udp' */
  readonly protocol?: 'udp' | 'tcp'
  /** The address and NIC to leave from. @default the first address of a NIC with an IPv4 default route, else IPv6 */
  readonly from?: ProbeSource
  /** @default 'range' */
  readonly goal?: DiscoveryGoal
  readonly limits?: DiscoverLimits
  /** Called as soon as mapping, type and delta are known; range and rest follow with the result. */
  readonly onKnown?: (report: NatReport) => void
}

/** How long a discovery may take. */
export interface DiscoverLimits {
  /** After this the report says what is known. @default 10000, or 90000 for the goal 'thorough' */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The other protocol is looked at at the same time: packets are shared. @default false */
  readonly shared?: boolean
  /** Sampling a range ends so long after the first probe. @default when there are enough samples */
  readonly rangeMs?: number
}

/** What came out. */
export interface NatDiscovery {
  readonly report: NatReport
  /** Everything seen; `mappedPorts` makes a prediction's input of it. */
  readonly observations: readonly Observation[]
  /** What was asked, in the order of the list. */
  readonly servers: readonly ServerResult[]
}

/** How one server did. */
export interface ServerResult {
  /** As in the list. */
  readonly server: string
  /** It answered, and nothing speaks against it; false also for one that was not needed. */
  readonly ok: boolean
  readonly asked: boolean
  readonly rttMs?: number
  readonly reason?: string
}

/** A random port for each socket; the walk of a thorough look needs more. */
const RANDOM_PORTS = 300
const THOROUGH_RANDOM_PORTS = 3000

/** Local ports to probe from: registered ones and dynamic ones alike, so that a rule shows everywhere. RFC 6335 §6. */
const FIRST_PORT = 2048
const LAST_PORT = 65000

/** Servers answer, and none of it takes so long; a network without servers is known after 3 s. */
const TIMEOUT_MS = 10_000

/** A counter's walk around its range at 46 probes a second. */
const THOROUGH_TIMEOUT_MS = 90_000

/** Finds out what the NAT in front of a NIC does with one protocol. RFC 5780 §4, RFC 4787, RFC 5382. */
export async function discoverNat(ports: NatPorts, options: DiscoverOptions): Promise<NatDiscovery> {
  const { protocol = 'udp', goal = 'range', limits = {}, onKnown } = options
  const timeoutMs = limits.timeoutMs ?? (goal === 'thorough' ? THOROUGH_TIMEOUT_MS : TIMEOUT_MS)
  const from = options.from ?? (await defaultSource(ports))
  const choice = { servers: options.servers, protocol, family: familyOf(from.ip) }
  const servers = await resolveServers(ports, choice, limits.signal)
  const setup: DiscoverySetup = {
    protocol,
    goal,
    servers: servers.map(({ address }) => address),
    ports: randomPorts(ports.random, goal),
    ...(limits.shared && { shared: true }),
    ...(limits.rangeMs !== undefined && { rangeMs: limits.rangeMs }),
  }
  const discovery = new Discovery(setup, timeoutMs)
  const prober =
    protocol === 'udp' ? new UdpProber(ports, from, packetsPerSecond(setup)) : new TcpProber(ports, from)
  const { clock } = ports
  const report = await driveDiscovery(discovery, { prober, clock, onKnown, signal: limits.signal })
  const { observations } = discovery
  return { report, observations, servers: resultsOf(servers, observations) }
}

/** The external address of a NIC as fast as can be: one round trip to the first server that lives. RFC 8489 §2. */
export async function discoverExternalAddress(
  ports: NatPorts,
  options: Omit<DiscoverOptions, 'goal' | 'onKnown'>,
): Promise<string> {
  const { report } = await discoverNat(ports, { ...options, goal: 'address' })
  const [ip] = report.externalAddresses
  if (ip === undefined)
    throw new NatError('NAT_NO_ANSWER', `no STUN server answered: ${report.evidence.join('; ')}`)
  return ip
}

/** In which quarter of the ports the sockets are, in turn: a NAT's range may be any part of them. */
const QUARTERS = [2, 0, 3, 1] as const

/**
 * Distinct even ports: each is followed by its neighbour in turn. So the port that filtering is tested from never is
 * one whose mappings were compared a moment ago, in a look before this one: that has opened its filter.
 */
function randomPorts(random: RandomBytes, goal: DiscoveryGoal): number[] {
  const count = goal === 'thorough' ? THOROUGH_RANDOM_PORTS : RANDOM_PORTS
  const width = Math.floor((LAST_PORT - FIRST_PORT) / QUARTERS.length)
  const bytes = random(2 * count)
  const ports = new Set<number>()
  for (let i = 0; i < count; i++) {
    const drawn = ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)
    const quarter = QUARTERS[(i >> 1) % QUARTERS.length] ?? 0
    ports.add((FIRST_PORT + quarter * width + (drawn % width)) & ~1)
  }
  return [...ports]
}

function resultsOf(servers: readonly ResolvedServer[], observations: readonly Observation[]): ServerResult[] {
  const verdicts = assess(observations).servers
  return servers.map(({ uri }, index) => {
    const verdict = verdicts.find(({ server }) => server === index)
    if (verdict === undefined) return { server: uri, ok: false, asked: false }
    const { trusted, rttMs, reason } = verdict
    return {
      server: uri,
      ok: trusted,
      asked: true,
      ...(rttMs !== undefined && { rttMs }),
      ...(reason !== undefined && { reason }),
    }
  })
}

/** Where the system itself would send from. */
async function defaultSource({ network }: NatPorts): Promise<ProbeSource> {
  const interfaces = await network.interfaces()
  for (const family of ['IPv4', 'IPv6'] as const) {
    const nic = interfaces.find((one) => one.up && one.default[family])
    const source = nic && sourceOf(nic, family)
    if (source !== undefined) return source
  }
  throw new NatError(
    'NAT_INVALID_ARGUMENT',
    'no NIC has an address and a default route; say which with `from`',
  )
}
