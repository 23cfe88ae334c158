/** Why: the layers of the workspace are one table that people and checks read. */
/** A package's place: its folder, and the packages of the workspace that it may import. */
export interface Layer {
  readonly folder: string
  /** Names of the packages it may stand on. */
  readonly mayImport: readonly string[]
}

const foundation = ['@p2pd/netif', '@p2pd/stun']

const protocols = [
  ...foundation,
  '@p2pd/pipe',
  '@p2pd/nat',
  '@p2pd/portmap',
  '@p2pd/turn',
  '@p2pd/punch',
  '@p2pd/session',
  '@p2pd/udx',
  '@p2pd/signal-mqtt',
]

/** The packages that the apps and the meta-package stand on: all published ones that are not apps. */
const library = [...protocols, '@p2pd/transfer', '@p2pd/node', '@p2pd/infra']

/**
 * The imports that are allowed. Arrows point down only: a package stands on packages above it in this table.
 * No package imports the lab; the command does, for its users. A package that exists but is not listed is an error.
 */
export const layers: Readonly<Record<string, Layer>> = {
  '@p2pd/netif': { folder: 'packages/netif', mayImport: [] },
  '@p2pd/stun': { folder: 'packages/stun', mayImport: ['@p2pd/netif'] },
  '@p2pd/pipe': { folder: 'packages/pipe', mayImport: ['@p2pd/netif'] },
  '@p2pd/nat': { folder: 'packages/nat', mayImport: foundation },
  '@p2pd/portmap': { folder: 'packages/portmap', mayImport: ['@p2pd/netif'] },
  '@p2pd/turn': { folder: 'packages/turn', mayImport: foundation },
  '@p2pd/punch': { folder: 'packages/punch', mayImport: ['@p2pd/netif'] },
  '@p2pd/session': { folder: 'packages/session', mayImport: ['@p2pd/netif'] },
  '@p2pd/udx': { folder: 'packages/udx', mayImport: ['@p2pd/netif'] },
  '@p2pd/transfer': { folder: 'packages/transfer', mayImport: ['@p2pd/netif'] },
  '@p2pd/signal-mqtt': { folder: 'packages/signal-mqtt', mayImport: ['@p2pd/netif'] },
  '@p2pd/node': { folder: 'packages/node', mayImport: protocols },
  '@p2pd/infra': { folder: 'packages/infra', mayImport: [...foundation, '@p2pd/turn'] },
  '@p2pd/lab': { folder: 'packages/lab', mayImport: library },
  '@p2pd/client': { folder: 'packages/client', mayImport: [] },
  '@p2pd/page': { folder: 'apps/page', mayImport: ['@p2pd/client'] },
  '@p2pd/daemon': { folder: 'apps/daemon', mayImport: [...library, '@p2pd/client', '@p2pd/page'] },
  '@p2pd/cli': { folder: 'apps/cli', mayImport: [...library, '@p2pd/lab', '@p2pd/daemon', '@p2pd/client'] },
  p2pd: { folder: 'packages/p2pd', mayImport: [...library, '@p2pd/daemon', '@p2pd/client', '@p2pd/cli'] },
}

/** Servers for tests and examples. */
const testServers = '@p2pd/infra'

/**
 * The packages that a package's tests, examples and benchmarks may import on top: the test servers, unless
 * these stand on the package themselves.
 */
export function testsMayImport(name: string): readonly string[] {
  const standsOnIt = name === testServers || layers[testServers]?.mayImport.includes(name)
  return standsOnIt ? [] : [testServers]
}

/** Words that say nothing about what is in a package, folder or file. */
export const namelessNames = ['core', 'types', 'util', 'utils', 'helpers', 'common']
