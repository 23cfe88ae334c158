import type { BoxEntry } from '@p2pd/lab'
import type { Family } from '@p2pd/netif'

/** A network in which an end may be. */
export interface Side {
  readonly title: string
  /** The boxes before the host, the nearest first; `behind` and `name` are the lab's. */
  readonly boxes: readonly Pick<BoxEntry, 'preset' | 'settings'>[]
  /** @default ['IPv4'] */
  readonly families?: readonly Family[]
}

const home = { preset: 'home' } as const

export const sides = {
  open: { title: 'open', boxes: [] },
  home: { title: 'home', boxes: [home] },
  'home-rst': {
    title: 'home that answers RST',
    boxes: [{ ...home, settings: { unsolicited: { tcp: 'rst' } } }],
  },
  'full-cone': { title: 'full cone', boxes: [{ preset: 'full-cone-equal' }] },
  counting: { title: 'counting', boxes: [{ preset: 'symmetric-independent' }] },
  block: { title: 'block of 1,024', boxes: [{ preset: 'port-block' }] },
  random: { title: 'random', boxes: [{ preset: 'symmetric-random' }] },
  carrier: { title: 'carrier-grade', boxes: [home, { preset: 'carrier' }] },
  'no-udp': { title: 'no UDP', boxes: [{ ...home, settings: { traffic: { passes: 'no-udp' } } }] },
  ipv6: {
    title: 'random, IPv6 firewall',
    boxes: [{ preset: 'symmetric-random' }],
    families: ['IPv4', 'IPv6'],
  },
} as const satisfies Readonly<Record<string, Side>>

export type SideName = keyof typeof sides
