import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { Candidate } from '../candidates/candidate.ts'
import type { StrategyName } from '../report/report.ts'
import type { Nomination, Reply } from '../handshake/nomination.ts'
import type { SecuredStream } from '../handshake/secure.ts'

/** An authenticated stream to a peer, and the way it was reached. */
export interface Path extends SecuredStream {
  readonly strategy: StrategyName
  readonly local: TransportAddress
  readonly remote: TransportAddress
  /** A path over UDP, punched or relayed, carries datagrams beside its stream. */
  readonly datagrams?: Pick<UdpSocket, 'send' | 'onMessage'> | undefined
  /** The local address is that of a relay, not of a NIC. @default false */
  readonly isLocalRelayed?: boolean | undefined
  /** The time for which the NAT keeps an idle path open, where it was measured. @default unknown */
  readonly mappingLifetimeMs?: number | undefined
  /** The nomination that the caller sent on this path. A peer that is the caller waits for the reply. */
  readonly nomination?: Nomination | undefined
  /** Set where this node is the caller: resolves when the callee has accepted, rejects when it refused. */
  readonly replied?: Promise<Reply> | undefined
}

/** The transport that carries a path below its streams. */
export function transportOf({ datagrams }: Path): Candidate['transport'] {
  return datagrams === undefined ? 'tcp' : 'udp'
}

/** A path that carries a session, or is to. */
export type NominatedPath = Path & { readonly nomination: Nomination }
