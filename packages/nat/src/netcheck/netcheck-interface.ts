import type { Family, Interface } from '@p2pd/netif'
import type { NatReport } from '../report/nat-report.ts'

/** One family of a NIC. */
export interface NetcheckRoute {
  readonly family: Family
  readonly nicAddresses: readonly string[]
  readonly externalAddresses: readonly string[]
  readonly nat: { readonly udp: NatReport; readonly tcp: NatReport }
}

/** A NIC in the result of netcheck. */
export interface NetcheckInterface
  extends Pick<Interface, 'name' | 'index' | 'mac' | 'up' | 'default' | 'inferred'> {
  /** The gateway that the system prefers, for each family that has one. */
  readonly gateway: Readonly<Partial<Record<Family, string>>>
  readonly routes: readonly NetcheckRoute[]
}
