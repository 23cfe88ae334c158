import { familyOf, type RandomBytes } from '@p2pd/netif'
import { assess } from '../classify/assess.ts'
import { Discovery } from './discovery.ts'
import { driveDiscovery } from './drive-discovery.ts'
import { sourceOf } from './interface-source.ts'
import { NatError } from '../nat-error.ts'
import type { ProbeJournal } from './probe-journal.ts'
import type { Observation, Probe } from './observation.ts'
import { packetsPerSecond } from '../plan/pacing.ts'
import type { DiscoveryGoal, DiscoverySetup } from '../plan/view.ts'
import type { NatPorts, ProbeSource } from '../probe/prober.ts'
import { TcpProber } from '../probe/tcp-prober.ts'
import { UdpProber } from '../probe/udp-prober.ts'
import type { NatReport } from '../report/nat-report.ts'
import { type ResolvedServer, resolveServers } from './resolve-servers.ts'

/** The NAT to discover, and how much of it. */
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
  /** Called as soon as mapping, type and delta are known; the result adds the range and the rest. */
  readonly onKnown?: (report: NatReport) => void
}

/** How long a discovery may take. */
export interface DiscoverLimits {
  /** The report then has what is known. @default 10000, or 90000 for the goal 'thorough' */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Another discovery tests the other protocol at the same time: both share the packet rate. @default false */
  readonly shared?: boolean
  /** The probes of both protocols, which may move one counter. @default those of this discovery */
  readonly journal?: ProbeJournal
  /** Sampling a range ends so long after the first probe. @default when there are enough samples */
  readonly rangeMs?: number
}

/** The result of a discovery. */
export interface NatDiscovery {
  readonly report: NatReport
  /** All probes and answers; `mappedPorts` turns them into the input of a prediction. */
  readonly observations: readonly Observation[]
  /** In the order of the list. */
  readonly servers: readonly ServerResult[]
}

/** The result of one server. */
export interface ServerResult {
  /** As in the list. */
  readonly server: string
  /** The server answered, and its answers are credible; false also for a server that was not asked. */
  readonly ok: boolean
  readonly asked: boolean
  readonly rttMs?: number
  readonly reason?: string
}

/** A random port for each socket; a thorough discovery opens more sockets. */
const RANDOM_PORTS = 300
const THOROUGH_RANDOM_PORTS = 3000

/** Local ports to probe from: registered and dynamic ones, so that a rule shows over the whole range. RFC 6335 §6. */
const FIRST_PORT = 2048
const LAST_PORT = 65000

/** Longer than a discovery takes with servers that answer; without an answer it ends after 3 s. */
const TIMEOUT_MS = 10_000

/** A counter is followed around its range at 46 probes a second. */
const THOROUGH_TIMEOUT_MS = 90_000

/**
 * Discovers the behaviour of the NAT in front of a NIC, for one protocol. Throws `NAT_NO_SERVER`,
 * `NAT_INVALID_ARGUMENT` or the reason of `signal`. RFC 5780 §4, RFC 4787, RFC 5382.
 */
export async function discoverNat(ports: NatPorts, options: DiscoverOptions): Promise<NatDiscovery> {
  const { protocol = 'udp', goal = 'range', limits = {}, onKnown } = options
  const { journal } = limits
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
    ...(journal && { journal: { protocol, sent: journal.sent } }),
    ...(limits.rangeMs !== undefined && { rangeMs: limits.rangeMs }),
  }
  const discovery = new Discovery(setup, timeoutMs)
  journal?.begin(protocol)
  const onSent = (probe: Probe) => journal?.add(protocol, probe)
  const prober =
    protocol === 'udp'
      ? new UdpProber(ports, from, packetsPerSecond(setup), onSent)
      : new TcpProber(ports, from, onSent)
  const { clock } = ports
  const report = await driveDiscovery(discovery, { prober, clock, onKnown, signal: limits.signal })
  const { observations } = discovery
  return { report, observations, servers: resultsOf(servers, observations) }
}

/**
 * Finds the external address of a NIC in one round trip to the first server that answers. Throws `NAT_NO_ANSWER`,
 * `NAT_NO_SERVER` or `NAT_INVALID_ARGUMENT`. RFC 8489 §2.
 */
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

/** The quarter of the ports that each socket takes, in turn: the range of the NAT may be any part of them. */
const QUARTERS = [2, 0, 3, 1] as const

/**
 * Distinct even ports; the discovery takes the odd neighbours as well. The filtering test must not leave from a port
 * whose mappings an earlier discovery compared a moment ago: that one opened the filter.
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

/** The address that the system itself would send from. */
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
