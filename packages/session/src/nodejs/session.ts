import { Socket } from 'node:net'
import type { Clock } from '@p2pd/netif'
import { allocateBlock, releaseBlock } from './block-pool.ts'
import { Listeners } from './listeners.ts'
import type { SessionOutput } from '../output.ts'
import { PIPE_STREAM } from '../role.ts'
import { SessionError } from '../session-error.ts'
import { SessionMachine } from '../session-machine.ts'
import type { SessionOptions } from '../session-options.ts'
import { type PathChange, ResetCode, type SessionPath } from '../session-path.ts'
import { PathDriver } from './path-driver.ts'
import { type Datagrams, SessionDatagrams } from './session-datagrams.ts'
import type { SessionStream } from './session-stream.ts'
import { StreamTable } from './stream-table.ts'
import { WakeTimer } from './wake-timer.ts'

/** A session's options beside those of its machine. */
export interface OpenSessionOptions extends Omit<SessionOptions, 'allocate' | 'release'> {
  readonly clock: Clock
}

/** One connection over changing paths: a Duplex per stream above, byte streams below. */
export class Session {
  readonly pipe: SessionStream
  readonly #datagrams: SessionDatagrams
  readonly #clock: Clock
  readonly #machine: SessionMachine
  readonly #streams: StreamTable
  readonly #timer: WakeTimer
  readonly #paths = new Map<number, PathDriver>()
  readonly #onStream = new Listeners<SessionStream>()
  readonly #onPathChange = new Listeners<PathChange>()
  readonly #onClosed = new Listeners<SessionError | undefined>()
  #nextPath = 0
  /** No path hands on the memory that is written to it, as streams within a process may. */
  #copies = true
  #isFlushing = false
  #isClosing = false
  #closing: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  #end: 'none' | 'acknowledged' | SessionError = 'none'
  #unsentDatagrams = 0

  constructor({ clock, ...options }: OpenSessionOptions) {
    this.#clock = clock
    const release = (bytes: Uint8Array) => this.#copies && releaseBlock(bytes)
    this.#machine = new SessionMachine({ ...options, allocate: allocateBlock, release }, clock.now())
    this.#streams = new StreamTable(this.#machine.streams, () => this.#schedule())
    this.#timer = new WakeTimer(clock, (now) => this.#wake(now))
    this.pipe = this.#streams.create(PIPE_STREAM, '')
    this.#datagrams = new SessionDatagrams({
      send: (bytes) => this.#sendDatagram(bytes),
      dropped: () => this.#machine.usage.droppedDatagrams + this.#unsentDatagrams,
    })
    this.#timer.set(this.#machine.wakeAt)
  }

  /** Datagrams beside the streams. */
  get datagrams(): Datagrams {
    return this.#datagrams
  }

  /** How many bytes of the peer's frames have arrived: a nomination says so. */
  get received(): number {
    return this.#machine.received
  }

  /** The path in use; undefined while there is none. */
  get path(): SessionPath | undefined {
    const { path } = this.#machine
    return path === undefined ? undefined : this.#paths.get(path)?.path
  }

  /** The round-trip time of the path in use, once the peer has answered. */
  get roundTripMs(): number | undefined {
    return this.#machine.roundTripMs
  }

  /** Bytes of all streams that were sent, or are to be, and that the peer has not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.#machine.usage.unacknowledgedBytes
  }

  /**
   * Takes an authenticated path and goes on by it at once; the one before is ended when both ends have left it. The
   * peer attaches its end, too. `peerReceived` is the offset of the peer's nomination. Throws `SESSION_CLOSED` when the
   * session is over, or `SESSION_INVALID_ARGUMENT` when the peer claims more than was sent.
   */
  attach(path: SessionPath, peerReceived = 0): void {
    const id = this.#nextPath++
    this.#copies &&= path.stream instanceof Socket
    const options = {
      peerReceived,
      hasDatagrams: path.datagrams !== undefined,
      get mappingLifetimeMs() {
        return path.mappingLifetimeMs
      },
    }
    const outputs = this.#machine.attach(id, options, this.#clock.now())
    const driver = new PathDriver(path, {
      receive: (chunk) => this.#receive(id, chunk),
      ready: () => this.#ready(id),
      ended: () => this.#act(() => this.#machine.detach(id, this.#clock.now())),
      datagram: (bytes) => this.#datagrams.receive(bytes),
    })
    this.#paths.set(id, driver)
    this.#act(() => outputs)
    if (driver.isDead) this.detach(path)
  }

  /** Gives a path up: it is destroyed, and what it carried goes by another. */
  detach(path: SessionPath): void {
    for (const [id, driver] of this.#paths) {
      if (driver.path === path) this.#act(() => this.#machine.detach(id, this.#clock.now()))
    }
  }

  /**
   * Opens a stream for a service. It can be written at once, and fails with `SESSION_RESET` when the peer refuses or aborts it.
   * Throws `SESSION_CLOSED`, `SESSION_LIMIT`, or `SESSION_INVALID_ARGUMENT` for a name that is too long.
   */
  openStream(service = ''): SessionStream {
    if (this.#isClosing) throw new SessionError('SESSION_CLOSED', 'the session is closed')
    const stream = this.#streams.create(this.#machine.streams.open(service, this.#clock.now()), service)
    this.#schedule()
    return stream
  }

  /** Listens for the peer's streams; without a listener they are refused. Returns what stops it. */
  onStream(listener: (stream: SessionStream) => void): () => void {
    return this.#onStream.add(listener)
  }

  onPathChange(listener: (change: PathChange) => void): () => void {
    return this.#onPathChange.add(listener)
  }

  /** Listens for the end of the session; without an error both ends have closed it. */
  onClosed(listener: (error: SessionError | undefined) => void): () => void {
    return this.#onClosed.add(listener)
  }

  /**
   * Ends all streams, then the session; resolves when the peer has acknowledged everything. Rejects with the error that
   * ended the session: `SESSION_LOST`, `SESSION_ABORTED`, `SESSION_UNKNOWN`, `SESSION_MALFORMED` or `SESSION_PROTOCOL`.
   */
  async close(): Promise<void> {
    if (this.#end === 'acknowledged') return
    if (this.#end !== 'none') throw this.#end
    const acknowledged = new Promise<void>((resolve, reject) => this.#closing.push({ resolve, reject }))
    if (!this.#isClosing) {
      this.#isClosing = true
      void this.#streams.endAll().then(() => {
        this.#machine.close()
        this.#schedule()
      })
    }
    return acknowledged
  }

  /** Ends the session at once, with an error and a code above 0 for the peer. */
  abort(code: number): void {
    this.#act(() => this.#machine.abort(code, this.#clock.now()))
  }

  /** Ends the session at once: the peer said, on an authenticated path, that it does not have it any more. */
  forget(): void {
    this.#act(() => this.#machine.forget(this.#clock.now()))
  }

  #ready(id: number): void {
    this.#machine.ready(id)
    this.#schedule()
  }

  /** Most chunks are answered by nothing for now. */
  #receive(id: number, chunk: Uint8Array): void {
    const now = this.#clock.now()
    const isScheduled = this.#isFlushing
    this.#isFlushing = true // Reading alone needs no flush.
    this.#perform(this.#machine.receive(id, chunk, now))
    this.#isFlushing = isScheduled
    if (this.#machine.hasFrames(now)) this.#schedule()
    else this.#timer.set(this.#machine.wakeAt)
  }

  /** Does what the machine says, then sends what has come together. */
  #act(action: () => SessionOutput[]): void {
    this.#perform(action())
    this.#flush()
  }

  /** Sends at the end of this turn: what is written until then travels together. */
  #schedule(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#isFlushing = false
    this.#perform(this.#machine.flush(this.#clock.now()))
    this.#timer.set(this.#machine.wakeAt)
  }

  #wake(now: number): void {
    if (now < this.#machine.wakeAt) this.#timer.set(this.#machine.wakeAt)
    else this.#act(() => this.#machine.wake(now))
  }

  #sendDatagram(bytes: Uint8Array): boolean {
    const { isSent, outputs } = this.#machine.sendDatagram(bytes)
    const before = this.#unsentDatagrams
    this.#perform(outputs)
    this.#schedule()
    return isSent && this.#unsentDatagrams === before
  }

  #perform(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) this.#performOne(output)
  }

  #performOne(output: SessionOutput): void {
    switch (output.type) {
      case 'send':
        if (this.#paths.get(output.path)?.write(output.parts) !== true) return
        this.#machine.ready(output.path)
        return this.#schedule()
      case 'send-datagram':
        if (this.#paths.get(output.path)?.sendDatagram(output.bytes) !== true) this.#unsentDatagrams++
        return
      case 'path-retired':
      case 'path-lost':
        return this.#leavePath(output)
      case 'path-used':
      case 'path-measured':
        return process.nextTick(() => this.#tellOf(output))
      case 'suspended':
        return this.#onPathChange.tell({ type: 'suspended', endsInMs: output.until - this.#clock.now() })
      case 'stream':
        return this.#accept(output.id, output.service)
      case 'readable':
        return this.#streams.get(output.id)?.deliver()
      case 'written':
        return this.#streams.get(output.id)?.taken()
      case 'reset':
        return this.#streams.reset(output.id, output.code)
      case 'datagram':
        return this.#datagrams.receive(output.bytes)
      case 'finished':
        this.#isClosing = true
        return this.#streams.refuseAll()
      case 'acknowledged':
        this.#end = 'acknowledged'
        for (const { resolve } of this.#closing.splice(0)) resolve()
        return
      case 'over':
        return this.#over(output.error)
    }
  }

  #leavePath(output: Extract<SessionOutput, { type: 'path-retired' | 'path-lost' }>): void {
    const driver = this.#paths.get(output.path)
    if (driver === undefined) return
    this.#paths.delete(output.path)
    const { path } = driver
    if (output.type === 'path-retired') {
      driver.end(this.#clock)
      this.#onPathChange.tell({ type: 'retired', path })
    } else {
      driver.destroy()
      this.#onPathChange.tell({ type: 'lost', path, reason: output.reason })
    }
  }

  #tellOf(output: Extract<SessionOutput, { type: 'path-used' | 'path-measured' }>): void {
    const { path } = this
    if (path === undefined || this.#machine.path !== output.path) return
    if (output.type === 'path-used') this.#onPathChange.tell({ type: 'used', path })
    else this.#onPathChange.tell({ type: 'measured', path, roundTripMs: output.roundTripMs })
  }

  #accept(id: number, service: string): void {
    const stream = this.#streams.create(id, service)
    if (this.#isClosing || this.#onStream.size === 0) stream.reset(ResetCode.Refused)
    else this.#onStream.tell(stream)
  }

  #over(error: SessionError | undefined): void {
    for (const driver of this.#paths.values()) driver.end(this.#clock)
    this.#paths.clear()
    if (this.#end === 'none') this.#end = error ?? 'acknowledged'
    for (const { resolve, reject } of this.#closing.splice(0)) {
      if (error === undefined) resolve()
      else reject(error)
    }
    if (error === undefined) this.#streams.closeAll()
    else this.#streams.destroyAll(error)
    this.#onClosed.tell(error)
  }
}
