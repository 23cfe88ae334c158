import type { NatType } from '@p2pd/nat'
import { fieldPresets } from './field-presets.ts'
import type { BoxSettings, DeltaSetting, DeltaSettingType, NatSettings } from './nat/settings.ts'
import { deltaTypes, natTypes, type Preset, type PresetName } from './preset.ts'

/** The steps of the presets: 1 is the most common counter; 5 distinguishes `dependent` from `preserving`. */
const DELTAS: Readonly<Record<DeltaSettingType, DeltaSetting>> = {
  equal: { type: 'equal' },
  preserving: { type: 'preserving' },
  independent: { type: 'independent', value: 1 },
  dependent: { type: 'dependent', value: 5 },
  random: { type: 'random' },
}

const DELTA_MEANINGS: Readonly<Record<DeltaSettingType, string>> = {
  equal: 'the external port is the internal one',
  preserving: 'the external port is the internal one plus a constant',
  independent: 'each new external port is the last one plus 1',
  dependent: 'consecutive internal ports get external ports 5 apart',
  random: 'external ports are random',
}

const TYPE_MEANINGS: Readonly<Record<NatType, string>> = {
  open: 'No NAT and no firewall',
  'udp-firewall': 'No NAT, but a firewall that lets only replies in',
  'full-cone': 'One external port per internal port, open to everyone',
  restricted: 'One external port per internal port, open to the addresses it was used towards',
  'port-restricted': 'One external port per internal port, open to the endpoints it was used towards',
  symmetric: 'A new external port for each remote endpoint, open to that one alone',
  blocked: 'No UDP, and TCP to ports 80 and 443 only, through a port-restricted NAT',
}

/** Every preset in the order of the tables: 7 x 5, the mixes, then the boxes from the field. */
export const presetList: readonly Preset[] = [
  ...natTypes.flatMap((type) => deltaTypes.map((delta) => classic(type, delta))),
  ...mixes(),
  ...fieldPresets,
]

/** The settings of each preset by its name. */
export const presets = Object.fromEntries(
  presetList.map(({ name, settings }) => [name, settings]),
) as Readonly<Record<PresetName, BoxSettings>>

/** The preset with this name, or undefined. */
export function findPreset(name: string): Preset | undefined {
  return presetList.find((preset) => preset.name === name)
}

function classic(type: NatType, delta: DeltaSettingType): Preset {
  const name = `${type}-${delta}` as const
  const reported = { type, delta }
  const unreported = { type, delta: 'not-applicable' } as const
  switch (type) {
    case 'open':
    case 'udp-firewall': {
      const settings = type === 'open' ? ({ kind: 'open' } as const) : ({ kind: 'firewall' } as const)
      const meaning = `${TYPE_MEANINGS[type]}; addresses are not translated, so a delta of ${delta} never shows.`
      return { name, meaning, settings, udp: unreported, tcp: unreported }
    }
    case 'blocked': {
      const settings = { ...typed('port-restricted', delta), traffic: { passes: 'web-only' } } as const
      const meaning = `${TYPE_MEANINGS[type]}; ${DELTA_MEANINGS[delta]}.`
      return { name, meaning, settings, udp: unreported, tcp: unreported }
    }
    default: {
      const meaning = `${TYPE_MEANINGS[type]}; ${DELTA_MEANINGS[delta]}.`
      return { name, meaning, settings: typed(type, delta), udp: reported, tcp: reported }
    }
  }
}

function typed(
  type: 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric',
  delta: DeltaSettingType,
): NatSettings {
  const mapping = type === 'symmetric' ? 'address-and-port-dependent' : 'endpoint-independent'
  const filtering = {
    'full-cone': 'endpoint-independent',
    restricted: 'address-dependent',
    'port-restricted': 'address-and-port-dependent',
    symmetric: 'address-and-port-dependent',
  } as const
  return { mapping, filtering: filtering[type], delta: DELTAS[delta] }
}

/** Lifetimes: home median 180 s, cellular carriers' median 65 s, wired ones' 35 s (Hatonen 2010, Richter 2016). */
function mixes(): Preset[] {
  return [
    {
      name: 'home',
      meaning: 'A home router: port-restricted, keeps ports, forgets UDP after 180 s.',
      settings: { ...typed('port-restricted', 'equal'), lifetimes: { idleMs: 180_000 } },
      udp: { type: 'port-restricted', delta: 'equal' },
      tcp: { type: 'port-restricted', delta: 'equal' },
    },
    {
      name: 'carrier',
      meaning:
        'A cellular carrier: symmetric, random ports in blocks of 2048, one of four addresses, UDP for 65 s.',
      settings: {
        ...typed('symmetric', 'random'),
        ports: { blockSize: 2048, addresses: 4 },
        hairpinning: true,
        lifetimes: { idleMs: 65_000 },
      },
      udp: { type: 'symmetric', delta: 'random' },
      tcp: { type: 'symmetric', delta: 'random' },
    },
    {
      name: 'corporate',
      meaning: 'A company: symmetric with random ports, resets strangers, forgets UDP after 30 s.',
      settings: {
        ...typed('symmetric', 'random'),
        lifetimes: { idleMs: 30_000 },
        unsolicited: { tcp: 'rst' },
      },
      udp: { type: 'symmetric', delta: 'random' },
      tcp: { type: 'symmetric', delta: 'random' },
    },
    {
      name: 'hotel',
      meaning: 'A guest network: TCP to ports 80 and 443 and nothing else.',
      settings: { ...typed('port-restricted', 'random'), traffic: { passes: 'web-only', rejects: true } },
      udp: { type: 'blocked', delta: 'not-applicable' },
      tcp: { type: 'blocked', delta: 'not-applicable' },
    },
    {
      name: 'cloud',
      meaning: 'A rented server: its external address is its own, ports are kept, and only replies come in.',
      settings: {
        ...typed('port-restricted', 'equal'),
        ports: { range: [1, 65535] },
        hairpinning: true,
        // The idle time-out for TCP flows that large clouds document.
        lifetimes: { establishedMs: 350_000 },
      },
      udp: { type: 'port-restricted', delta: 'equal' },
      tcp: { type: 'port-restricted', delta: 'equal' },
    },
  ]
}
