import { Duplex } from 'node:stream'
import { systemClock } from '@p2pd/netif/node'
import { ReceiveWindow, SendWindow } from '../flow-control.ts'
import { encodeCredit, encodeData, encodeEnd, type Frame, FrameDecoder, HEADER_LENGTH } from '../frame.ts'
import { keepAliveInterval } from '../keep-alive.ts'
import { keepPath } from '../keep-path.ts'
import { UdxError, type UdxErrorCode } from '../udx-error.ts'
import type { UdxStreamOptions } from '../udx.ts'
import { Batch } from './batch.ts'
import type { UdxSocket } from './udx-socket.ts'
import type { NativeStream } from './udx-native.ts'

/** A closing stream waits for acknowledgements until no packet comes for this time. */
const LINGER_MS = 3000

type Done = (error?: Error | null) => void

/** A native stream as a Duplex of `node:stream`, with back-pressure, half-close, and an end when the peer is gone. */
export class UdxByteStream extends Duplex {
  readonly #native: NativeStream
  readonly #socket: UdxSocket
  readonly #decoder = new FrameDecoder()
  readonly #sendWindow = new SendWindow()
  readonly #receiveWindow = new ReceiveWindow()
  readonly #nativeClosed: Promise<void>
  readonly #stopKeepAlive: () => void
  /** Received chunks that the reader has not asked for; null is the end. */
  readonly #unread: (Uint8Array | null)[] = []
  #isWanted = false
  #ended = false
  #unsent: Uint8Array[] = []
  #onSent: Done | undefined
  /** The native stream takes no more for now. */
  #isFull = false
  #isNativeClosed = false
  #isEndSent = false

  constructor(native: NativeStream, socket: UdxSocket, { remote, keepAliveMs }: UdxStreamOptions) {
    super({ allowHalfOpen: true })
    this.#native = native
    this.#socket = socket
    this.#nativeClosed = new Promise((resolve) => native.once('close', resolve))
    const batch = new Batch((chunk) => this.#receive(chunk))
    native.on('data', (chunk: Uint8Array) => batch.add(chunk))
    native.on('drain', () => {
      this.#isFull = false
      this.#pump()
    })
    native.on('error', (error) => {
      batch.flush()
      this.#isNativeClosed = true
      this.#fail(translate(error))
    })
    // An error without a listener must not end the process: 'close' reports it too.
    this.on('error', () => {})
    this.#stopKeepAlive = keepPath({
      socket,
      remote,
      clock: systemClock,
      intervalMs: keepAliveMs ?? keepAliveInterval(),
      received: () => native.packetsReceived,
      onGone: () => this.#fail(new UdxError('UDX_TIMEOUT', 'the other end answers nothing')),
    })
  }

  override _read(): void {
    this.#isWanted = true
    this.#deliver()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: readonly { chunk: Uint8Array }[], done: Done): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: Done): void {
    this.#sendEnd()
    done()
  }

  override _destroy(error: Error | null, settle: Done): void {
    this.#unread.length = 0
    this.#unsent.length = 0
    this.#onSent?.(error ?? new UdxError('UDX_CLOSED', 'the stream was closed before this was sent'))
    this.#onSent = undefined
    void this.#close(error).then(() => settle(error))
  }

  #send(chunks: Uint8Array[], done: Done): void {
    if (this.#isNativeClosed) return done(new UdxError('UDX_RESET', 'the other end has closed the stream'))
    this.#unsent = chunks.filter(({ length }) => length > 0)
    this.#onSent = done
    this.#pump()
  }

  /** Sends as much as the window and the native stream take. */
  #pump(): void {
    while (!this.#isFull && this.#unsent.length > 0) {
      const chunk = this.#unsent[0] as Uint8Array
      const bytes = this.#sendWindow.take(chunk.length)
      if (bytes === 0) return
      if (bytes === chunk.length) this.#unsent.shift()
      else this.#unsent[0] = chunk.subarray(bytes)
      const frame = Buffer.allocUnsafe(HEADER_LENGTH + bytes)
      this.#isFull = !this.#native.write(encodeData(chunk.subarray(0, bytes), frame))
    }
    if (this.#isFull || this.#onSent === undefined) return
    const done = this.#onSent
    this.#onSent = undefined
    done()
  }

  #receive(chunk: Uint8Array): void {
    if (this.destroyed) return
    try {
      for (const frame of this.#decoder.decode(chunk)) this.#accept(frame)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  #accept(frame: Frame): void {
    if (frame.type === 'credit') {
      this.#sendWindow.grant(frame.bytes)
      this.#pump()
      return
    }
    if (this.#ended) throw new UdxError('UDX_PROTOCOL', `${frame.type} after the end`)
    if (frame.type === 'data') this.#receiveWindow.receive(frame.bytes.length)
    else this.#ended = true
    this.#unread.push(frame.type === 'data' ? frame.bytes : null)
    this.#deliver()
  }

  #deliver(): void {
    while (this.#isWanted && this.#unread.length > 0) {
      const chunk = this.#unread.shift() ?? null
      this.#isWanted = this.push(chunk)
      if (chunk === null) return
      const credit = this.#receiveWindow.read(chunk.length)
      if (credit > 0 && !this.#native.destroyed) this.#native.write(encodeCredit(credit))
    }
  }

  #sendEnd(): void {
    if (!this.#isEndSent) this.#native.write(encodeEnd())
    this.#isEndSent = true
  }

  /** Bytes received before the end stay readable, as with a TCP connection that is reset after its FIN. */
  #fail(error: UdxError): void {
    if (!this.#ended || this.#onSent !== undefined) this.destroy(error)
    else if (this.readableEnded) this.destroy()
    else this.once('end', () => this.destroy())
  }

  async #close(error: Error | null): Promise<void> {
    if (error === null && !this.#isNativeClosed) await this.#linger()
    this.#stopKeepAlive()
    this.#native.destroy()
    await this.#nativeClosed
    await this.#socket.end()
  }

  /** Waits until the other end has acknowledged all written bytes, or is silent. */
  async #linger(): Promise<void> {
    const native = this.#native
    this.#sendEnd()
    let received = -1
    let cancel = () => {}
    const silence = new Promise<void>((resolve) => {
      const wait = () => {
        if (native.packetsReceived === received) return resolve()
        received = native.packetsReceived
        cancel = systemClock.at(systemClock.now() + LINGER_MS, wait)
      }
      wait()
    })
    await Promise.race([native.flush(), this.#nativeClosed, silence])
    cancel()
  }
}

/** udx-native uses the error codes of libuv. */
const MEANING: Readonly<Record<string, UdxErrorCode>> = {
  ECONNRESET: 'UDX_RESET',
  ETIMEDOUT: 'UDX_TIMEOUT',
}

function translate(error: unknown): UdxError {
  const { code = '', message } = error as NodeJS.ErrnoException
  return new UdxError(MEANING[code] ?? 'UDX_SYSTEM', `the stream broke: ${message}`, { cause: error })
}
