import type { LinkSettings } from '../link.ts'
import type { BoxSettings, NatSettings } from '../nat/settings.ts'

/** The class and the profile of a peer, by their names. */
interface PeerKind {
  readonly class: string
  readonly profile: string
}

/** Shares of the boxes of a class that have a peculiarity, by field reports; where none has a figure, our guess. */
const SHARES = {
  /** Counting NATs: one counter for UDP and TCP; one that keeps parity. */
  sharedCounter: 0.5,
  parityCounter: 0.1,
  /** Cellular NATs with random ports: a block for each subscriber; one whose ports serve several remote endpoints. */
  block: 0.6,
  overloadedBlock: 0.1,
  /** Routers that keep ports: another address for TCP; another rule for a busy port. */
  splitAddresses: 0.02,
  nondeterministic: 0.05,
  /** Firewalls of any class that drop long UDP packets. */
  shortUdp: 0.03,
}

/** Sizes of a subscriber's block. Richter 2016. */
const BLOCK_SIZES = [512, 1024, 2048, 4096] as const

/** Lines with a smaller MTU and no ICMP error, and lines that reorder. */
const TUNNEL_SHARE = 0.06
const REORDERING_SHARE = 0.03

/** The box with what its class has in the field beside mapping, filtering and delta, by two numbers from 0 to 1. */
export function withVariety(
  settings: BoxSettings,
  of: PeerKind,
  [kind, traffic]: readonly [number, number],
): BoxSettings {
  if (settings.kind === 'open' || settings.kind === 'firewall') return settings
  const varied = variedPorts(settings, of, kind)
  if (traffic >= SHARES.shortUdp) return varied
  return { ...varied, traffic: { ...varied.traffic, maxUdpBytes: 1200 } }
}

function variedPorts(
  settings: NatSettings,
  { class: peerClass, profile }: PeerKind,
  kind: number,
): NatSettings {
  switch (peerClass) {
    case 'Q':
      if (kind < SHARES.sharedCounter) return withPorts(settings, { protocols: 'together' })
      return kind < SHARES.sharedCounter + SHARES.parityCounter
        ? withPorts(settings, { parity: true })
        : settings
    case 'X': {
      if (profile !== 'mobile') return settings
      const size = BLOCK_SIZES[Math.floor((kind / SHARES.block) * BLOCK_SIZES.length)]
      if (size !== undefined) return withPorts(settings, { blockSize: size, protocols: 'together' })
      return kind < SHARES.block + SHARES.overloadedBlock
        ? withPorts(settings, { blockSize: 512, overloading: true })
        : settings
    }
    case 'F':
    case 'A':
    case 'P':
      if (kind < SHARES.splitAddresses) return withPorts(settings, { addresses: 2, splitAddresses: true })
      return kind < SHARES.splitAddresses + SHARES.nondeterministic ? withSecondary(settings) : settings
    default:
      return settings
  }
}

/** The peculiarities of the access line of a peer, by a number from 0 to 1. */
export function drawLink(chance: number): LinkSettings | undefined {
  if (chance < TUNNEL_SHARE) return { mtu: 1280 }
  return chance < TUNNEL_SHARE + REORDERING_SHARE ? { reorder: 0.1 } : undefined
}

function withPorts(settings: NatSettings, ports: NatSettings['ports'] & object): NatSettings {
  return { ...settings, ports: { ...settings.ports, ...ports } }
}

function withSecondary(settings: NatSettings): NatSettings {
  return {
    ...settings,
    secondary: { mapping: 'address-and-port-dependent', delta: { type: 'random' } },
    traffic: { ...settings.traffic, othersPerSecond: 2 },
  }
}
