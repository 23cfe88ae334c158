import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { StrategyName } from '../report/report.ts'
import type { Nomination, Reply } from '../handshake/nomination.ts'
import type { SecuredStream } from '../handshake/secure.ts'

/** An authenticated stream to a peer, and the way it was reached. */
export interface Path extends SecuredStream {
  readonly strategy: StrategyName
  readonly local: TransportAddress
  readonly remote: TransportAddress
  /** A punched UDP path carries datagrams beside its stream. */
  readonly datagrams?: Pick<UdpSocket, 'send' | 'onMessage'> | undefined
  /** For how long the NAT keeps the path open in silence, as far as measured. @default unknown */
  readonly mappingLifetimeMs?: number | undefined
  /** By which the caller chose this path; where the peer is the caller, it waits for the reply. */
  readonly nomination?: Nomination | undefined
  /** Where this node is the caller: resolves when the callee's reply has come off the stream, rejects when it refused. */
  readonly replied?: Promise<Reply> | undefined
}

/** A path that carries a session, or is to. */
export type NominatedPath = Path & { readonly nomination: Nomination }
