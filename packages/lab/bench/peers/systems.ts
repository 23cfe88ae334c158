/** The systems under comparison, in the order of the tables. */
export const systemNames = ['p2pd', 'hyperdht', 'werift', 'js-libp2p', 'js-libp2p-dcutr'] as const
export type SystemName = (typeof systemNames)[number]

/** A system as npm installs it. */
export interface System {
  readonly name: SystemName
  /** Its program in `programs/`. */
  readonly program: string
  /** Packages of the registry with the version that was compared; none for p2pd, which comes from this repository. */
  readonly packages: Readonly<Record<string, string>>
  /** The package that a program imports first. */
  readonly entry: string
  /** Further programs of this system's servers. */
  readonly servers: readonly string[]
}

/** js-libp2p has two ways through NATs. A run takes WebRTC, which gets through more of them, unless it names others. */
export const usualSystems: readonly SystemName[] = ['p2pd', 'hyperdht', 'werift', 'js-libp2p']

const libp2pPackages = {
  libp2p: '3.3.11',
  '@libp2p/tcp': '11.0.28',
  '@libp2p/circuit-relay-v2': '4.2.13',
  '@libp2p/identify': '4.1.14',
  '@libp2p/noise': '17.0.3',
  '@libp2p/yamux': '8.0.3',
  '@multiformats/multiaddr': '13.0.3',
} as const

export const systems: readonly System[] = [
  { name: 'p2pd', program: 'p2pd', packages: {}, entry: 'p2pd', servers: [] },
  {
    name: 'hyperdht',
    program: 'hyperdht',
    packages: { hyperdht: '6.34.0' },
    entry: 'hyperdht',
    servers: ['dht-servers'],
  },
  {
    name: 'werift',
    program: 'werift',
    packages: { werift: '0.25.2' },
    entry: 'werift',
    servers: ['signalling-server'],
  },
  {
    name: 'js-libp2p',
    program: 'libp2p',
    packages: { ...libp2pPackages, '@libp2p/webrtc': '6.0.33' },
    entry: 'libp2p',
    servers: ['circuit-relay-server'],
  },
  {
    name: 'js-libp2p-dcutr',
    program: 'libp2p-dcutr',
    packages: { ...libp2pPackages, '@libp2p/dcutr': '3.0.28' },
    entry: 'libp2p',
    servers: ['circuit-relay-server'],
  },
]
