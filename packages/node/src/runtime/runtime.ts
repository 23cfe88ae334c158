import type { NatReportsOptions } from '@p2pd/nat'
import type { Clock, Interface, Network, RandomBytes } from '@p2pd/netif'
import type { PortMapper } from '@p2pd/portmap'
import type { Hmac } from '@p2pd/session'
import type { Udx } from '@p2pd/udx'
import type { Verify } from '../identity/identity.ts'
import type { Secure } from '../handshake/secure.ts'
import type { OpenSession } from './session.ts'

/** Structured log: an event's name and its fields. */
export type Log = (event: string, fields: object) => void

/** The parts of a port mapper that a node uses. */
export type NodePortMapper = Pick<
  PortMapper,
  'mapPort' | 'networkChanged' | 'refresh' | 'releaseLeftovers' | 'close'
>

/** Watches the NICs until it is closed. */
export interface NetworkWatcher {
  /** Looks more often, or no longer, since pipes are open. */
  attend(isAttentive: boolean): void
  /** Looks now. */
  check(): Promise<void>
  close(): void
}

/** Where a program runs, so that its user finds it. */
export interface RunningProgram {
  readonly host: string
  readonly pid: number
}

/** The parts of a node that differ between machines. Those of Node.js come from `@p2pd/node/node`, the lab brings its own. */
export interface Runtime {
  readonly network: Network
  /** Calls back, soon, when a NIC, an address or a default has changed. */
  readonly watchNetwork: (onChange: (interfaces: readonly Interface[]) => void) => Promise<NetworkWatcher>
  readonly clock: Clock
  /** Milliseconds since 1970; only for dates that other hosts read. */
  readonly wallClock: () => number
  readonly random: RandomBytes
  readonly secure: Secure
  readonly openSession: OpenSession
  readonly hmac: Hmac
  /** Streams over punched UDP paths; without it nothing is punched over UDP. @default undefined */
  readonly udx?: Udx
  /** The hardware address behind a gateway's: tells one NAT from another. @default none is known */
  readonly gatewayMac?: NatReportsOptions['gatewayMac']
  /** Opens what asks gateways for port mappings, when there is a gateway to ask. @default none is asked */
  readonly openPortMapper?: () => Promise<NodePortMapper>
  readonly verify: Verify
  /** File descriptors that the process may have: connections in handshakes stay well below. @default no bound */
  readonly maxDescriptors?: number | undefined
  /** The program that this node is in: others of the same identity name it to their user. @default nothing is known */
  readonly program?: RunningProgram
  readonly log?: Log
}
