import type { UdpSocket } from '@p2pd/netif'
import type { LocalSide } from '@p2pd/punch'
import type { Base } from '../candidates/base.ts'
import type { CounterPosition } from './counter-position.ts'
import type { SideDescription } from '../signalling/side-description.ts'

/** The local side of a punch: its description for the peer, and the sockets that hold its mappings open. */
export interface PreparedSide extends SideDescription {
  readonly side: LocalSide
  readonly base: Base
  /** Sockets whose mapping a STUN server has seen. The punch takes them over. */
  readonly sockets: readonly UdpSocket[]
  /** The gateway's mapping of the port of the socket, which no packets need keep alive. It outlives a successful punch. */
  readonly gatewayMapping?: { close(): void }
  /** Interval between two packets that keeps a UDP mapping of this NAT alive, as far as measured. */
  readonly keepAliveMs: number
  /** Calls back when a mapping is lost without a local cause: a STUN server has closed the connection, for instance. */
  onLost(listener: () => void): void
  /** Behind a counting NAT: the mapping from which the endpoints are predicted. */
  readonly counter?: CounterPosition
  /** Mappings due before the first endpoint, less those made since the prediction. @default 0 */
  readonly lead?: () => number
  /** Called when the punch has begun. */
  readonly onBegun?: () => void
  /** Closes whatever holds the mappings. Not to be called when a punch has taken the sockets over. */
  close(): void
}

/** Closes a side after its use, except for sockets that a punch has taken over: they carry its path or are closed. */
export function closeSide(side: PreparedSide, isUsed: boolean): void {
  if (!isUsed || side.sockets.length === 0) side.close()
}
