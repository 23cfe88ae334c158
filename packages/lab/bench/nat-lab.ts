import { startStunServer } from '@p2pd/infra'
import { type DiscoverOptions, discoverNat, type NatDiscovery, type NatReport } from '@p2pd/nat'
import type { BoxSettings, LinkSettings, NatSettings } from '../src/index.ts'
import { VirtualInternet } from '../src/index.ts'

/** A network to be classified. */
export interface Trial {
  readonly settings: BoxSettings
  readonly seed: number
  readonly path: 'clean' | 'noisy'
  readonly protocol?: 'udp' | 'tcp'
  readonly goal?: DiscoverOptions['goal']
}

/** What a trial gave. */
export interface TrialResult extends NatDiscovery {
  /** From the start to the moment mapping, type and delta were known. */
  readonly knownMs: number
  readonly totalMs: number
  /** What they were then. */
  readonly early: NatReport
}

/** One way between the host and a server, as in the figures: 19 + 1 in the LAN + 5 at the server. */
const BOX_DELAY_MS = 19

/** Round trip to a server. */
export const ROUND_TRIP_MS = 2 * (BOX_DELAY_MS + 1 + 5)

const LINKS: Readonly<Record<Trial['path'], LinkSettings>> = {
  clean: { delayMs: BOX_DELAY_MS },
  noisy: { delayMs: BOX_DELAY_MS, jitterMs: 20, loss: 0.02 },
}

/** With a probe every 70 ms, others make 3 in 10 of the mappings. */
const OTHERS_PER_SECOND = 6

function withTraffic(settings: BoxSettings, path: Trial['path']): BoxSettings {
  if (path === 'clean' || settings.kind === 'open' || settings.kind === 'firewall') return settings
  const { traffic } = settings as NatSettings
  return { ...settings, traffic: { ...traffic, othersPerSecond: OTHERS_PER_SECOND } }
}

/** Starts STUN servers: the first with two addresses and two ports, the others plain. */
export async function startServers(
  net: VirtualInternet,
  families: readonly ('IPv4' | 'IPv6')[] = ['IPv4'],
): Promise<string[]> {
  const uris: string[] = []
  for (const addresses of [2, 1, 1]) {
    const host = net.host({ addresses, families })
    const server = await startStunServer({
      hosts: host.addresses,
      port: 3478,
      network: host.network,
      clock: net.clock,
    })
    const firsts = families.map((family) =>
      host.addresses.find((ip) => ip.includes(':') === (family === 'IPv6')),
    )
    uris.push(
      ...server.uris.filter((uri) =>
        firsts.some((ip) => ip !== undefined && uri.includes(ip.includes(':') ? `[${ip}]` : `:${ip}:`)),
      ),
    )
  }
  return uris
}

/** Classifies one NAT once, in virtual time. */
export function runTrial({
  settings,
  seed,
  path,
  protocol = 'udp',
  goal = 'behaviour',
}: Trial): Promise<TrialResult> {
  const net = new VirtualInternet({ seed })
  return net.run(async () => {
    const servers = await startServers(net)
    const host = net.host({ nat: withTraffic(settings, path), link: LINKS[path] })
    const ports = { network: host.network, clock: net.clock, random: host.random }
    const start = net.clock.now()
    let known: { at: number; report: NatReport } | undefined
    const onKnown = (report: NatReport) => {
      known = { at: net.clock.now(), report }
    }
    const result = await discoverNat(ports, { servers, protocol, goal, onKnown })
    const totalMs = net.clock.now() - start
    return {
      ...result,
      totalMs,
      knownMs: known === undefined ? totalMs : known.at - start,
      early: known?.report ?? result.report,
    }
  })
}
