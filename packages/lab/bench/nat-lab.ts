import { startStunServer } from '@p2pd/infra'
import {
  type DiscoveryGoal,
  discoverNat,
  type NatDiscovery,
  type NatReport,
  netcheck,
  type NetcheckRoute,
} from '@p2pd/nat'
import type { Family } from '@p2pd/netif'
import {
  type BoxSettings,
  deltaTypes,
  type LinkSettings,
  type NatSettings,
  type Classification,
  presetList,
  VirtualInternet,
} from '../src/index.ts'

/** A clean line, one with 20 ms jitter, 2 % loss and 30 % cross traffic, or one that hardly works. */
export type PathQuality = 'clean' | 'noisy' | 'awful'

/** A network to be classified. */
export interface Trial {
  readonly settings: BoxSettings
  readonly seed: number
  readonly path: PathQuality
  readonly protocol?: 'udp' | 'tcp'
  readonly family?: Family
  readonly goal?: DiscoveryGoal
  /** The peculiarities of the link of the box. */
  readonly link?: LinkSettings
}

/** The result of a trial. */
export interface TrialResult extends NatDiscovery {
  /** Milliseconds until mapping, type and delta were known. */
  readonly knownMs: number
  readonly totalMs: number
}

/** A network with the expected classification. */
export interface Subject {
  readonly name: string
  readonly settings: BoxSettings
  readonly family: Family
  readonly udp: Classification
  readonly tcp: Classification
  /** The delta where the step matters: `independent -4`. */
  readonly value?: number
  /** The link of the box. */
  readonly link?: LinkSettings
}

/** One-way delay from box to Internet. With 1 ms in the LAN and 5 ms at the server the round trip is 50 ms. */
const BOX_DELAY_MS = 19

/** To a server and back. */
export const ROUND_TRIP_MS = 50

/** The link between a box and the Internet. */
export const LINKS: Readonly<Record<PathQuality, LinkSettings>> = {
  clean: { delayMs: BOX_DELAY_MS },
  noisy: { delayMs: BOX_DELAY_MS, jitterMs: 20, loss: 0.02 },
  awful: { delayMs: BOX_DELAY_MS, jitterMs: 100, loss: 0.3 },
}

/** With a probe every 70 ms, other subscribers make 3 of 10 mappings on a noisy path, 8 of 10 on an awful one. */
const OTHERS_PER_SECOND = { noisy: 6, awful: 60 } as const

/** The same box, with other subscribers on a noisy path. */
export function withTraffic(settings: BoxSettings, path: PathQuality): BoxSettings {
  if (path === 'clean' || settings.kind === 'open' || settings.kind === 'firewall') return settings
  return { ...settings, traffic: { ...settings.traffic, othersPerSecond: OTHERS_PER_SECOND[path] } }
}

/** Starts STUN servers, the first with two addresses and two ports. Returns their URIs. */
export async function startStunServers(net: VirtualInternet, family: Family = 'IPv4'): Promise<string[]> {
  const uris: string[] = []
  for (const addresses of [2, 1, 1]) {
    const { network, ip, addresses: hosts } = net.host({ addresses, families: [family] })
    const server = await startStunServer({ hosts, port: 3478, network, clock: net.clock })
    const [udp, tcp] = ['udp', 'tcp'].map((transport) =>
      server.uris.find((uri) => uri.includes(ip) && uri.includes('transport=tcp') === (transport === 'tcp')),
    )
    uris.push(...[udp, tcp].filter((uri) => uri !== undefined))
  }
  return uris
}

/** Classifies one NAT once, in virtual time. */
export function runTrial(trial: Trial): Promise<TrialResult> {
  const { settings, seed, path, protocol = 'udp', family = 'IPv4', goal = 'behaviour' } = trial
  const net = new VirtualInternet({ seed })
  return net.run(async () => {
    const servers = await startStunServers(net, family)
    const host = net.host({
      nat: withTraffic(settings, path),
      families: [family],
      link: { ...LINKS[path], ...trial.link },
    })
    const ports = { network: host.network, clock: net.clock, random: host.random }
    const start = net.clock.now()
    let knownAt: number | undefined
    const onKnown = () => {
      knownAt = net.clock.now()
    }
    const result = await discoverNat(ports, { servers, protocol, goal, onKnown })
    const end = net.clock.now()
    return { ...result, totalMs: end - start, knownMs: (knownAt ?? end) - start }
  })
}

/** One trial of a subject: whether type and delta are right, and the confidence of the report. */
export async function judge(
  subject: Subject,
  trial: Pick<Trial, 'seed' | 'path' | 'protocol'>,
): Promise<{ readonly isRight: boolean; readonly confidence: number }> {
  const { settings, family, link } = subject
  const { report } = await runTrial({ settings, family, ...trial, ...(link && { link }) })
  const { type, delta } = classify(report, subject, trial.protocol ?? 'udp')
  return { isRight: type && delta, confidence: report.confidence }
}

/** Whether the type is right, and the delta. */
export function classify(
  report: NatReport,
  { udp, tcp, value }: Subject,
  protocol: 'udp' | 'tcp',
): { type: boolean; delta: boolean } {
  const wanted = protocol === 'udp' ? udp : tcp
  const step = value === undefined || report.delta.value === value
  return { type: report.type === wanted.type, delta: report.delta.type === wanted.delta && step }
}

const cone: NatSettings = { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' }

/** Steps beside the presets' own. */
const STEPS = [
  ['independent', -1],
  ['independent', 4],
  ['independent', -4],
  ['dependent', 1],
] as const

/** The rows of the table: all presets and mixes, more steps, and IPv6 with a firewall and without. */
export const subjects: readonly Subject[] = [
  ...presetList.map(({ name, settings, udp, tcp, link }) => ({
    name,
    settings,
    ...(link && { link }),
    udp,
    tcp,
    family: 'IPv4' as const,
  })),
  ...STEPS.map(([delta, value]) => {
    const found = { type: 'port-restricted', delta } as const
    const settings = { ...cone, delta: { type: delta, value } }
    return { name: `${delta} ${value}`, settings, value, udp: found, tcp: found, family: 'IPv4' as const }
  }),
  ...(['open', 'firewall'] as const).map((kind) => {
    const found = { type: kind === 'open' ? 'open' : 'udp-firewall', delta: 'not-applicable' } as const
    return { name: `IPv6 ${kind}`, settings: { kind }, udp: found, tcp: found, family: 'IPv6' as const }
  }),
]

/** A NAT with 2,048 ports for each delta, for measuring the range. */
export const rangeSubjects: readonly NatSettings[] = deltaTypes.map((type) => ({
  ...cone,
  delta: { type },
  ports: { range: [30_000, 32_047] },
}))

/** Looks at both protocols at once, as `p2pd netcheck` does. */
export function runNetcheck({ settings, seed, path, link }: Omit<Trial, 'protocol'>): Promise<NetcheckRoute> {
  const net = new VirtualInternet({ seed })
  return net.run(async () => {
    const servers = await startStunServers(net)
    const host = net.host({ nat: withTraffic(settings, path), link: { ...LINKS[path], ...link } })
    const check = await netcheck(
      { network: host.network, clock: net.clock, random: host.random },
      { servers },
    )
    const [route] = check.interfaces.flatMap(({ routes }) => routes)
    if (route === undefined) throw new Error('the host has no NIC')
    return route
  })
}
