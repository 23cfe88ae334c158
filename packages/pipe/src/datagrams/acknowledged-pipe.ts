import type { Clock, RandomBytes, TransportAddress } from '@p2pd/netif'
import { AcknowledgedDatagrams, type AcknowledgedOutput } from './acknowledged-datagrams.ts'
import { DATA_HEADER_LENGTH } from './acknowledged-frame.ts'
import { Inbox } from '../messages/inbox.ts'
import { InboxReader } from '../messages/inbox-reader.ts'
import { PipeError } from '../pipe-error.ts'
import type { MessageSource, Pipe } from '../pipe.ts'

/** A datagram pipe whose peer acknowledges. */
export interface AcknowledgedPipe extends MessageSource {
  /** Resolves when the peer has the datagram; fails with `PIPE_GAVE_UP` when it never says so. */
  send(data: Uint8Array | string): Promise<void>
  /** Closes the pipe beneath; datagrams not yet acknowledged fail with `PIPE_CLOSED`. */
  close(): Promise<void>
}

/** How an acknowledged pipe is made. */
export interface AcknowledgedOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  /** How long one datagram is sent again. @default 30000 */
  readonly giveUpMs?: number
}

/** At 30 % loss each way a datagram fails 30 times in a row once in a thousand million. */
const GIVE_UP_MS = 30_000
/** The most that a datagram carries over IPv4 (RFC 768, RFC 791 §3.1), less the header. */
const MAX_DATA = 65_507 - DATA_HEADER_LENGTH

/**
 * Delivers each datagram exactly once over a pipe that loses, repeats and reorders; both ends wrap theirs. Throws
 * `PIPE_INVALID_ARGUMENT` for a stream pipe, or one without a remote.
 */
export function acknowledge(pipe: Pipe, options: AcknowledgedOptions): AcknowledgedPipe {
  const { transport, remote } = pipe
  if (transport !== 'udp' || remote === undefined) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', 'acknowledgements are for datagram pipes with a remote')
  }
  return new AcknowledgingPipe(pipe, remote, options)
}

interface Sending {
  readonly data: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: PipeError) => void
}

class AcknowledgingPipe extends InboxReader implements AcknowledgedPipe {
  readonly #pipe: Pipe
  readonly #remote: TransportAddress
  readonly #clock: Clock
  readonly #machine: AcknowledgedDatagrams
  readonly #giveUpMs: number
  readonly #inbox: Inbox
  /** Unacknowledged, by sequence number. */
  readonly #sending = new Map<number, Sending>()
  /** Waiting for room in the window. */
  #waiting: Sending[] = []
  #hasSpace = true
  #cancelWake = () => {}

  constructor(
    pipe: Pipe,
    remote: TransportAddress,
    { clock, random, giveUpMs = GIVE_UP_MS }: AcknowledgedOptions,
  ) {
    super()
    this.#pipe = pipe
    this.#remote = remote
    this.#clock = clock
    this.#giveUpMs = giveUpMs
    const session = random(8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    this.#machine = new AcknowledgedDatagrams(session, giveUpMs)
    this.#inbox = new Inbox({
      clock,
      // A datagram without room is not acknowledged, so that the peer waits.
      overflow: 'pause',
      flow: (paused) => {
        this.#hasSpace = !paused
      },
      report: (error) => console.error(error),
    })
    pipe.onMessage((data) => this.#receive(data))
    pipe.onClose(() => this.#end())
  }

  send(data: Uint8Array | string): Promise<void> {
    if (this.#pipe.closed) return Promise.reject(closed('send'))
    // A copy: it may be sent again long after the caller has changed its own.
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)
    if (bytes.length > MAX_DATA) {
      const told = `send: ${bytes.length} bytes, an acknowledged datagram has at most ${MAX_DATA}`
      return Promise.reject(new PipeError('PIPE_TOO_LARGE', told))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ data: bytes, resolve, reject })
      this.#fillWindow()
    })
  }

  protected override messages(): Inbox {
    return this.#inbox
  }

  close(): Promise<void> {
    return this.#pipe.close()
  }

  #fillWindow(): void {
    while (this.#machine.hasRoom) {
      const sending = this.#waiting.shift()
      if (sending === undefined) return
      const { sequence, outputs } = this.#machine.send(sending.data, this.#clock.now())
      this.#sending.set(sequence, sending)
      this.#perform(outputs)
    }
  }

  #receive(packet: Uint8Array): void {
    let outputs: AcknowledgedOutput[]
    try {
      outputs = this.#machine.receive(packet, this.#clock.now(), this.#hasSpace)
    } catch {
      // Not an acknowledged datagram: anybody can send anything to a UDP port.
      return
    }
    this.#perform(outputs)
    this.#fillWindow()
  }

  #wake(): void {
    this.#perform(this.#machine.wake(this.#clock.now()))
    this.#fillWindow()
  }

  #perform(outputs: readonly AcknowledgedOutput[]): void {
    for (const output of outputs) {
      switch (output.type) {
        case 'send':
          // A pipe that has closed fails all sends by its close.
          this.#pipe.send(output.data).catch(() => {})
          break
        case 'wake':
          this.#cancelWake()
          this.#cancelWake = this.#clock.at(output.at, () => this.#wake())
          break
        case 'deliver':
          this.#inbox.deliver({ data: output.data, from: this.#remote })
          break
        case 'acknowledged':
          this.#take(output.sequence)?.resolve()
          break
        case 'gave-up':
          this.#take(output.sequence)?.reject(this.#gaveUp())
          break
      }
    }
    if (this.#sending.size === 0) this.#cancelWake()
  }

  #take(sequence: number): Sending | undefined {
    const sending = this.#sending.get(sequence)
    this.#sending.delete(sequence)
    return sending
  }

  #end(): void {
    this.#cancelWake()
    for (const { reject } of [...this.#sending.values(), ...this.#waiting]) reject(closed('send'))
    this.#sending.clear()
    this.#waiting = []
    this.#inbox.end(closed('recv'), true)
  }

  #gaveUp(): PipeError {
    const { ip, port } = this.#remote
    const told = `${ip} port ${port} acknowledged nothing within ${this.#giveUpMs} ms`
    return new PipeError('PIPE_GAVE_UP', told)
  }
}

function closed(doing: string): PipeError {
  return new PipeError('PIPE_CLOSED', `${doing}: the pipe is closed`)
}
