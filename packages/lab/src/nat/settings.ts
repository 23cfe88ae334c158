import type { DeltaType } from '@p2pd/nat'
import type { Dependency } from './dependency.ts'

/** The rule by which a NAT chooses external ports, by P2PD's names. RFC 4787 §4.2. */
export type DeltaSettingType = Exclude<DeltaType, 'not-applicable'>

/**
 * The rule for the next external port.
 *
 * - `equal`: the internal port; a random one when that is taken
 * - `preserving`: the internal port plus a constant, `value` (drawn per box when absent)
 * - `independent`: the last external port plus `value`, whatever the internal port is
 * - `dependent`: the host's last external port plus `value` when its internal port is the last one plus 1, else random
 * - `random`: any free port
 */
export interface DeltaSetting {
  readonly type: DeltaSettingType
  /** The step, or the distance of `preserving`. @default 1 */
  readonly value?: number
}

/** The behaviour of a NAT for one protocol. RFC 4787 §4, §5. */
export interface BoxBehaviour {
  readonly mapping: Dependency
  readonly filtering: Dependency
  readonly delta: DeltaSetting
}

/** The pool of external ports and addresses. */
export interface PortSettings {
  /** First and last port. @default [1024, 65535] */
  readonly range: readonly [number, number]
  /** Even internal ports get even external ones. RFC 4787 §4.2.2. @default false */
  readonly parity: boolean
  /** Ports in a subscriber's block, or 0 for no blocks. RFC 7422. @default 0 */
  readonly blockSize: number
  /** External addresses. @default 1 */
  readonly addresses: number
  /** Whether a host keeps its external address, or each mapping may get any. RFC 4787 §4.1. @default 'paired' */
  readonly pooling: 'paired' | 'arbitrary'
  /** Whether UDP and TCP have a counter and blocks each, or share them; the delta is then that of UDP. @default 'apart' */
  readonly protocols: 'apart' | 'together'
  /** The first half of the addresses is for UDP, the other half for TCP. @default false */
  readonly splitAddresses: boolean
  /** One external port serves several mappings, towards different remote endpoints. RFC 4787 §4.2.1. @default false */
  readonly overloading: boolean
}

/** Lifetimes of mappings and filter entries, in milliseconds. RFC 4787 §4.3, RFC 5382 §5. */
export interface Lifetimes {
  /** UDP and ICMP without traffic. @default 180000, the median home router */
  readonly idleMs: number
  /** TCP before and during the handshake. @default 120000 */
  readonly halfOpenMs: number
  /** Established TCP without traffic. @default 7440000, RFC 5382 REQ-5 */
  readonly establishedMs: number
  /** TCP after both FINs or a RST. @default 10000, as Linux */
  readonly closedMs: number
  /** From the start of the mapping, with or without traffic. @default Infinity */
  readonly absoluteMs: number
}

/** The answer to a packet that no filter admits. */
export interface Unsolicited {
  /** RFC 5382 REQ-4 asks for silence; many boxes reset. @default 'drop' */
  readonly tcp: 'drop' | 'rst' | 'icmp'
  /** @default 'drop' */
  readonly udp: 'drop' | 'icmp'
}

/** The traffic that may pass, and the load of the box. */
export interface TrafficSettings {
  /** `web-only` lets TCP to ports 80 and 443 out, and nothing else. @default 'everything' */
  readonly passes: 'everything' | 'no-udp' | 'no-tcp' | 'web-only'
  /** Answers packets that `passes` stops with an ICMP error, instead of silence. @default false */
  readonly rejects: boolean
  /** New mappings admitted per second, for each protocol. @default Infinity */
  readonly newMappingsPerSecond: number
  /** New mappings that other subscribers make per second, for each protocol that has a counter. @default 0 */
  readonly othersPerSecond: number
  /** The longest payload of a UDP packet that may pass. @default Infinity */
  readonly maxUdpBytes: number
}

/** A NAT, as plain data. It survives JSON, except for infinities, which are the defaults. */
export interface NatSettings {
  readonly kind?: 'nat'
  readonly mapping: Dependency
  readonly filtering: Dependency
  /** @default { type: 'equal' } */
  readonly delta?: DeltaSetting
  /** The differences of TCP from UDP. @default none */
  readonly tcp?: Partial<BoxBehaviour>
  /** The behaviour towards an internal endpoint whose external port was busy. RFC 4787 §7. @default the same */
  readonly secondary?: Pick<Partial<BoxBehaviour>, 'mapping' | 'delta'>
  readonly ports?: Partial<PortSettings>
  /** Whether inside hosts reach each other by external addresses. RFC 4787 §6. @default false */
  readonly hairpinning?: boolean
  readonly lifetimes?: Partial<Lifetimes>
  readonly unsolicited?: Partial<Unsolicited>
  readonly traffic?: Partial<TrafficSettings>
  /** The treatment of a family without external addresses. @default 'firewall' */
  readonly untranslated?: 'firewall' | 'open' | 'blocked'
}

/** A stateful firewall without translation, for both families. RFC 6092. */
export interface FirewallSettings {
  readonly kind: 'firewall'
  /** @default 'address-and-port-dependent' */
  readonly filtering?: Dependency
  /** The differences of TCP from UDP. @default none */
  readonly tcp?: Pick<Partial<BoxBehaviour>, 'filtering'>
  readonly lifetimes?: Partial<Lifetimes>
  readonly unsolicited?: Partial<Unsolicited>
  readonly traffic?: Partial<TrafficSettings>
}

/** A router that passes all packets. */
export interface OpenSettings {
  readonly kind: 'open'
}

/** Any box between a host and the Internet. */
export type BoxSettings = NatSettings | FirewallSettings | OpenSettings

/** A home router's NAPT leaves ports below 1024 to servers. */
const DEFAULT_RANGE = [1024, 65535] as const

export const defaultPorts: PortSettings = {
  range: DEFAULT_RANGE,
  parity: false,
  blockSize: 0,
  addresses: 1,
  pooling: 'paired',
  protocols: 'apart',
  splitAddresses: false,
  overloading: false,
}

export const defaultLifetimes: Lifetimes = {
  idleMs: 180_000,
  halfOpenMs: 120_000,
  establishedMs: 7_440_000,
  closedMs: 10_000,
  absoluteMs: Number.POSITIVE_INFINITY,
}

export const defaultUnsolicited: Unsolicited = { tcp: 'drop', udp: 'drop' }

export const defaultTraffic: TrafficSettings = {
  passes: 'everything',
  rejects: false,
  newMappingsPerSecond: Number.POSITIVE_INFINITY,
  othersPerSecond: 0,
  maxUdpBytes: Number.POSITIVE_INFINITY,
}

/** The behaviour of a NAT for UDP or TCP. */
export function boxBehaviourOf(settings: NatSettings, protocol: 'udp' | 'tcp'): BoxBehaviour {
  const { mapping, filtering, delta = { type: 'equal' } } = settings
  return { mapping, filtering, delta, ...(protocol === 'tcp' ? settings.tcp : {}) }
}
