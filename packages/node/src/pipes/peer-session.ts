import { type Clock, equalBytes } from '@p2pd/netif'
import { Nominations, type PathChange, type Role, type SessionPath } from '@p2pd/session'
import type { Candidate, PathChoice } from '../candidates/candidate.ts'
import { mergeCandidates } from '../candidates/merge-candidates.ts'
import type { SessionTerms } from '../handshake/nomination.ts'
import type { RelayPolicy } from '../relays/relay-policy.ts'
import type { ReportLine, StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Session, SessionSettings, SessionStream } from '../runtime/session.ts'
import type { NominatedPath, Path } from './path.ts'
import { isBetterPath, isSamePath, strategiesForBetter } from './path-policy.ts'
import { BETTER_PATH, LOSS_REASONS, type PathEvent } from './path-event.ts'
import { PoorPath } from './poor-path.ts'
import { type MeasuredPath, sessionPathOf } from './session-path.ts'

/** Labels of exported keys: the secret of a session, and the name of a path in a proof. RFC 8446 §7.5. */
const SECRET_LABEL = 'EXPORTER-p2pd-session'
const PATH_LABEL = 'EXPORTER-p2pd-path'

/** Attempts that are kept: some twenty calls. An outage of hours makes more. */
const MAX_REPORT_LINES = 1000

/** The facts and wishes that calls after the first begin with. */
export interface CallAgain {
  /** The last known candidates of the peer. */
  readonly candidates: readonly Candidate[]
  readonly strategies?: readonly StrategyName[] | undefined
  readonly paths?: PathChoice | undefined
  readonly relay?: RelayPolicy | undefined
}

/** The parts of a node that a session needs. */
export interface SessionRuntime extends Pick<Runtime, 'clock' | 'log' | 'openSession' | 'hmac'> {
  /** For how long the NAT of a local address keeps an idle UDP mapping; it is measured when it is asked for. @default unknown */
  readonly mappingLifetime?: (ip: string) => Promise<number | undefined>
}

/** A session with a peer, its paths, and the proof by which further paths join it. */
export class PeerSession {
  readonly peer: Uint8Array
  readonly id: Uint8Array
  /** The caller of the first path is controlling, whoever calls later. */
  readonly role: Role
  readonly session: Session
  /** When the call began, or the peer's call was accepted. */
  readonly startedAt: number
  /** How this end calls the peer again. */
  again: CallAgain = { candidates: [] }
  /** Called when the path in use has become poor, and a search for a better one is due. */
  onPoorPath = (): void => {}
  /** The attempts of all calls of this end. */
  report: readonly ReportLine[] = []
  readonly #clock: Clock
  /** Set when the session spares packets: other sessions ping more often than any NAT needs. */
  readonly #mappingLifetime: SessionRuntime['mappingLifetime']
  readonly #isEncrypted: boolean
  readonly #poorPath = new PoorPath()
  readonly #nominations: Nominations
  readonly #paths = new Map<SessionPath, Path>()
  readonly #listeners = new Set<(event: PathEvent) => void>()
  /** The path in use, or the last one that was. */
  #path: Path
  readonly #streams = new Set<SessionStream>()
  #isPipeClosed = false
  /** When the session last moved. Its first path does not count: a better one may follow it at once. */
  #movedAt = Number.NEGATIVE_INFINITY
  #suspendedAt: number | undefined
  #isOver = false
  /** Why the path in use was lost; undefined while it is not. */
  #lossReason: string | undefined

  /** Begins a session on its first path, by the session id of the nomination. */
  constructor(
    path: NominatedPath,
    runtime: SessionRuntime,
    settings: SessionSettings & { readonly startedAt: number },
  ) {
    const { nomination, replied, peer, encrypted } = path
    this.peer = peer
    this.id = nomination.sessionId ?? new Uint8Array()
    this.role = replied === undefined ? 'controlled' : 'controlling'
    this.startedAt = settings.startedAt
    this.#clock = runtime.clock
    if (settings.keepAlive === 'sparing') this.#mappingLifetime = runtime.mappingLifetime
    this.#isEncrypted = encrypted
    this.#path = path
    this.#nominations = new Nominations({
      hmac: runtime.hmac,
      role: this.role,
      sessionId: this.id,
      secret: path.exportKey(SECRET_LABEL),
    })
    this.session = runtime.openSession({ ...settings, role: this.role })
    this.session.onPathChange((change) => this.#changed(change))
    this.session.onClosed(() => {
      this.#isOver = true
    })
    this.#attach(path, 0)
  }

  /** The path in use; while there is none, the last one that was. */
  get path(): Path {
    return this.#path
  }

  /** It is not over, and has no path. */
  get isSuspended(): boolean {
    return !this.#isOver && this.session.path === undefined
  }

  /** Takes note of a call after the first. */
  learn({
    report,
    candidates,
  }: {
    readonly report: readonly ReportLine[]
    readonly candidates: readonly Candidate[]
  }): void {
    this.report = [...this.report, ...report].slice(-MAX_REPORT_LINES)
    this.again = { ...this.again, candidates: mergeCandidates(candidates, this.again.candidates) }
  }

  openStream(service?: string): SessionStream {
    return this.#watch(this.session.openStream(service))
  }

  onStream(listener: (stream: SessionStream) => void): () => void {
    return this.session.onStream((stream) => listener(this.#watch(stream)))
  }

  /** The pipe has closed; the session follows when its other streams have. */
  closeWithPipe(): void {
    this.#isPipeClosed = true
    this.#closeIfIdle()
  }

  /** Listens for changes of the path; returns the function that stops it. */
  onPathEvent(listener: (event: PathEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The session's part of a nomination of a further path, or of the reply to one. */
  termsFor(path: Path): SessionTerms {
    const { sessionId, received, proof } = this.#nominations.nominate(pathId(path), this.session.received)
    return { sessionId, receivedOffset: received, proof }
  }

  /**
   * Whether the peer has proved, on this path, that it is the other end of the session. A path without encryption does not
   * join a session with it, nor the other way round.
   */
  isProved(path: Path, { sessionId, receivedOffset = 0, proof }: SessionTerms): boolean {
    if (sessionId === undefined || proof === undefined) return false
    if (path.encrypted !== this.#isEncrypted || !equalBytes(path.peer, this.peer)) return false
    return this.#nominations.accept(pathId(path), { sessionId, received: receivedOffset, proof })
  }

  /** Goes on by a further path, whose peer has proved itself and said what it has received. */
  join(path: Path, receivedOffset = 0): void {
    this.#attach(path, receivedOffset)
  }

  /** Why a path of a call is not wanted: the session has one that is as good. Any path is wanted while there is none. */
  objection(path: Path): string | undefined {
    if (this.isSuspended) return undefined
    if (isSamePath(path, this.#path)) return 'the path in use is the same'
    const current = { strategy: this.#path.strategy, rttMs: this.session.roundTripMs }
    const sinceMoveMs = this.#clock.now() - this.#movedAt
    const candidate = { strategy: path.strategy, rttMs: path.rttMs }
    return isBetterPath(candidate, current, sinceMoveMs) ? undefined : 'the path in use is as good'
  }

  /** The strategies that may find a better path than the one in use, of those that the call was allowed. */
  get strategiesForBetter(): readonly StrategyName[] {
    return strategiesForBetter(this.#path, this.again.strategies, this.#poorPath.isPoor)
  }

  /** It is over: no path helps it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Gives up the paths whose local address is gone: their time-outs would come much later. */
  leave(isGone: (path: Path) => boolean, reason: string): void {
    for (const [sessionPath, path] of this.#paths) {
      if (!isGone(path)) continue
      if (path === this.#path) this.#lossReason = reason
      this.session.detach(sessionPath)
    }
  }

  #attach(path: Path, peerReceived: number): void {
    const sessionPath = sessionPathOf(path)
    this.#paths.set(sessionPath, path)
    this.session.attach(sessionPath, peerReceived)
    if (path.strategy === 'udp-punch') void this.#measure(path, sessionPath)
  }

  async #measure({ local }: Path, sessionPath: MeasuredPath): Promise<void> {
    const lifetimeMs = await this.#mappingLifetime?.(local.ip)
    if (lifetimeMs !== undefined) sessionPath.mappingLifetimeMs = lifetimeMs
  }

  #watch(stream: SessionStream): SessionStream {
    this.#streams.add(stream)
    stream.once('close', () => {
      this.#streams.delete(stream)
      this.#closeIfIdle()
    })
    return stream
  }

  #closeIfIdle(): void {
    if (!this.#isPipeClosed || this.#streams.size > 0) return
    this.session.close().catch(() => {}) // The pipe has reported the error.
  }

  #changed(change: PathChange): void {
    switch (change.type) {
      case 'used':
        return this.#uses(this.#paths.get(change.path))
      case 'measured':
        if (this.#poorPath.sample(change.roundTripMs, this.#clock.now())) this.onPoorPath()
        return
      case 'lost':
        return this.#loses(change)
      case 'retired':
        this.#paths.delete(change.path)
        return
      case 'suspended':
        if (this.#suspendedAt !== undefined) return
        this.#suspendedAt = this.#clock.now()
        return this.#tell({ type: 'suspended', reason: this.#lossReason ?? LOSS_REASONS.detached })
    }
  }

  #loses({ path: sessionPath, reason }: Extract<PathChange, { readonly type: 'lost' }>): void {
    const path = this.#paths.get(sessionPath)
    this.#paths.delete(sessionPath)
    if (path === undefined) return
    if (path === this.#path) this.#lossReason ??= LOSS_REASONS[reason]
  }

  #uses(path: Path | undefined): void {
    if (path === undefined || path === this.#path) return
    const reason = this.#lossReason ?? BETTER_PATH
    const suspendedAt = this.#suspendedAt
    const { strategy, local, remote } = path
    this.#path = path
    this.#movedAt = this.#clock.now()
    this.#poorPath.reset()
    this.#lossReason = undefined
    this.#suspendedAt = undefined
    if (suspendedAt !== undefined) {
      this.#tell({ type: 'resumed', strategy, afterMs: this.#clock.now() - suspendedAt })
    }
    this.#tell({ type: 'path', strategy, local, remote, reason })
  }

  #tell(event: PathEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

function pathId({ exportKey }: Path): Uint8Array {
  return exportKey(PATH_LABEL)
}
