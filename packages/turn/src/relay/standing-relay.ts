import { sleep, type TransportAddress } from '@p2pd/netif'
import type { AllocationTerms } from '../client/allocate-request.ts'
import { TurnError } from '../turn-error.ts'
import { type Established, establish } from './establish.ts'
import { Permissions } from './permissions.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { AllocationReport } from './served-allocation.ts'
import type { AllocateOptions, RelayChange, TurnPorts } from './turn-ports.ts'

/** The reports that a relay passes on to its socket or listener. */
type Passed = Exclude<AllocationReport, { type: 'ended' | 'peer-refused' | 'permitted' }>

/** A relay that outlives its allocations: a lost one is made anew, with the permissions of the one before. */
export class StandingRelay {
  readonly #ports: TurnPorts
  readonly #options: AllocateOptions
  readonly #relay: AllocationTerms['relay']
  readonly #permissions = new Permissions()
  readonly #changes = new Set<(change: RelayChange) => void>()
  readonly #closing = new AbortController()
  /** Checks that wait for the server's answer. */
  #checks: ((isThere: boolean) => void)[] = []
  #report: (report: Passed) => void = () => {}
  #current: Established
  #closed: Promise<void> | undefined

  private constructor(
    ports: TurnPorts,
    options: AllocateOptions,
    relay: AllocationTerms['relay'],
    first: Established,
  ) {
    this.#ports = ports
    this.#options = options
    this.#relay = relay
    this.#current = first
    this.#follow(first)
  }

  /** Makes the first allocation. Rejects as `establish` does. */
  static async open(
    ports: TurnPorts,
    options: AllocateOptions,
    relay: AllocationTerms['relay'],
  ): Promise<StandingRelay> {
    return new StandingRelay(ports, options, relay, await establish(ports, options, relay))
  }

  /** The allocation of now; while a lost one is being replaced, the lost one. */
  get current(): Established {
    return this.#current
  }

  get isOpen(): boolean {
    return this.#closed === undefined
  }

  get relayed(): readonly TransportAddress[] {
    return this.#current.allocated.relayed
  }

  onReport(report: (report: Passed) => void): void {
    this.#report = report
  }

  onChange(listener: (change: RelayChange) => void): () => void {
    this.#changes.add(listener)
    return () => this.#changes.delete(listener)
  }

  permit(ip: string): Promise<boolean> {
    if (!this.isOpen) return Promise.resolve(false)
    const granted = this.#permissions.add(ip)
    this.#current.served.permit(ip)
    return granted
  }

  forbid(ip: string): void {
    this.#permissions.remove(ip)
    this.#current.served.forbid(ip)
  }

  /** Asks the server for the allocation; resolves to whether it is there. */
  check(): Promise<boolean> {
    if (!this.isOpen || this.#current.served.isOver) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#checks.push(resolve)
      this.#current.served.check()
    })
  }

  #checked(isThere: boolean): void {
    const checks = this.#checks
    this.#checks = []
    for (const resolve of checks) resolve(isThere)
  }

  /** Gives the allocation back. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(new TurnError('TURN_CLOSED', 'the relay is closed'))
    this.#permissions.refuseAll()
    this.#checked(false)
    await this.#current.served.close()
  }

  #follow({ served }: Established): void {
    served.onReport((report) => {
      if (report.type === 'ended') this.#ended(report.error)
      else if (report.type === 'peer-refused') this.#peerRefused(report.peer, report.error)
      else if (report.type === 'permitted') this.#permissions.settle(report.ip, true)
      else this.#pass(report)
    })
    for (const ip of this.#permissions) served.permit(ip)
  }

  #pass(report: Passed): void {
    if (report.type === 'refreshed') this.#checked(true)
    this.#report(report)
  }

  #peerRefused({ ip, port }: TransportAddress, { message }: TurnError): void {
    if (port === 0) this.#permissions.settle(ip, false)
    this.#change({ type: 'peer-refused', ip, port, reason: message })
  }

  #ended(error: TurnError | undefined): void {
    if (!this.isOpen) return
    this.#checked(false)
    this.#change({ type: 'lost', reason: error?.message ?? 'closed' })
    if (this.#options.reallocate === false) this.#fail(error)
    else void this.#reallocate()
  }

  async #reallocate(): Promise<void> {
    const { clock } = this.#ports
    const { signal } = this.#closing
    let error: TurnError | undefined
    for (let tries = 0; ; tries++) {
      const delay = retryDelayMs(tries, error)
      if (delay === undefined) return this.#fail(error)
      try {
        await sleep(clock, delay, signal)
        this.#replace(await establish(this.#ports, { ...this.#options, signal }, this.#relay))
        return
      } catch (failed) {
        if (!this.isOpen) return
        error = failed instanceof TurnError ? failed : undefined
      }
    }
  }

  #replace(established: Established): void {
    if (!this.isOpen) return void established.served.close()
    this.#current = established
    this.#follow(established)
    this.#change({ type: 'reallocated' })
  }

  #fail(error: TurnError | undefined): void {
    this.#change({ type: 'failed', reason: error?.message ?? 'lost' })
    void this.close()
  }

  #change(change: RelayChange): void {
    for (const listener of this.#changes) listener(change)
  }
}
