import type { MappedPort, NatReport } from '@p2pd/nat'
import type { Mappings } from './mapping-count.ts'

/** A mapping that a STUN server saw behind a counting NAT, and how many mappings this host had made by then. */
export interface CounterPosition {
  readonly report: NatReport
  readonly last: MappedPort
  readonly ip: string
  readonly made: Mappings
}
