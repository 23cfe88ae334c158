/**
 * NAT behaviour.
 *
 * @packageDocumentation
 */
export { discoverNat, type DiscoverOptions, type NatDiscovery } from './discover-nat.ts'
export type { NatReport } from './report.ts'
