/**
 * The ports of `@p2pd/netif` on Node: sockets, clock, randomness, NICs and name resolution.
 */
export { gatewayMac } from './gateway-mac.ts'
export { loadInterfaces } from './load-interfaces.ts'
export { translateOsError } from './os-error.ts'
export { resolve } from './resolve-host.ts'
export { systemClock } from './system-clock.ts'
export { systemNetwork } from './system-network.ts'
export { systemRandom } from './system-random.ts'
export { watchSystemInterfaces } from './watch-system.ts'
