import {
  createRandom,
  type HostOptions,
  type NatSettings,
  presets,
  type Random,
  randomInteger,
  type VirtualHost,
  type VirtualInternet,
} from '@p2pd/lab'
import type { Family } from '@p2pd/netif'

/** The random numbers of one seed. */
export class Dice {
  readonly random: Random

  constructor(seed: number) {
    this.random = createRandom(seed, 'chaos')
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.random() < probability
  }

  integer(low: number, high: number): number {
    return randomInteger(this.random, low, high)
  }

  pick<const Thing>(things: readonly [Thing, ...Thing[]]): Thing {
    return things[this.integer(0, things.length - 1)] ?? things[0]
  }
}

/** The topology of two hosts. */
export interface Topology {
  readonly name: string
  readonly hosts: (net: VirtualInternet) => readonly [VirtualHost, VirtualHost]
  /** Whether a TCP connection gets through one way or the other without a punch. */
  readonly isPlain: boolean
  /** A family of both hosts and the STUN servers. */
  readonly family: Family
  /** Whether no packet is lost. */
  readonly isClean: boolean
}

type Draw = (dice: Dice, lines: readonly [Line, Line]) => Omit<Topology, 'isClean'>
type Line = NonNullable<HostOptions['link']>

const NATS = [
  'full-cone-equal',
  'restricted-preserving',
  'port-restricted-equal',
  'port-restricted-independent',
  'symmetric-random',
  'home',
  'carrier',
] as const
const BOTH: readonly Family[] = ['IPv4', 'IPv6']

const TOPOLOGIES: readonly [Draw, ...Draw[]] = [
  (_, [a, b]) => topology('both in the open', (net) => [net.host({ link: a }), net.host({ link: b })]),
  (_, [a, b]) =>
    topology('both with two families', (net) => [
      net.host({ link: a, families: BOTH }),
      net.host({ link: b, families: BOTH }),
    ]),
  (_, [a, b]) => ({
    ...topology('the peer with IPv6 alone', (net) => [
      net.host({ link: a, families: BOTH }),
      net.host({ link: b, families: ['IPv6'] }),
    ]),
    family: 'IPv6',
  }),
  (dice, [a, b]) => {
    const nat = drawNat(dice)
    const turned = dice.chance(0.5)
    return topology('one behind a NAT', (net) => {
      const [inside, outside] = [net.host({ nat, link: a }), net.host({ link: b })]
      return turned ? [outside, inside] : [inside, outside]
    })
  },
  (dice, [link]) => {
    const settings = { ...drawNat(dice), hairpinning: dice.chance(0.5) }
    return topology('both behind one NAT', (net) => {
      const behind = net.box(settings, { link })
      return [net.host({ behind }), net.host({ behind })]
    })
  },
  (dice, [a, b]) => {
    const [inner, outer] = [drawNat(dice), drawNat(dice)]
    return topology('behind a NAT of the carrier', (net) => {
      const carrier = net.box(outer, { link: a })
      return [net.host({ behind: net.box(inner, { behind: carrier }) }), net.host({ link: b })]
    })
  },
  (dice, [a, b]) => {
    const [one, other] = [drawNat(dice), drawNat(dice)]
    const hosts: Topology['hosts'] = (net) => [
      net.host({ nat: one, link: a }),
      net.host({ nat: other, link: b }),
    ]
    return { ...topology('both behind NATs', hosts), isPlain: false }
  },
  (dice, [a, b]) => {
    const nats = [a, b].map(() => Array.from({ length: dice.integer(0, 2) }, () => drawNat(dice)))
    return topology('a LAN, and NICs elsewhere', (net) => {
      const lan = net.box(presets.home, { link: a })
      const [one, other] = nats.map((own) =>
        net.host({ behind: [...own.map((nat) => net.box(nat, { link: b })), lan] }),
      )
      return [one as VirtualHost, other as VirtualHost]
    })
  },
]

/** Draws a topology of two hosts and the quality of their lines. */
export function drawTopology(dice: Dice): Topology {
  const lines = [drawLine(dice), drawLine(dice)] as const
  return { ...dice.pick(TOPOLOGIES)(dice, lines), isClean: lines.every(({ loss }) => loss === 0) }
}

function topology(name: string, hosts: Topology['hosts']): Omit<Topology, 'isClean'> {
  return { name, hosts, isPlain: true, family: 'IPv4' }
}

function drawNat(dice: Dice): NatSettings {
  return presets[dice.pick(NATS)] as NatSettings
}

/** A line loses at most 5 % of packets, so a path over two lines loses 10 %. */
function drawLine(dice: Dice): Line {
  return {
    delayMs: dice.integer(1, 60),
    jitterMs: dice.chance(0.5) ? dice.integer(0, 100) : 0,
    loss: dice.chance(0.4) ? dice.random() * 0.05 : 0,
    reorder: dice.chance(0.2) ? 0.1 : 0,
    duplicate: dice.chance(0.2) ? 0.1 : 0,
  }
}
