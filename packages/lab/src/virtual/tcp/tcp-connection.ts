import { Duplex } from 'node:stream'
import { formatTransportAddress, NetifError, type TcpConnection } from '@p2pd/netif'
import type { HostStack } from '../host-stack.ts'
import type { TcpMachine } from './tcp-machine.ts'
import type { TcpFailure, TcpOutput } from './tcp-state.ts'

/** Bytes that may wait to be sent before a writer has to wait: Linux's usual send buffer. */
const SEND_BUFFER = 212_992

/** Drives a machine on its host: it performs the outputs, keeps the timer, and connects a stream. */
export class ConnectionDriver {
  readonly machine: TcpMachine
  /** One of these is called, once. */
  onConnected: (connection: TcpConnection) => void = () => {}
  onFailed: (why: TcpFailure) => void = () => {}
  readonly #stack: HostStack
  readonly #onClosed: () => void
  /** Undefined when the program has closed it: the machine may send for minutes more, and must not keep the program's objects. */
  #stream: MachineStream | undefined
  #timerAt: number | undefined
  #gone = false

  constructor(stack: HostStack, machine: TcpMachine, onClosed: () => void) {
    this.#stack = stack
    this.machine = machine
    this.#onClosed = onClosed
    this.#stream = new MachineStream(machine, (call) => this.run(call))
    this.#stream.once('close', () => {
      this.#stream = undefined
    })
  }

  /** Gives the connection up before it is open. */
  abandon(): void {
    this.#forget()
    this.#stream?.destroy()
  }

  /** Calls the machine and performs its outputs. */
  run(call: (now: number) => TcpOutput[]): void {
    for (const output of call(this.#stack.scheduler.now())) this.#perform(output)
    this.#setTimer()
    if (this.machine.state === 'closed' && !this.#gone) {
      this.#gone = true
      this.#onClosed()
    }
  }

  #perform(output: TcpOutput): void {
    if (output.type === 'segment') return this.#stack.send(output.segment)
    this.#stack.scheduler.touch()
    switch (output.type) {
      case 'connected':
        return this.#connected()
      case 'data':
        return this.#stream?.deliver(output.data)
      case 'end':
        return this.#stream?.deliver(null)
      case 'progress':
        return this.#stream?.makeProgress()
      case 'failed':
        return this.#failed(output.why)
    }
  }

  #connected(): void {
    const { onConnected } = this
    const { local, remote } = this.machine
    this.#forget()
    if (this.#stream !== undefined) onConnected({ local, remote, stream: this.#stream })
  }

  #failed(why: TcpFailure): void {
    const { onFailed } = this
    this.#forget()
    this.#stream?.fail(why)
    onFailed(why)
  }

  #forget(): void {
    this.onConnected = () => {}
    this.onFailed = () => {}
  }

  /** Keeps at most one timer in the queue, and sets it again when it expires too early. */
  #setTimer(): void {
    const { wakeAt } = this.machine
    if (wakeAt === undefined || (this.#timerAt !== undefined && this.#timerAt <= wakeAt)) return
    this.#timerAt = wakeAt
    this.#stack.scheduler.schedule(wakeAt, () => {
      if (this.#timerAt !== wakeAt) return
      this.#timerAt = undefined
      this.run((now) => this.machine.wake(now))
    })
  }
}

/** The stream for a program. Its back-pressure is the receive window; its writes go to the send buffer. */
class MachineStream extends Duplex {
  readonly #machine: TcpMachine
  readonly #run: (call: (now: number) => TcpOutput[]) => void
  /** Chunks that the reader has not asked for; null is the end. */
  readonly #waiting: (Uint8Array | null)[] = []
  #wanted = false
  #resumeWriting: (() => void) | undefined

  constructor(machine: TcpMachine, run: (call: (now: number) => TcpOutput[]) => void) {
    super({ allowHalfOpen: true })
    this.#machine = machine
    this.#run = run
    // As on the real network, a RST without a listener must not end the process.
    this.on('error', () => {})
  }

  deliver(data: Uint8Array | null): void {
    if (this.destroyed) return
    this.#waiting.push(data)
    this.#pass()
  }

  makeProgress(): void {
    if (this.#machine.pending > SEND_BUFFER) return
    const resume = this.#resumeWriting
    this.#resumeWriting = undefined
    resume?.()
  }

  fail(why: TcpFailure): void {
    const code = why === 'timeout' ? 'NETIF_TIMEOUT' : 'NETIF_RESET'
    const { remote } = this.#machine
    this.destroy(new NetifError(code, `connection to ${formatTransportAddress(remote)}: ${why}`))
  }

  override _read(): void {
    this.#wanted = true
    this.#pass()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#run((now) => this.#machine.write(new Uint8Array(chunk), now))
    if (this.#machine.pending > SEND_BUFFER) this.#resumeWriting = done
    else done()
  }

  override _final(done: () => void): void {
    this.#run((now) => this.#machine.end(now))
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#run((now) => this.#machine.abandon(now))
    done(error)
  }

  #pass(): void {
    while (this.#wanted && this.#waiting.length > 0) {
      const data = this.#waiting.shift() as Uint8Array | null
      this.#wanted = this.push(data)
      if (data !== null) this.#run(() => this.#machine.consumed(data.length))
    }
  }
}
