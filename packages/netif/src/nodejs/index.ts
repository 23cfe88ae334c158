/**
 * The ports of `@p2pd/netif` on Node: sockets, clock, randomness, NICs and name resolution.
 */
export { descriptorLimit } from './descriptor-limit.ts'
export { gatewayMac } from './interfaces/gateway-mac.ts'
export { loadInterfaces } from './interfaces/load-interfaces.ts'
export { makeFolders } from './make-folders.ts'
export { readAtMost } from './read-at-most.ts'
export { udpSocketOf } from './sockets/bind-udp.ts'
export { translateOsError } from './sockets/os-error.ts'
export { resolve } from './sockets/resolve-host.ts'
export { systemClock } from './system-clock.ts'
export { systemNetwork } from './system-network.ts'
export { systemRandom } from './system-random.ts'
export { watchSystemInterfaces } from './interfaces/watch-system.ts'
