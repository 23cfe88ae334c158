import { type ByteStream, type Clock, sleep, within } from '@p2pd/netif'
import { encodeFrame, type Frame } from '../frame/frame.ts'
import { FrameDecoder } from '../frame/frame-decoder.ts'
import type { StopReason } from '../frame/reasons.ts'
import { Pacer } from '../pacing/pacer.ts'
import { TransferError } from '../transfer-error.ts'
import { abortCodeOf, closed } from './ended-by-peer.ts'
import { Slab } from './slab.ts'

/** Frames below this are collected and written together. */
const SMALL_LENGTH = 16 * 1024
const BATCH_LENGTH = 64 * 1024
/** Bytes that are paced at a time. */
const SLICE_LENGTH = 64 * 1024
/** A peer that does not read gets this long before the stream is aborted. */
const LINGER_MS = 1000

/** A stream whose abort reaches the peer with a code, ahead of all that the peer has not read. */
type AbortableStream = ByteStream & { reset?(code: number): void }

/** Frames over one byte stream. Writes wait for a peer that is slow to read. */
export class FrameLink {
  readonly #stream: AbortableStream
  readonly #slab = new Slab()
  readonly #clock: Clock
  #pacer: Pacer | undefined
  #batch: Uint8Array[] = []
  #batchLength = 0
  #isFlushScheduled = false
  /** Large frames are written one after another, however many callers there are. */
  #lastWrite: Promise<void> = Promise.resolve()

  constructor(stream: ByteStream, clock: Clock, bytesPerSecond?: number) {
    this.#stream = stream
    this.#clock = clock
    this.#pacer = bytesPerSecond === undefined ? undefined : new Pacer(bytesPerSecond)
    stream.on('error', ignore)
  }

  /** Sends a frame after those before it; resolves when the stream takes more. Rejects with `TRANSFER_CLOSED`. */
  async send(frame: Frame): Promise<void> {
    const parts = encodeFrame(frame)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    this.#batch.push(...parts)
    this.#batchLength += length
    if (length < SMALL_LENGTH && this.#batchLength < BATCH_LENGTH) return this.#scheduleFlush()
    await this.flush()
  }

  /** Writes all frames so far; resolves when the stream takes more. */
  flush(): Promise<void> {
    // One write for many short parts: a stream has its own costs for each.
    const isShort = this.#batchLength < BATCH_LENGTH + SMALL_LENGTH && this.#batch.length > 2
    const parts = isShort ? [Buffer.concat(this.#batch, this.#batchLength)] : this.#batch
    this.#batch = []
    this.#batchLength = 0
    if (parts.length > 0) this.#lastWrite = this.#lastWrite.then(() => this.#write(parts))
    return this.#lastWrite
  }

  /** Takes the bytes of a chunk back: memory for another one. */
  release(bytes: Uint8Array): void {
    this.#slab.release(bytes)
  }

  /** The frames of the peer. Ends when the peer has ended its side. */
  async *frames(): AsyncGenerator<Frame> {
    const decoder = new FrameDecoder((length) => this.#slab.allocate(length))
    try {
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        for (const frame of decoder.decode(chunk as Uint8Array)) yield frame
      }
    } catch (error) {
      if (error instanceof TransferError) throw error
      throw closed(error)
    }
  }

  /**
   * Says why this end stops the transfer, then ends the stream: within a second, whatever the peer does. A stream of a session is
   * aborted with the reason as its code.
   */
  async stop(reason: StopReason, detail: string): Promise<void> {
    this.#pacer = undefined
    const sent = this.send({ type: 'stop', reason, detail })
      .then(() => this.end())
      .then(() => this.#peerEnded())
      .catch(ignore)
    await within(this.#clock, sent, LINGER_MS)
    // A peer with a slow disk may not have read the reason. It would wait for the next call, as after a lost connection.
    this.#stream.reset?.(abortCodeOf(reason))
    this.#stream.destroy()
  }

  /** Ends this side after the frames so far. */
  async end(): Promise<void> {
    await this.flush()
    await this.#end()
    this.#stream.resume()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  /** A stream that is destroyed before the peer has read everything may lose it. */
  #peerEnded(): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve) => {
      if (stream.readableEnded || stream.destroyed) return resolve()
      stream.once('end', resolve).once('close', resolve)
    })
  }

  #end(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.once('close', resolve)
      this.#stream.end(() => {
        this.#stream.off('close', resolve)
        resolve()
      })
    })
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return
    this.#isFlushScheduled = true
    setImmediate(() => {
      this.#isFlushScheduled = false
      this.flush().catch(ignore) // The next `send` rejects, too.
    })
  }

  async #write(parts: readonly Uint8Array[]): Promise<void> {
    const stream = this.#stream
    stream.cork()
    try {
      for (const part of parts) {
        if (this.#pacer === undefined) stream.write(part)
        else await this.#writePaced(part)
      }
    } finally {
      stream.uncork()
    }
    if (stream.destroyed || stream.writableEnded) throw closed(stream.errored)
    if (stream.writableNeedDrain) await drained(stream)
  }

  async #writePaced(part: Uint8Array): Promise<void> {
    this.#stream.uncork()
    for (let at = 0; at < part.length; at += SLICE_LENGTH) {
      const slice = part.subarray(at, at + SLICE_LENGTH)
      const delayMs = this.#pacer?.delay(slice.length, this.#clock.now()) ?? 0
      if (delayMs > 0) await sleep(this.#clock, delayMs)
      if (!this.#stream.write(slice)) await drained(this.#stream)
    }
    this.#stream.cork()
  }
}

function drained(stream: ByteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stream.off('drain', ready).off('close', lost)
      settle()
    }
    const ready = () => end(resolve)
    const lost = () => end(() => reject(closed(stream.errored)))
    if (stream.destroyed) return lost()
    stream.on('drain', ready).on('close', lost)
  })
}

/** Somebody else reports it. */
export function ignore(): void {}
