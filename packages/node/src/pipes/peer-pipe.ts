import type { Clock } from '@p2pd/netif'
import { type Pipe, pipeFromStream } from '@p2pd/pipe'
import type { ClockOffset } from '../signalling/clock-offset.ts'
import { type Datagrams, datagramsOf } from './datagrams.ts'
import { formatNodeId } from '../identity/node-id.ts'
import type { Path } from './path.ts'
import type { ReportLine, StrategyName } from '../report/report.ts'

/** How a pipe to a peer came to be. */
export interface Connection {
  readonly strategy: StrategyName
  /** Whether the pipe is encrypted, whatever was asked for. */
  readonly encrypted: boolean
  /** From the call of `connect` to the authenticated pipe; 0 for an incoming one. */
  readonly elapsedMs: number
  /** How far the clock of the peer is ahead, and the error of that; unknown when the peer was reached before it answered. */
  readonly clockOffset?: ClockOffset | undefined
  /** Every attempt; empty for an incoming pipe, whose caller has it. */
  readonly report: readonly ReportLine[]
}

/** A pipe to a peer whose key is proved. */
export type PeerPipe = Pipe & {
  /** The peer's node id. */
  readonly peer: string
  readonly connection: Connection
  /** Unreliable datagrams beside the pipe; only a `udp-punch` has them. */
  readonly datagrams?: Datagrams
}

/** Makes the pipe of an authenticated path. */
export function peerPipe(
  path: Path,
  how: Pick<Connection, 'elapsedMs' | 'report' | 'clockOffset'>,
  clock: Clock,
): PeerPipe {
  const { stream, local, remote, encrypted, strategy, replied } = path
  const pipe = pipeFromStream(stream, { transport: transportOf(path), local, remote, clock })
  const datagrams = datagramsOf(path)
  return Object.assign(pipe, {
    peer: formatNodeId(path.peer),
    ...(datagrams && { datagrams }),
    ...(replied && { opened: replied }),
    connection: { strategy, encrypted, ...how },
  })
}

/** A udx stream is the only one with a UDP path beside it. TLS runs on it as on TCP; `encrypted` tells whether it does. */
function transportOf({ datagrams, encrypted }: Path): 'udx' | 'tls' | 'tcp' {
  if (datagrams !== undefined) return 'udx'
  return encrypted ? 'tls' : 'tcp'
}
