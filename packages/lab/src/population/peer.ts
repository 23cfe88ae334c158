import type { BoxSettings, DeltaSetting, NatSettings } from '../nat/settings.ts'
import type { LinkSettings } from '../link.ts'
import { presets } from '../presets.ts'
import type { Random } from '../random.ts'
import { drawLink, withVariety } from './variety.ts'

/** Kinds of access networks; `mix` is 60 % residential, 30 % mobile, 10 % enterprise. */
export const profiles = ['residential', 'mobile', 'enterprise', 'mix'] as const
export type Profile = (typeof profiles)[number]

/**
 * Kinds of NATs by the techniques that traverse them. Mapping is endpoint-independent (EI) or -dependent (ED).
 *
 * - O: open
 * - F: EI, no filter
 * - A: EI, filters by address
 * - P: EI, filters by address and port
 * - Q: ED, sequential ports
 * - X: ED, random ports
 * - M: ED, random ports of several addresses
 * - U: no UDP
 */
export const peerClasses = ['O', 'F', 'A', 'P', 'Q', 'X', 'M', 'U'] as const
export type PeerClass = (typeof peerClasses)[number]

/** The protocols by which routers map ports. */
export type GatewayProtocol = 'upnp' | 'nat-pmp' | 'pcp'

/** A peer drawn from the population. */
export interface Peer {
  readonly profile: Exclude<Profile, 'mix'>
  readonly class: PeerClass
  /** The settings of the outer box, by the class and further draws. */
  readonly settings: BoxSettings
  /** A second router behind that box. It makes port mapping at home useless. */
  readonly inner?: BoxSettings
  /** The protocols by which its router maps ports on request; mostly none. */
  readonly portMapping: readonly GatewayProtocol[]
  /** Whether it has IPv6, behind a firewall. */
  readonly ipv6: boolean
  /** The peculiarities of its access line beside delay and loss. @default none */
  readonly link?: LinkSettings
}

type Weights<Key extends string> = Readonly<Record<Key, number>>

/** Combined from Halkes and Pouwelse 2011, Richter 2016, RFC 9308 and field reports. */
const CLASS_WEIGHTS: Readonly<Record<Peer['profile'], Weights<PeerClass>>> = {
  residential: { O: 0.06, F: 0.08, A: 0.12, P: 0.62, Q: 0.03, X: 0.04, M: 0.01, U: 0.04 },
  mobile: { O: 0.01, F: 0.2, A: 0.05, P: 0.34, Q: 0.1, X: 0.18, M: 0.1, U: 0.02 },
  enterprise: { O: 0.06, F: 0.02, A: 0.05, P: 0.3, Q: 0.05, X: 0.3, M: 0.02, U: 0.2 },
}

const MIX: Weights<Peer['profile']> = { residential: 0.6, mobile: 0.3, enterprise: 0.1 }

/** Port allocation of the EI classes. Richter 2016. */
const DELTA_WEIGHTS: Weights<DeltaSetting['type']> = {
  equal: 0.7,
  preserving: 0.1,
  independent: 0.08,
  dependent: 0,
  random: 0.12,
}

/** Share of boxes that answer an unsolicited SYN with RST. */
const RST_SHARE = 0.15
/** Shares of homes behind a second NAT, and of homes whose router maps ports on request. DiCioccio 2012. */
const SECOND_NAT_SHARE = 0.17
const PORT_MAPPING_SHARE = 0.35
/**
 * The protocols of these routers, by share. DiCioccio 2012 counted UPnP alone. The shares of the others are assumed,
 * by what router programs offer together: miniupnpd has all three, and AirPorts have NAT-PMP without UPnP.
 */
const ROUTERS: readonly (readonly [share: number, protocols: readonly GatewayProtocol[]])[] = [
  [0.55, ['upnp']],
  [0.15, ['upnp', 'nat-pmp']],
  [0.2, ['upnp', 'nat-pmp', 'pcp']],
  [0.1, ['nat-pmp']],
]
/** One in five pairs has IPv6 on both sides. */
const IPV6_SHARE = Math.sqrt(0.2)

/** Median idle time-outs of UDP mappings: Hatonen 2010 (homes), Richter 2016 (cellular); enterprises keep it short. */
const IDLE_MS: Weights<Peer['profile']> = { residential: 180_000, mobile: 65_000, enterprise: 30_000 }

/** Draws a peer. It always makes the same number of draws, so that a changed weight leaves the other draws alone. */
export function samplePeer(profile: Profile, random: Random): Peer {
  const drawn = draw(MIX, random)
  const from = profile === 'mix' ? drawn : profile
  const peerClass = draw(CLASS_WEIGHTS[from], random)
  const delta = draw(DELTA_WEIGHTS, random)
  const resets = random() < RST_SHARE
  const second = random() < SECOND_NAT_SHARE
  const maps = mappingProtocols(random() / PORT_MAPPING_SHARE)
  const ipv6 = random() < IPV6_SHARE
  const usual = settingsOf(peerClass, { type: delta }, { idleMs: IDLE_MS[from], resets })
  const settings = withVariety(usual, { class: peerClass, profile: from }, [random(), random()])
  const link = drawLink(random())
  const isHome = from === 'residential' && peerClass !== 'O'
  return {
    profile: from,
    class: peerClass,
    settings,
    // The inner box is permissive, so that the peer stays in its class.
    ...(isHome && second && { inner: presets['full-cone-equal'] }),
    portMapping: isHome ? maps : [],
    ipv6,
    ...(link && { link }),
  }
}

/** The router at a place in the list of routers; none beyond its end. */
function mappingProtocols(place: number): readonly GatewayProtocol[] {
  let end = 0
  const found = ROUTERS.find(([share]) => {
    end += share
    return place < end
  })
  return found?.[1] ?? []
}

function settingsOf(
  peerClass: PeerClass,
  delta: DeltaSetting,
  { idleMs, resets }: { readonly idleMs: number; readonly resets: boolean },
): BoxSettings {
  const rest: Partial<NatSettings> = { lifetimes: { idleMs }, ...(resets && { unsolicited: { tcp: 'rst' } }) }
  const cone = { mapping: 'endpoint-independent', delta, ...rest } as const
  const symmetric = {
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port-dependent',
    ...rest,
  } as const
  switch (peerClass) {
    case 'O':
      return { kind: 'open' }
    case 'F':
      return { ...cone, filtering: 'endpoint-independent' }
    case 'A':
      return { ...cone, filtering: 'address-dependent' }
    case 'P':
      return { ...cone, filtering: 'address-and-port-dependent' }
    case 'Q':
      return { ...symmetric, delta: { type: 'independent', value: 1 } }
    case 'X':
      return { ...symmetric, delta: { type: 'random' } }
    case 'M':
      return { ...symmetric, delta: { type: 'random' }, ports: { addresses: 4, pooling: 'arbitrary' } }
    case 'U':
      return { ...cone, filtering: 'address-and-port-dependent', traffic: { passes: 'no-udp' } }
  }
}

function draw<Key extends string>(weights: Weights<Key>, random: Random): Key {
  const entries = Object.entries(weights) as [Key, number][]
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [key, weight] of entries) {
    left -= weight
    if (left < 0) return key
  }
  return (entries[0] as [Key, number])[0]
}
