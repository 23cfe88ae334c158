import type { Clock } from '@p2pd/netif'
import type { SessionPath } from '../session-path.ts'

/** A peer that does not end its side of a path is not waited for longer. */
const LINGER_MS = 3000

/** Events of a path, for its session. */
export interface PathListener {
  receive(chunk: Uint8Array): void
  ready(): void
  ended(): void
  datagram(bytes: Uint8Array): void
}

/** Reads and writes the byte stream of one path. */
export class PathDriver {
  readonly path: SessionPath
  readonly #listener: PathListener
  readonly #stopDatagrams: () => void
  readonly #onData = (chunk: Uint8Array) => this.#listener.receive(chunk)
  readonly #onDrain = () => this.#listener.ready()
  readonly #onEnded = () => this.#listener.ended()

  constructor(path: SessionPath, listener: PathListener) {
    this.path = path
    this.#listener = listener
    const { stream, datagrams } = path
    this.#stopDatagrams = datagrams?.onMessage((bytes) => listener.datagram(bytes)) ?? (() => {})
    stream.on('error', ignore)
    stream.on('drain', this.#onDrain)
    stream.on('end', this.#onEnded)
    stream.on('close', this.#onEnded)
    stream.on('data', this.#onData)
  }

  /** Whether it was dead before it was attached. */
  get isDead(): boolean {
    const { stream } = this.path
    return stream.destroyed || stream.readableEnded || !stream.writable
  }

  /** Writes; returns whether the stream takes more at once. */
  write(parts: readonly Uint8Array[]): boolean {
    const { stream } = this.path
    if (stream.destroyed || !stream.writable) return false
    if (parts.length === 1) return stream.write(parts[0])
    stream.cork()
    for (const part of parts) stream.write(part)
    stream.uncork()
    return !stream.writableNeedDrain
  }

  sendDatagram(bytes: Uint8Array): boolean {
    return this.path.datagrams?.send(bytes) ?? false
  }

  /** Ends the path after what was written, and lets the peer end its side. */
  end(clock: Clock): void {
    this.#stop()
    const { stream } = this.path
    if (stream.destroyed) return
    const cancel = clock.at(clock.now() + LINGER_MS, () => stream.destroy())
    stream.once('close', cancel) // It closes by itself when both ends have ended it.
    stream.resume()
    stream.end()
  }

  /** Ends the path without more ado. */
  destroy(): void {
    this.#stop()
    this.path.stream.destroy()
  }

  #stop(): void {
    this.#stopDatagrams()
    const { stream } = this.path
    stream.off('data', this.#onData)
    stream.off('drain', this.#onDrain)
    stream.off('end', this.#onEnded)
    stream.off('close', this.#onEnded)
  }
}

/** 'close' follows, and tells the session of it. */
function ignore(): void {}
