import { type Clock, formatTransportAddress, type TransportAddress, systemReason } from '@p2pd/netif'
import type { Message } from '@p2pd/stun'
import type { Allocated } from '../client/allocate-request.ts'
import type { AllocationMachine } from '../client/allocation-machine.ts'
import type { AllocationOutput } from '../client/allocation-output.ts'
import { TurnError } from '../turn-error.ts'
import type { Leg, Target } from './leg.ts'

/** An answer that names another server: not an error of the user's, so the caller decides. RFC 8489 §10. */
export class Redirection extends Error {
  override readonly name = 'Redirection'
  readonly response: Message

  constructor(response: Message) {
    super('the server names another one')
    this.response = response
  }
}

/** The reports of an allocation to its relay. */
export type AllocationReport = Exclude<
  AllocationOutput,
  { type: 'send' } | { type: 'wake' } | { type: 'allocated' } | { type: 'redirected' }
>

/** Drives one allocation on one leg, until it ends. */
export class ServedAllocation {
  readonly target: Target
  readonly #machine: AllocationMachine
  readonly #leg: Leg
  readonly #clock: Clock
  readonly #ended: Promise<void>
  #resolveEnded = () => {}
  #cancelWake = () => {}
  #isOver = false
  /** Why `begin` fails, when the machine's own error says less. */
  #cause: Error | undefined
  #onAllocated: ((allocated: Allocated) => void) | undefined
  #onRefused: ((error: Error) => void) | undefined
  #report: (report: AllocationReport) => void = () => {}

  constructor(target: Target, leg: Leg, machine: AllocationMachine, clock: Clock) {
    this.target = target
    this.#leg = leg
    this.#machine = machine
    this.#clock = clock
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
  }

  /** When the server last accepted a signed request, and so its nonce. */
  get provenAt(): number {
    return this.#machine.provenAt
  }

  /** Asks the server for the allocation. Rejects with a `TurnError` or a `Redirection`; then nothing is left open. */
  begin(signal: AbortSignal): Promise<Allocated> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#cause = signal.reason as Error
        this.#perform(this.#machine.close(this.#clock.now()))
      }
      const settle = () => signal.removeEventListener('abort', abort)
      this.#onAllocated = (allocated) => {
        settle()
        resolve(allocated)
      }
      this.#onRefused = (error) => {
        settle()
        reject(error)
      }
      this.#leg.listen(
        (packet) => this.#perform(this.#machine.receive(packet, this.#clock.now())),
        (cause) => this.#legClosed(cause),
      )
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      if (!this.#isOver) this.#perform(this.#machine.begin(this.#clock.now()))
    })
  }

  /** Passes on what happens from now on. */
  onReport(report: (report: AllocationReport) => void): void {
    this.#report = report
  }

  send(data: Uint8Array, peer: TransportAddress): void {
    this.#perform(this.#machine.send(data, peer, this.#clock.now()))
  }

  permit(ip: string): void {
    this.#perform(this.#machine.permit(ip, this.#clock.now()))
  }

  forbid(ip: string): void {
    this.#machine.forbid(ip)
  }

  connect(peer: TransportAddress): void {
    this.#perform(this.#machine.connect(peer, this.#clock.now()))
  }

  /** Whether the allocation has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  check(): void {
    this.#perform(this.#machine.check(this.#clock.now()))
  }

  /** Gives the allocation back; resolves when the server has confirmed it, or does not answer. */
  close(): Promise<void> {
    if (!this.#isOver) this.#perform(this.#machine.close(this.#clock.now()))
    return this.#ended
  }

  #legClosed(cause: Error | undefined): void {
    const where = formatTransportAddress(this.#leg.server)
    const message = `${where} closed the connection${cause === undefined ? '' : `: ${systemReason(cause)}`}`
    this.#end(new TurnError('TURN_LOST', message, { cause }))
  }

  #perform(outputs: readonly AllocationOutput[]): void {
    for (const output of outputs) {
      if (this.#isOver) return
      switch (output.type) {
        case 'send':
          this.#leg.send(output.data)
          break
        case 'wake':
          this.#cancelWake()
          this.#cancelWake = this.#clock.at(output.at, () =>
            this.#perform(this.#machine.wake(this.#clock.now())),
          )
          break
        case 'allocated':
          this.#onRefused = undefined
          this.#onAllocated?.(output.allocated)
          break
        case 'redirected':
          this.#cause = new Redirection(output.response)
          break
        case 'ended':
          this.#end(this.#cause ?? output.error)
          break
        default:
          this.#report(output)
      }
    }
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelWake()
    this.#leg.close(error === undefined || error instanceof Redirection)
    this.#resolveEnded()
    const refused = this.#onRefused
    if (refused) refused(error ?? new TurnError('TURN_CLOSED', 'closed before the server answered'))
    else this.#report({ type: 'ended', ...(error instanceof TurnError && { error }) })
  }
}
