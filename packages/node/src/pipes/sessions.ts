import { abortable, type ByteStream, type Clock, scopeOf, splitZone } from '@p2pd/netif'
import { Attention } from './attention.ts'
import { acceptNomination } from '../handshake/nomination.ts'
import { formatNodeId } from '../identity/node-id.ts'
import { NodeError } from '../node-error.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { SessionSettings } from '../runtime/session.ts'
import type { NominatedPath, Path } from './path.ts'
import type { PathEvent } from './path-event.ts'
import { isRelayed } from './path-policy.ts'
import { type Establishment, type PeerPipe, peerPipe } from './peer-pipe.ts'
import { type CallAgain, PeerSession, type SessionRuntime } from './peer-session.ts'

/** The parts of a node that its sessions work with. */
export interface SessionsOptions {
  readonly runtime: SessionRuntime
  /** Of sessions whose call has none of its own. */
  readonly settings: SessionSettings
  /** Called when the path of a pipe changes. */
  readonly onPathEvent: (pipe: PeerPipe, event: PathEvent) => void
  /** Finds another path for a session that has none. */
  readonly resume: (own: PeerSession) => void
  /** Looks for a better path than the one in use: it is relayed or poor, or the network of this host has changed. */
  readonly improve: (own: PeerSession) => void
  /** Called with true when a change of the network is to be noticed soon: pipes are in use that do not spare packets. */
  readonly attend?: (isAttentive: boolean) => void
}

/** The beginning of a session, as its call knows it. */
export interface Beginning extends Establishment {
  /** When the call began, or was accepted. */
  readonly startedAt: number
  readonly again: CallAgain
}

/** Codes by which a node ends a session; the peer's error has it. Those below 16 are the protocol's. */
const CloseCode = {
  /** The callee has refused it. */
  Refused: 16,
  /** The node was closed, and the peer did not acknowledge everything in time. */
  NodeClosed: 17,
} as const

/** How long the close of a node waits for the peers to acknowledge: a lost segment is sent again. RFC 6298 §2.1. */
const CLOSE_TIMEOUT_MS = 1000
/** How long a callee may take to reply to the nomination of a further path: some round trips around the world. */
const REPLY_TIMEOUT_MS = 3000

/** The sessions of a node. Every authenticated path carries one: it begins it, or joins it. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #sessions = new Map<string, PeerSession>()
  readonly #pipes = new Set<PeerPipe>()
  /** Those that are to come back soon after a change of the network. */
  readonly #attention: Attention
  /** Streams of paths that are not closed yet. */
  readonly #streams = new Set<ByteStream>()

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#attention = new Attention(options.runtime.clock, (isAttentive) => options.attend?.(isAttentive))
  }

  /** Begins a session on a path that the nomination names it for, and makes its pipe. */
  begin(path: NominatedPath, how: Beginning, wanted: SessionSettings = {}): PeerPipe {
    const { runtime, settings, onPathEvent } = this.#options
    const { resumeMs = settings.resumeMs, keepAlive = settings.keepAlive } = wanted
    this.#watch(path)
    const own = new PeerSession(path, runtime, { resumeMs, keepAlive, startedAt: how.startedAt })
    own.again = how.again
    own.report = how.report
    const key = keyOf(own, own.role)
    this.#sessions.set(key, own)
    if (keepAlive !== 'sparing') this.#attend(own)
    own.session.onClosed(() => {
      if (this.#sessions.get(key) === own) this.#sessions.delete(key)
    })
    const pipe = peerPipe(own, path, how, runtime.clock)
    this.#pipes.add(pipe)
    pipe.onClose(() => {
      this.#pipes.delete(pipe)
      own.closeWithPipe()
    })
    own.onPathEvent((event) => {
      this.#look(own, event)
      onPathEvent(pipe, event)
    })
    this.#improveRelayed(own)
    // One end is enough here, too.
    if (own.role === 'controlling') own.onPoorPath = () => this.#options.improve(own)
    path.replied?.catch((error: NodeError) => {
      // A path that broke before the reply says nothing about the peer: the session goes on by another.
      if (error.code !== 'NODE_CLOSED') end(own, error, CloseCode.Refused)
    })
    return pipe
  }

  /** The pipes that are open. */
  pipes(): readonly PeerPipe[] {
    return [...this.#pipes].filter(({ closed }) => !closed)
  }

  /**
   * Takes a path of a peer whose nomination asks to join a session, and replies. False when there is no such session here,
   * or the peer does not prove that it is its other end.
   */
  join(path: NominatedPath): boolean {
    const { nomination, stream } = path
    const own = this.#proved(path)
    if (own === undefined) return false
    acceptNomination(stream, own.termsFor(path))
    this.#watch(path)
    own.join(path, nomination.receivedOffset)
    return true
  }

  /**
   * Has a path, which this node nominated for a session it has, join when the peer's reply proves that it has it, too. Fails
   * with `NODE_SESSION` when the peer does not have it, with `NODE_WRONG_PEER` when it proves nothing, with `NODE_TIMEOUT`
   * or `NODE_CLOSED` when it does not reply.
   */
  async rejoin(own: PeerSession, path: NominatedPath): Promise<void> {
    const { clock } = this.#options.runtime
    const { stream, replied } = path
    const deadline = { clock, timeoutMs: REPLY_TIMEOUT_MS, what: 'the reply to a nomination' }
    this.#watch(path)
    try {
      const arrival = replied ?? Promise.reject(notNominated())
      const reply = await withDeadline(deadline, (late) => abortable(arrival, late))
      if (!own.isProved(path, reply))
        throw new NodeError('NODE_WRONG_PEER', 'the peer did not prove the session')
      own.join(path, reply.receivedOffset)
    } catch (error) {
      stream.destroy()
      throw error
    }
  }

  /** Gives up the paths whose local address is none of these. Sessions with other paths look for better ones. */
  leaveLost(ips: ReadonlySet<string>): void {
    const isGone = ({ local, isLocalRelayed }: Path) => {
      if (isLocalRelayed) return false
      const { ip } = splitZone(local.ip)
      return !ips.has(ip) && scopeOf(ip) !== 'host'
    }
    for (const own of this.#sessions.values()) {
      own.leave(isGone, `the network changed: this host no longer has ${own.path.local.ip}`)
      if (!own.isSuspended) this.#options.improve(own)
    }
  }

  /**
   * Closes all of them, within a second; a peer that does not acknowledge everything by then gets a code. A session without
   * a path ends at once: the node makes no further ones.
   */
  async close(): Promise<void> {
    const { runtime } = this.#options
    const { clock } = runtime
    const deadline = clock.now() + CLOSE_TIMEOUT_MS
    await Promise.all([...this.#sessions.values()].map((own) => closeBy(deadline, own, runtime)))
    await Promise.all([...this.#streams].map((stream) => closedBy(deadline, stream, clock)))
  }

  #attend({ session }: PeerSession): void {
    this.#attention.add(session)
    session.onClosed(() => this.#attention.delete(session))
  }

  #look(own: PeerSession, { type }: PathEvent): void {
    if (type === 'suspended') this.#options.resume(own)
    else if (type === 'path') this.#improveRelayed(own)
  }

  /** One end is enough, since the peer does its half of each strategy: the controlling one. */
  #improveRelayed(own: PeerSession): void {
    if (own.role === 'controlling' && isRelayed(own.path)) this.#options.improve(own)
  }

  #watch({ stream }: NominatedPath): void {
    this.#streams.add(stream)
    stream.once('close', () => void this.#streams.delete(stream))
  }

  /** A node that calls itself has both ends of a session: the proof tells which of them is meant. */
  #proved({ peer, nomination, ...path }: NominatedPath): PeerSession | undefined {
    const named = { peer, id: nomination.sessionId ?? new Uint8Array() }
    return (['controlling', 'controlled'] as const)
      .map((role) => this.#sessions.get(keyOf(named, role)))
      .find((own) => own?.isProved({ ...path, peer }, nomination))
  }
}

async function closeBy(deadline: number, own: PeerSession, { clock, log }: SessionRuntime): Promise<void> {
  const { session, peer } = own
  const cut = () => {
    const { unacknowledgedBytes } = session
    log?.('session-cut', { peer: formatNodeId(peer), unacknowledgedBytes })
    session.abort(CloseCode.NodeClosed)
  }
  if (own.isSuspended) return cut()
  const cancel = clock.at(deadline, cut)
  await session.close().catch(() => {}) // Each pipe tells of its error.
  cancel()
}

/** Both ends end the stream when the session is over. */
async function closedBy(deadline: number, stream: ByteStream, clock: Clock): Promise<void> {
  if (stream.closed) return
  const closed = new Promise((resolve) => stream.once('close', resolve))
  const cancel = clock.at(deadline, () => stream.destroy())
  await closed
  cancel()
}

/** Ends a session and its pipe at once, with a reason that the peer cannot know. */
function end({ session }: PeerSession, reason: Error, code: number): void {
  session.pipe.destroy(reason)
  session.abort(code)
}

function notNominated(): NodeError {
  return new NodeError('NODE_CLOSED', 'the path was not nominated')
}

function keyOf({ peer, id }: Pick<PeerSession, 'peer' | 'id'>, role: PeerSession['role']): string {
  return `${role} ${peer.join()} ${id.join()}`
}
