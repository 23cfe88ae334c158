import type { Clock, TransportAddress } from '@p2pd/netif'
import { type Pipe, pipeFromStream } from '@p2pd/pipe'
import type { Candidate } from '../candidates/candidate.ts'
import type { ClockOffset } from '../signalling/clock-offset.ts'
import { boundedDatagrams, type Datagrams } from './datagrams.ts'
import { formatNodeId } from '../identity/node-id.ts'
import type { NodeError } from '../node-error.ts'
import { type NominatedPath, transportOf } from './path.ts'
import type { PathEvent } from './path-event.ts'
import type { PeerSession } from './peer-session.ts'
import type { ReportLine, StrategyName } from '../report/report.ts'
import type { SessionStream } from '../runtime/session.ts'

/** How a pipe to a peer came to be, and the path that it uses at this moment. */
export interface Connection {
  /** The strategy of the path in use; of the last one while there is none. So are the next three. */
  readonly strategy: StrategyName
  /** A path over UDP, punched or relayed, carries a udx stream, and datagrams as such. */
  readonly transport: Candidate['transport']
  readonly local: TransportAddress
  readonly remote: TransportAddress
  /** The smoothed round-trip time of the path in use, once the peer has answered on it. */
  readonly rttMs: number | undefined
  /** Whether the pipe is encrypted, whatever was asked for. */
  readonly encrypted: boolean
  /** From the call of `connect` to the authenticated pipe; 0 for an incoming one. */
  readonly elapsedMs: number
  /** How far the clock of the peer is ahead, and the error of that; unknown when the peer was reached before it answered. */
  readonly clockOffset?: ClockOffset | undefined
  /**
   * Every attempt of this node, those of later paths too. An incoming pipe begins with an empty one: the caller has the
   * attempts of the first path. Times count from the call, or from the acceptance.
   */
  readonly report: readonly ReportLine[]
}

/** The facts about a pipe that its call knows. */
export type Establishment = Pick<Connection, 'elapsedMs' | 'report' | 'clockOffset'>

/** A pipe to a peer whose key is proved. `local` and `remote` are those of its first path, also in its messages. */
export type PeerPipe = Pipe & {
  /** The peer's node id. */
  readonly peer: string
  /** The service that the caller asked for; empty for the raw pipe. */
  readonly service: string
  readonly connection: Connection
  /** Unreliable datagrams beside the pipe. */
  readonly datagrams: Datagrams
  /** Opens a stream beside the pipe, with back-pressure and an end of its own. The service is a word for the peer. */
  openStream(service?: string): SessionStream
  /** Takes the streams that the peer opens; without a listener they are refused. Returns what stops it. */
  onStream(listener: (stream: SessionStream) => void): () => void
  /** Calls back when the pipe moves to another path, has none for now, or has one again; returns what stops it. */
  onPathChange(listener: (event: PathEvent) => void): () => void
}

/** Makes the pipe of a session, which began on this path. */
export function peerPipe(own: PeerSession, first: NominatedPath, how: Establishment, clock: Clock): PeerPipe {
  const { local, remote, nomination, replied } = first
  const { session } = own
  const close = () => session.close()
  const pipe = pipeFromStream(session.pipe, { transport: 'session', local, remote, clock, close })
  return Object.assign(pipe, {
    peer: formatNodeId(own.peer),
    service: nomination.service ?? '',
    datagrams: boundedDatagrams(own),
    openStream: (service?: string) => own.openStream(service),
    onStream: (listener: (stream: SessionStream) => void) => own.onStream(listener),
    onPathChange: (listener: (event: PathEvent) => void) => own.onPathEvent(listener),
    connection: liveConnection(own, how),
    ...(replied && { opened: openedBy(replied, own) }),
  })
}

/** The peer has replied; or, after its path broke before that, it has joined another one. */
function openedBy(replied: Promise<unknown>, own: PeerSession): Promise<unknown> {
  const opened = replied.catch((error: NodeError) => {
    if (error.code !== 'NODE_CLOSED') throw error
    return new Promise<void>((resolve, reject) => {
      own.onPathEvent(({ type }) => void (type === 'resumed' && resolve()))
      own.session.onClosed((end) => (end === undefined ? resolve() : reject(error)))
    })
  })
  opened.catch(() => {}) // The pipe has the error, too.
  return opened
}

function liveConnection(own: PeerSession, how: Establishment): Connection {
  const { elapsedMs, clockOffset } = how
  return {
    elapsedMs,
    clockOffset,
    encrypted: own.path.encrypted,
    get report() {
      return own.report
    },
    get strategy() {
      return own.path.strategy
    },
    get transport() {
      return transportOf(own.path)
    },
    get local() {
      return own.path.local
    },
    get remote() {
      return own.path.remote
    },
    get rttMs() {
      return own.session.roundTripMs
    },
  }
}
