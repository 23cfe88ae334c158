import type { GatewayScript, IgdScript } from './gateway-script.ts'
import { igdQuirks } from './igd-quirks.ts'
import type { Asked, Draft, Quirk } from './quirk.ts'
import { seededBytes } from './seeded-bytes.ts'

/** A gateway that was drawn. */
export interface DrawnGateway {
  readonly script: Partial<GatewayScript>
  /** The protocols and quirks, for the title of a failure. */
  readonly names: readonly string[]
  /** Whether it maps ports at all. */
  readonly maps: boolean
  /** Whether a host of the Internet reaches the ports that it maps. */
  readonly isPublic: boolean
  /** Whether its table has no room. */
  readonly isFull: boolean
  /** Whether another host has the port that is asked for first. */
  readonly isPortTaken: boolean
}

type Protocol = Exclude<Asked, 'all'>

/** The protocols that gateways speak together. */
const BASES: readonly (readonly [
  name: string,
  speaks: readonly Protocol[],
  script: Partial<GatewayScript>,
])[] = [
  ['all protocols', ['pcp', 'nat-pmp', 'upnp'], { pcp: true, natPmp: true, igd: { version: 2 } }],
  ['PCP', ['pcp'], { pcp: true }],
  ['NAT-PMP', ['nat-pmp'], { natPmp: true, pcp: 'nat-pmp' }],
  ['NAT-PMP beside a silent PCP', ['nat-pmp'], { natPmp: true }],
  ['IGD:1', ['upnp'], { igd: { version: 1 } }],
  ['IGD:1 beside closed ports', ['upnp'], { closed: true, igd: { version: 1 } }],
  ['IGD:2', ['upnp'], { igd: { version: 2 } }],
  ['NAT-PMP, IGD:1', ['nat-pmp', 'upnp'], { natPmp: true, igd: { version: 1 } }],
]

const QUIRKS: readonly Quirk[] = [
  {
    name: 'grants 60 s',
    of: 'all',
    part: 'grant',
    apply: (draft) => (draft.script.grant = (s) => Math.min(s, 60)),
  },
  {
    name: 'grants years',
    of: 'nat-pmp',
    part: 'grant',
    apply: (draft) => (draft.script.grant = (s) => s && 100_000_000),
  },
  {
    name: 'a private address',
    of: 'all',
    part: 'externalIp',
    apply: (draft) => (draft.script.externalIp = '10.9.0.1'),
  },
  {
    name: "a carrier's address",
    of: 'all',
    part: 'externalIp',
    apply: (draft) => (draft.script.externalIp = '100.64.9.1'),
  },
  { name: 'no address', of: 'all', part: 'externalIp', apply: (draft) => (draft.script.externalIp = '') },
  { name: 'a full table', of: 'all', part: 'table', stops: true, apply: (draft) => (draft.isFull = true) },
  { name: 'a taken port', of: 'all', part: 'row', apply: (draft) => (draft.isPortTaken = true) },
  {
    name: 'silent for 3 s',
    of: 'all',
    part: 'silentUntil',
    apply: (draft) => (draft.script.silentUntil = 3000),
  },
  ...[2, 4, 7, 8, 12].map((code): Quirk => {
    return {
      name: `PCP error ${code}`,
      of: 'pcp',
      part: 'pcp',
      stops: true,
      apply: ({ script }) => (script.pcp = code),
    }
  }),
  ...[2, 3, 4].map((code): Quirk => {
    const apply = ({ script }: Draft) => (script.natPmp = code)
    return { name: `NAT-PMP error ${code}`, of: 'nat-pmp', part: 'natPmp', stops: true, apply }
  }),
  ...igdQuirks,
]

/** Quirks of one gateway: most have one or two. */
const MOST_QUIRKS = 3

/** Draws a gateway with quirks; the same for a seed. On a network without multicast some quirks do not occur. */
export function drawGateway(seed: number, { multicast = true } = {}): DrawnGateway {
  const random = seededBytes(seed * 7919 + 1)
  const below = (limit: number) => {
    const [high = 0, low = 0] = random(2)
    return ((high << 8) | low) % limit
  }
  const base = BASES[below(BASES.length)] ?? BASES[0]
  if (base === undefined) throw new Error('no base')
  const [baseName, speaks, script] = base
  const igd: IgdScript | undefined = script.igd && { ...script.igd }
  const draft: Draft = { script: { ...script, igd }, igd, isFull: false, isPortTaken: false }
  const fitting = QUIRKS.filter(({ of, needsMulticast = false }) => {
    return (of === 'all' || speaks.includes(of)) && (multicast || !needsMulticast)
  })
  const drawn = new Map<string, Quirk>()
  for (let i = below(MOST_QUIRKS + 1); i > 0; i--) {
    const quirk = fitting[below(fitting.length)]
    if (quirk !== undefined) drawn.set(quirk.part, quirk)
  }
  for (const quirk of drawn.values()) quirk.apply(draft)
  const stopped = new Set([...drawn.values()].filter(({ stops }) => stops).map(({ of }) => of))
  return {
    script: draft.script,
    names: [baseName, ...[...drawn.values()].map(({ name }) => name)],
    maps: !stopped.has('all') && speaks.some((protocol) => !stopped.has(protocol)),
    isPublic: draft.script.externalIp === undefined,
    isFull: draft.isFull,
    isPortTaken: draft.isPortTaken,
  }
}
