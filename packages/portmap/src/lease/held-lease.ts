import { abortable, type Clock, fromHex, type RandomBytes, withDeadline } from '@p2pd/netif'
import { firstGranted } from '../gateway/first-granted.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Granted, MappingRequest, Refused } from '../gateway/mapping-request.ts'
import type { Lease, LeaseState } from '../lease.ts'
import { MAPPING_NONCE_BYTES } from '../pcp/pcp-message.ts'
import { PcpResultCode } from '../pcp/pcp-result-code.ts'
import { lastOf, type LeaseGoal, recordOf, requestFor, unansweredRecord } from './lease-request.ts'
import type { SavedLeases } from './lease-store.ts'
import { LeaseTimer } from './lease-timer.ts'
import { expiryTime, renewalTime, retryDelay } from './renewal-schedule.ts'
import { mappedState, unmappedSoFar, unmappedState } from './lease-state.ts'

/** The surroundings of a lease. */
export interface LeaseSurroundings {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly saved: SavedLeases
  readonly log: (event: string, fields: object) => void
  /** The gateways to ask for the internal address, as things are now. */
  readonly gateways: () => readonly Gateway[]
}

/** A mapping that a gateway granted to this lease. */
interface Held {
  readonly gateway: Gateway
  readonly granted: Granted
  readonly grantedAt: number
  readonly failures: number
  readonly jitter: number
}

/** Between 1 and 2 h: short enough for what a crash leaves behind, long enough for gateways that write to flash. */
const LIFETIME_SECONDS = 3600
/** A gateway is not waited for longer when a program ends. */
const RELEASE_LIMIT_MS = 1_000
/** One that has been silent all the time may be none. */
const SILENT_LIMIT_MS = 100
/** Hosts come back over this time after a gateway's restart, not all at once. RFC 6887 §14.1.3. */
const RECOVERY_SPREAD_MS = 5_000

/** Asks for a mapping, renews it and asks anew, until it is closed. */
export class HeldLease implements Lease {
  readonly goal: LeaseGoal
  readonly #around: LeaseSurroundings
  readonly #timer: LeaseTimer
  readonly #listeners = new Set<(state: LeaseState) => void>()
  /** Ends all that is being asked: the network has changed, or the lease is over. */
  #round = new AbortController()
  #nonce: Uint8Array | undefined
  /** Whether a mapping was made under the nonce. */
  #isNonceUsed = false
  #isUnresponsive = false
  #stunIp: string | undefined
  #state: LeaseState = { status: 'asking' }
  #held: Held | undefined
  #asking: readonly Gateway[] = []
  #retries = 0
  #stopWatching = () => {}
  #closing: Promise<void> | undefined

  constructor(goal: LeaseGoal, around: LeaseSurroundings) {
    this.goal = goal
    this.#around = around
    this.#stunIp = goal.stunIp
    this.#timer = new LeaseTimer(around.clock)
  }

  get state(): LeaseState {
    return this.#state
  }

  onChange(listener: (state: LeaseState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  compareWithStun(stunIp: string | undefined): void {
    this.#stunIp = stunIp
    if (this.#held !== undefined && this.#state.status === 'mapped') this.#showMapped(this.#held)
  }

  /** Keeps the mapping until the lease is closed. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#ask(this.#round.signal)
      if (this.#isOver) return
      await this.#timer.sleepUntil(this.#nextTime())
      this.#dropExpired()
    }
  }

  get #isOver(): boolean {
    return this.#closing !== undefined
  }

  /** The NIC's gateways or addresses are others now: nothing that an old gateway said counts. */
  restart(): void {
    this.#hold(undefined)
    this.#retries = 0
    this.#show({ status: 'asking' })
    this.#round.abort(new Error('the network has changed'))
    this.#round = new AbortController()
    this.#timer.wakeAt(this.#around.clock.now())
  }

  /** The gateway may have lost the mapping, or this host has slept. */
  check(withinMs = 0): void {
    this.#timer.wakeAt(this.#around.clock.now() + withinMs * this.#fraction())
  }

  /**
   * Shows what is known so far: that none has answered, or what those that did refused. While a gateway is at work on an
   * answer it shows nothing, unless the time is over. Returns whether it did.
   */
  reportSoFar(isTimeOver = false): boolean {
    const soFar = this.#state.status === 'asking' ? unmappedSoFar(this.#asking, isTimeOver) : undefined
    if (soFar !== undefined) this.#show(soFar)
    return soFar !== undefined
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends the lease and leaves the mapping on the gateway, until its lifetime is over. */
  leave(): void {
    this.#closing ??= Promise.resolve()
    this.#hold(undefined)
    this.#show({ status: 'closed' })
    this.#round.abort(new Error('the lease was left'))
    this.#timer.stop()
  }

  async #ask(signal: AbortSignal): Promise<void> {
    try {
      if (this.#held === undefined) await this.#mapAnew(signal)
      else await this.#renew(this.#held, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#around.log('portmap.failed', { ...this.goal, error: String(error) })
      this.#lose('refused', [])
    }
  }

  async #mapAnew(signal: AbortSignal): Promise<void> {
    const { clock, gateways } = this.#around
    this.#asking = gateways()
    if (this.#asking.length === 0) return this.#lose('no-gateway', [])
    const request = this.#request(this.#asking)
    const { won, refusals } = await firstGranted(clock, this.#asking, request, signal)
    this.#asking = []
    signal.throwIfAborted()
    if (won !== undefined) return this.#take(won.gateway, won.granted)
    this.#afterRefusal(refusals.map(({ refused }) => refused))
    const answered = refusals.some(({ refused: { outcome } }) => outcome !== 'silent' && outcome !== 'closed')
    this.#lose(answered ? 'refused' : 'no-gateway', refusals)
  }

  async #renew(held: Held, signal: AbortSignal): Promise<void> {
    const { gateway, granted } = held
    const answer = await gateway.renew(granted, this.#request([gateway]), signal)
    if (this.#held !== held) return
    if (answer.type === 'granted') return this.#take(gateway, answer)
    // No answer where the gateway was: it may have restarted with other ports, or speak another protocol now.
    if (answer.gatewayCode === undefined) {
      const again = await gateway.map(this.#request([gateway]), signal)
      if (this.#held !== held) return
      if (again.granted !== undefined) return this.#take(gateway, again.granted)
    }
    // Refused: the mapping may hold until its end, and is asked for anew then.
    this.#held = { ...held, failures: held.failures + 1 }
    this.#around.log('portmap.renewal-failed', { gateway: gateway.ip, reason: answer.reason })
  }

  #take(gateway: Gateway, granted: Granted): void {
    this.#retries = 0
    this.#isNonceUsed = true
    this.#isUnresponsive = false
    const { clock } = this.#around
    const held = { gateway, granted, grantedAt: clock.now(), failures: 0, jitter: this.#fraction() }
    this.#hold(held)
    this.#save(held)
    this.#showMapped(held)
  }

  #hold(held: Held | undefined): void {
    this.#stopWatching()
    this.#held = held
    this.#stopWatching = held?.gateway.onStateLost(() => this.check(RECOVERY_SPREAD_MS)) ?? (() => {})
  }

  #lose(
    reason: 'no-gateway' | 'refused' | 'expired',
    refusals: readonly { readonly gateway: string; readonly refused: Refused }[],
  ): void {
    this.#hold(undefined)
    this.#retries++
    this.#show(unmappedState(reason, refusals))
  }

  /** Someone else's mapping, or ours under a nonce that is no longer known: a fresh one may be granted. */
  #afterRefusal(refusals: readonly Refused[]): void {
    this.#isUnresponsive = refusals.some(({ outcome }) => outcome === 'unresponsive')
    const stale = refusals.some(({ protocol, gatewayCode }) => {
      return protocol === 'pcp' && gatewayCode === PcpResultCode.NotAuthorized
    })
    if (!stale || !this.#isNonceUsed) return
    this.#nonce = this.#around.random(MAPPING_NONCE_BYTES)
    this.#isNonceUsed = false
  }

  #nextTime(): number {
    const { clock } = this.#around
    const held = this.#held
    if (held === undefined) return clock.now() + retryDelay(this.#retries, this.#isUnresponsive)
    const input = { ...held, lifetimeSeconds: held.granted.lifetimeSeconds }
    const renewal = renewalTime(input) ?? clock.now() + retryDelay(held.failures)
    return Math.max(clock.now(), Math.min(renewal, expiryTime(input) ?? renewal))
  }

  #dropExpired(): void {
    const held = this.#held
    if (held === undefined) return
    const ends = expiryTime({ ...held, lifetimeSeconds: held.granted.lifetimeSeconds })
    if (ends === undefined || ends > this.#around.clock.now()) return
    this.#lose('expired', [])
    this.#retries = 0
  }

  #request(gateways: readonly Gateway[]): MappingRequest {
    const { saved, random } = this.#around
    const last = lastOf(saved, this.goal, gateways)
    if (this.#nonce === undefined) {
      const before = fromHex(last?.mappingNonce ?? '', MAPPING_NONCE_BYTES)
      this.#nonce = before ?? random(MAPPING_NONCE_BYTES)
      this.#isNonceUsed = before !== undefined
    }
    const known = { nonce: this.#nonce, granted: this.#held?.granted, last }
    return requestFor(this.goal, known, LIFETIME_SECONDS, random)
  }

  #save({ gateway, granted }: Held): void {
    this.#around.saved.put(recordOf(this.goal, gateway.ip, granted, this.#nonce))
  }

  #showMapped(held: Held): void {
    this.#show(mappedState(this.goal, { ...held, gateway: held.gateway.ip }, this.#stunIp))
  }

  #show(state: LeaseState): void {
    if (this.#isOver && state.status !== 'closed') return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }

  async #close(): Promise<void> {
    const { clock, saved, log } = this.#around
    const [held, asking] = [this.#held, this.#asking]
    const request = held && this.#request([held.gateway])
    this.#hold(undefined)
    this.#show({ status: 'closed' })
    this.#round.abort(new Error('the lease was closed'))
    this.#timer.stop()
    const isSilent = held === undefined && !asking.some(({ hasAnswered }) => hasAnswered)
    const release = async (signal: AbortSignal) => {
      if (held === undefined || request === undefined) return this.#takeBack(asking, signal)
      await held.gateway.release(request, held.granted, signal)
      saved.remove({ ...this.goal, gateway: held.gateway.ip })
    }
    const timeoutMs = isSilent ? SILENT_LIMIT_MS : RELEASE_LIMIT_MS
    try {
      await withDeadline({ clock, timeoutMs }, (signal) => abortable(release(signal), signal))
    } catch (error) {
      // It ends by itself; a record stays, so that the next start finds it.
      for (const gateway of asking.filter(({ isAddingByUpnp }) => isAddingByUpnp))
        saved.put(unansweredRecord(this.goal, gateway.ip, this.#request([gateway])))
      log('portmap.not-released', { ...this.goal, error: String(error) })
    }
  }

  /** A gateway may have granted what it was asked for without the answer being here yet. */
  async #takeBack(asking: readonly Gateway[], signal: AbortSignal): Promise<void> {
    if (asking.length === 0) return
    const request = this.#request(asking)
    await Promise.all(asking.map((gateway) => gateway.takeBack(request, signal)))
  }

  #fraction(): number {
    return (this.#around.random(1)[0] ?? 0) / 256
  }
}
