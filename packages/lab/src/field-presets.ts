import type { LinkSettings } from './link.ts'
import type { NatSettings } from './nat/settings.ts'
import type { FieldName, Preset } from './preset.ts'

const cone: NatSettings = {
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'equal' },
}
const symmetric: NatSettings = {
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
}

/** The presets of these boxes, in the order of their names. */
export const fieldPresets: readonly Preset[] = [
  counting('shared-counter', 'one counter for UDP, TCP and every host behind it', { protocols: 'together' }),
  counting('parity-counter', 'a counter that keeps the parity of the internal port', { parity: true }),
  random('port-block', 'random ports of one block of 1024, the same for UDP and TCP', {
    blockSize: 1024,
    protocols: 'together',
  }),
  random('overloaded-block', 'random ports of a block of 512, each used for several remote endpoints', {
    blockSize: 512,
    overloading: true,
  }),
  keeping('split-addresses', 'TCP leaves by another address than UDP', {
    ports: { addresses: 2, splitAddresses: true },
  }),
  keeping('address-pool', 'each mapping gets any of four addresses', {
    ports: { addresses: 4, pooling: 'arbitrary' },
  }),
  keeping('nondeterministic', 'symmetric with random ports for a port that another host has', {
    secondary: { mapping: 'address-and-port-dependent', delta: { type: 'random' } },
    traffic: { othersPerSecond: 2 },
  }),
  keeping('tunnel', 'packets above 1280 bytes are lost without an ICMP error', {}, { mtu: 1280 }),
  keeping('short-udp', 'UDP packets above 1200 bytes are dropped', { traffic: { maxUdpBytes: 1200 } }),
  keeping('reordering', 'one packet in ten is overtaken by later ones', {}, { reorder: 0.1 }),
]

function counting(name: FieldName, what: string, ports: NatSettings['ports'] & object): Preset {
  const reported = { type: 'symmetric', delta: 'independent' } as const
  const settings: NatSettings = { ...symmetric, delta: { type: 'independent', value: 1 }, ports }
  return { name, meaning: `Symmetric: ${what}.`, settings, udp: reported, tcp: reported }
}

function random(name: FieldName, what: string, ports: NatSettings['ports'] & object): Preset {
  const reported = { type: 'symmetric', delta: 'random' } as const
  const settings: NatSettings = { ...symmetric, delta: { type: 'random' }, ports }
  return { name, meaning: `Symmetric: ${what}.`, settings, udp: reported, tcp: reported }
}

function keeping(name: FieldName, what: string, own: Partial<NatSettings>, link?: LinkSettings): Preset {
  const reported = { type: 'port-restricted', delta: 'equal' } as const
  const meaning = `A router that keeps ports: ${what}.`
  return { name, meaning, settings: { ...cone, ...own }, udp: reported, tcp: reported, ...(link && { link }) }
}
