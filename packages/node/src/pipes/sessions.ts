import { type ByteStream, type Clock, scopeOf, splitZone } from '@p2pd/netif'
import { acceptNomination } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { SessionSettings } from '../runtime/session.ts'
import type { NominatedPath } from './path.ts'
import { type Establishment, type PeerPipe, peerPipe } from './peer-pipe.ts'
import { PeerSession } from './peer-session.ts'

/** Codes by which a node ends a session; the peer's error has it. Those below 16 are the protocol's. */
const CloseCode = {
  /** The callee has refused it. */
  Refused: 16,
  /** This node has lost the path. */
  PathLost: 18,
  /** The node was closed, and the peer did not acknowledge everything in time. */
  NodeClosed: 17,
} as const

/** How long the close of a node waits for the peers to acknowledge: a lost segment is sent again. RFC 6298 §2.1. */
const CLOSE_TIMEOUT_MS = 1000

/** The sessions of a node. Every authenticated path carries one: it begins it, or joins it. */
export class Sessions {
  readonly #runtime: Pick<Runtime, 'clock' | 'openSession' | 'hmac'>
  readonly #settings: SessionSettings
  readonly #sessions = new Map<string, PeerSession>()
  /** Streams of paths that are not closed yet. */
  readonly #streams = new Set<ByteStream>()

  constructor(runtime: Pick<Runtime, 'clock' | 'openSession' | 'hmac'>, settings: SessionSettings) {
    this.#runtime = runtime
    this.#settings = settings
  }

  /** Begins a session on a path that the nomination names it for, and makes its pipe. */
  begin(path: NominatedPath, how: Establishment, settings: SessionSettings = this.#settings): PeerPipe {
    this.#watch(path)
    const own = new PeerSession(path, this.#runtime, settings)
    const key = keyOf(own, own.role)
    this.#sessions.set(key, own)
    own.session.onClosed(() => {
      if (this.#sessions.get(key) === own) this.#sessions.delete(key)
    })
    const pipe = peerPipe(own, path, how, this.#runtime.clock)
    pipe.onClose(() => void own.session.close().catch(() => {})) // The pipe has reported the error.
    path.replied?.catch((error: Error) => end(own, error, CloseCode.Refused))
    return pipe
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

  /** Ends the sessions whose path has a local address that is none of these, with `NODE_NETWORK_CHANGED`. */
  endLost(ips: ReadonlySet<string>): void {
    for (const own of this.#sessions.values()) {
      const { ip } = splitZone(own.path.local.ip)
      if (ips.has(ip) || scopeOf(ip) === 'host') continue
      const reason = `the network changed: this host no longer has ${ip}; connect again`
      end(own, new NodeError('NODE_NETWORK_CHANGED', reason), CloseCode.PathLost)
    }
  }

  /** Closes all of them, within a second; a peer that does not acknowledge everything by then gets a code. */
  async close(): Promise<void> {
    const { clock } = this.#runtime
    const deadline = clock.now() + CLOSE_TIMEOUT_MS
    await Promise.all([...this.#sessions.values()].map((own) => closeBy(deadline, own, clock)))
    await Promise.all([...this.#streams].map((stream) => closedBy(deadline, stream, clock)))
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

async function closeBy(deadline: number, { session }: PeerSession, clock: Clock): Promise<void> {
  const cancel = clock.at(deadline, () => session.abort(CloseCode.NodeClosed))
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

function keyOf({ peer, id }: Pick<PeerSession, 'peer' | 'id'>, role: PeerSession['role']): string {
  return `${role} ${peer.join()} ${id.join()}`
}
