import { discoverNat, type NatReport } from '@p2pd/nat'
import { type Family, familyOf } from '@p2pd/netif'
import { reportOf } from '../punching/nat-report.ts'
import type { BoxSettings } from '../nat/settings.ts'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import type { PeerPair } from './pair.ts'
import { buildPair, withStun } from './pair-internet.ts'
import type { Peer } from './peer.ts'

/** The report of a box for one family and protocol. */
export interface PeerReport {
  readonly family: Family
  readonly protocol: 'udp' | 'tcp'
  readonly report: NatReport
}

/** The reports of both peers. */
export interface PairReports {
  readonly caller: readonly PeerReport[]
  readonly peer: readonly PeerReport[]
}

/** The reports of a discovery without mistakes. */
export function tellReports(pair: PeerPair): PairReports {
  const { caller, peer } = buildPair(pair)
  const tell = (who: Peer, host: VirtualHost) =>
    subjects(pair).map(({ family, protocol }) => {
      const report = reportOf(boxTowards(who, family), protocol, externalOf(host, family))
      return { family, protocol, report }
    })
  return { caller: tell(pair.caller, caller), peer: tell(pair.peer, peer) }
}

/** The reports of a real discovery by `@p2pd/nat`, mistakes included. */
export function discoverReports(pair: PeerPair): Promise<PairReports> {
  const internet = buildPair(pair)
  const { net, caller, peer } = internet
  return withStun(internet, async (stun) => {
    const discover = async ({ network, random, addresses }: VirtualHost): Promise<PeerReport[]> => {
      const ports = { network, random, clock: net.clock }
      const reports: PeerReport[] = []
      for (const { family, protocol } of subjects(pair)) {
        const servers = stun.flatMap(({ uris }) =>
          uris.filter((uri) => isFor(uri, family, protocol)).slice(0, 1),
        )
        const from = { ip: addresses.find((ip) => familyOf(ip) === family) ?? '' }
        const { report } = await discoverNat(ports, { servers, protocol, from, goal: 'behaviour' })
        reports.push({ family, protocol, report })
      }
      return reports
    }
    const [ofCaller, ofPeer] = await Promise.all([discover(caller), discover(peer)])
    return { caller: ofCaller, peer: ofPeer }
  })
}

/** The families and protocols to report; IPv6 only where both peers have it. */
function subjects({ caller, peer }: PeerPair): Pick<PeerReport, 'family' | 'protocol'>[] {
  const families: readonly Family[] = caller.ipv6 && peer.ipv6 ? ['IPv4', 'IPv6'] : ['IPv4']
  return families.flatMap((family) => (['tcp', 'udp'] as const).map((protocol) => ({ family, protocol })))
}

/** Whether a STUN URI fits: `stun:[2a00:5::1]:3478?transport=tcp` is for TCP over IPv6. RFC 7064 §3. */
function isFor(uri: string, family: Family, protocol: 'udp' | 'tcp'): boolean {
  return uri.includes('[') === (family === 'IPv6') && uri.endsWith('transport=tcp') === (protocol === 'tcp')
}

/** The box between a peer and the Internet. IPv6 is not translated, but has a firewall. RFC 6092. */
function boxTowards({ settings }: Peer, family: Family): BoxSettings {
  if (family === 'IPv4' || settings.kind === 'open' || settings.kind === 'firewall') return settings
  const { traffic } = settings
  return { kind: 'firewall', ...(traffic && { traffic }) }
}

/** The external addresses of a host: those of the last box, or its own without translation. */
function externalOf({ box, addresses }: VirtualHost, family: Family): readonly string[] {
  const translated = (box?.outer.box ?? box)?.external.filter((ip) => familyOf(ip) === family) ?? []
  return translated.length > 0 ? translated : addresses.filter((ip) => familyOf(ip) === family)
}
