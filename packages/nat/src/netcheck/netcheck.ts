import { type Family, type Interface, leadsOut } from '@p2pd/netif'
import { checkServers, type ServerCheck } from './check-servers.ts'
import { discoverNat } from '../discovery/discover-nat.ts'
import { ProbeJournal } from '../discovery/probe-journal.ts'
import { NatError } from '../nat-error.ts'
import { gatewayKey, type GatewayMac, preferredGateway, sourceOf } from '../discovery/interface-source.ts'
import type { NatPorts } from '../probe/prober.ts'
import { assumedFirewall } from '../report/assumed-report.ts'
import { type NatReport, untestedReport } from '../report/nat-report.ts'
import type { NetcheckInterface, NetcheckRoute } from './netcheck-interface.ts'
import { type Reached, reachedByStun, withoutContradiction } from './reached.ts'

/** The result of a server that another package checked. */
export interface OtherServerCheck {
  readonly server: string
  readonly ok: boolean
  readonly rttMs?: number
  /** TURN: the families of its UDP relays. */
  readonly udp?: readonly Family[]
  /** TURN: whether it relays TCP; undefined where that was not tried. */
  readonly tcp?: boolean
  readonly reason?: string
  /** The ways by which it was reached, even where it then refused: these are not blocked. @default not known */
  readonly reached?: readonly Reached[]
}

/** The result of `p2pd netcheck`, as data. */
export interface Netcheck {
  readonly interfaces: readonly NetcheckInterface[]
  readonly stun: readonly ServerCheck[]
  readonly mqtt: readonly OtherServerCheck[]
  readonly turn: readonly OtherServerCheck[]
  readonly portmap: readonly unknown[]
  readonly elapsedMs: number
}

/** Options of a check. */
export interface NetcheckOptions {
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** Checks of other packages, at the same time; late ones are left out. @default none */
  readonly others?: OtherChecks
  /** Tells apart gateways with the same IP address. @default the NIC does */
  readonly gatewayMac?: GatewayMac
  /** @default 10000 */
  readonly timeoutMs?: number
  /** Called with a line for people. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Checks of other packages. */
export interface OtherChecks {
  readonly mqtt?: Promise<readonly OtherServerCheck[]>
  readonly turn?: Promise<readonly OtherServerCheck[]>
  readonly portmap?: Promise<readonly unknown[]>
}

/** Longer than a check takes when servers answer. */
const TIMEOUT_MS = 10_000

/** Time for samples of the port range: as long as the other tests take when no packet is lost. */
const RANGE_MS = 2200

/** The part of the time-out for resolving names, before the probes begin. */
const RESOLVING_MS = 2500

/** Said once, where the addresses are all that is known. */
const NOT_LISTED =
  'The system does not list its NICs: the addresses are those that its kernel picks for the Internet.'

/** Of a NIC that leads to a network of its own. */
export const NO_DEFAULT_ROUTE = 'not tested: no default route leads through the NIC'

type Reports = Map<string, Promise<NatReport>>

/**
 * Checks every NIC, family and protocol at once, and every server. A failed check has its reason in the result; the
 * call itself rejects with the reason of `signal`, or as `network.interfaces` does (`NETIF_*`).
 */
export async function netcheck(ports: NatPorts, options: NetcheckOptions): Promise<Netcheck> {
  const { clock, network } = ports
  const { timeoutMs = TIMEOUT_MS, onProgress, others = {} } = options
  const start = clock.now()
  const deadline = new AbortController()
  const cancel = clock.at(start + timeoutMs, () =>
    deadline.abort(new NatError('NAT_NO_ANSWER', 'netcheck took too long')),
  )
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal
  const interfaces = (await network.interfaces()).filter(({ type }) => type !== 'loopback')
  if (interfaces.some(({ inferred }) => inferred)) onProgress?.(NOT_LISTED)
  onProgress?.(`Checking NICs: ${interfaces.length}, STUN servers: ${options.servers.length}`)
  const reports: Reports = new Map()
  const inTime = <Value>(work: Promise<Value> | undefined, otherwise: Value) =>
    within(work ?? Promise.resolve(otherwise), deadline.signal, otherwise)
  try {
    const [nics, stun, mqtt, turn, portmap] = await Promise.all([
      Promise.all(interfaces.map((nic) => checkInterface(ports, options, nic, reports, timeoutMs))),
      checkServers(ports, { servers: options.servers, signal }),
      inTime(others.mqtt, []),
      inTime(others.turn, []),
      inTime(others.portmap, []),
    ])
    options.signal?.throwIfAborted()
    const reached = [
      ...stun.flatMap(reachedByStun),
      ...[...mqtt, ...turn].flatMap((one) => one.reached ?? []),
    ]
    return {
      interfaces: nics.map((nic) => withoutGuesses(withoutContradiction(nic, reached))),
      stun,
      mqtt,
      turn,
      portmap,
      elapsedMs: Math.round(clock.now() - start),
    }
  } finally {
    cancel()
  }
}

async function checkInterface(
  ports: NatPorts,
  options: NetcheckOptions,
  nic: Interface,
  reports: Reports,
  timeoutMs: number,
): Promise<NetcheckInterface> {
  const { name, index, mac, up } = nic
  const families = (['IPv4', 'IPv6'] as const).filter((family) =>
    nic.addresses.some((one) => one.family === family),
  )
  const routes = await Promise.all(
    families.map((family) => checkRoute(ports, options, { nic, family }, reports, timeoutMs)),
  )
  const gateway = Object.fromEntries(
    families.flatMap((family) => {
      const preferred = preferredGateway(nic, family)
      return preferred === undefined ? [] : [[family, preferred.ip]]
    }),
  )
  const known = { name, index, ...(mac !== undefined && { mac }), up, default: nic.default, gateway, routes }
  return nic.inferred ? { ...known, inferred: true } : known
}

async function checkRoute(
  ports: NatPorts,
  options: NetcheckOptions,
  { nic, family }: { readonly nic: Interface; readonly family: Family },
  reports: Reports,
  timeoutMs: number,
): Promise<NetcheckRoute> {
  const from = sourceOf(nic, family)
  const journal = new ProbeJournal()
  const check = (protocol: 'udp' | 'tcp', gateway: string): Promise<NatReport> => {
    if (!nic.up || from === undefined || !leadsOut(nic, family))
      return Promise.resolve({ ...untestedReport(), evidence: [NO_DEFAULT_ROUTE] })
    const key = `${protocol} ${gateway}`
    const before = reports.get(key)
    if (before !== undefined) return before
    const limits = {
      timeoutMs: timeoutMs - RESOLVING_MS,
      shared: true,
      journal,
      rangeMs: RANGE_MS,
      ...(options.signal && { signal: options.signal }),
    }
    const report = discoverNat(ports, { servers: options.servers, protocol, from, limits }).then(
      (discovery) => {
        options.onProgress?.(`${nic.name} ${family} ${protocol}: ${discovery.report.type}`)
        return discovery.report
      },
      (error: unknown) => failed({ ip: from.ip, family }, error),
    )
    reports.set(key, report)
    return report
  }
  const gateway = await gatewayKey(nic, family, options.gatewayMac)
  const [udp, tcp] = await Promise.all([check('udp', gateway), check('tcp', gateway)])
  return {
    family,
    nicAddresses: nic.addresses.filter((one) => one.family === family).map(({ ip }) => ip),
    externalAddresses: [...new Set([...udp.externalAddresses, ...tcp.externalAddresses])],
    nat: { udp, tcp },
  }
}

/** A family or protocol without a server is a result, not a failure. */
function failed(base: { readonly ip: string; readonly family: Family }, error: unknown): NatReport {
  const assumed = assumedFirewall(base, error)
  if (assumed !== undefined) return assumed
  if (error instanceof NatError) return { ...untestedReport(), evidence: [`not tested: ${error.message}`] }
  throw error
}

/** A node plans by guesses where nothing was tested. The result of a check names what is known. */
function withoutGuesses(nic: NetcheckInterface): NetcheckInterface {
  const known = (report: NatReport): NatReport =>
    report.confidence > 0 || report.assumed === true
      ? report
      : { ...report, mapping: 'unknown', filtering: 'unknown' }
  const routes = nic.routes.map((route) => {
    const { udp, tcp } = route.nat
    return { ...route, nat: { udp: known(udp), tcp: known(tcp) } }
  })
  return { ...nic, routes }
}

function within<Value>(work: Promise<Value>, signal: AbortSignal, otherwise: Value): Promise<Value> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(otherwise), { once: true })
    // A check that fails has no result; its own package logs the reason.
    work.then(resolve, () => resolve(otherwise))
  })
}
