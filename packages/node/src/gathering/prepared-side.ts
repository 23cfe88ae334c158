import type { UdpSocket } from '@p2pd/netif'
import type { LocalSide } from '@p2pd/punch'
import type { Base } from '../candidates/base.ts'
import type { SideDescription } from '../punching/side-description.ts'

/** This host's side of a punch: what is told, and what is held open for it. */
export interface PreparedSide extends SideDescription {
  readonly side: LocalSide
  readonly base: Base
  /** Sockets whose mapping was seen: the punch takes them over. */
  readonly sockets: readonly UdpSocket[]
  /** How often the NAT needs a packet to keep a UDP mapping, as far as was seen. */
  readonly keepAliveMs: number
  /** Calls back when what holds the mappings ends by itself: a server that hangs up, for instance. */
  onLost(listener: () => void): void
  /** Frees what holds the mappings; not to be called for sockets that a punch has taken over. */
  release(): void
}

/** Ends the use of a side: sockets that a punch has used are the punch's, or carry its path. */
export function releaseSide(side: PreparedSide, isUsed: boolean): void {
  if (!isUsed || side.sockets.length === 0) side.release()
}
