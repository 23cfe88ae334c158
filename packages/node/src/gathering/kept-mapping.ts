import { mapUdpSocket, type NatReport, untestedReport } from '@p2pd/nat'
import { portAssignmentOf } from '@p2pd/punch'
import type { Log } from '../runtime/runtime.ts'
import { closeSide, type PreparedSide } from './prepared-side.ts'
import type { Base } from '../candidates/base.ts'
import { type LifetimePorts, measureLifetime } from './mapping-lifetime.ts'
import { type MapUdpPort, orLogged, prepareMappedSide } from './mapped-side.ts'
import {
  isAlike,
  isAt,
  isReused,
  isReusable,
  isUnanswered,
  keepAliveOf,
  MIN_REFRESH_MS,
} from './nat-rules.ts'
import { canGuess, type PreparePorts, prepareSide, punchNatOf, type SideWanted } from './prepare-side.ts'
import type { SideDescription } from '../signalling/side-description.ts'

/** The parts a kept mapping works with. */
export interface KeptMappingOptions {
  readonly ports: PreparePorts & LifetimePorts
  readonly base: Base
  readonly protocol: 'udp' | 'tcp'
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** Starts NAT behaviour discovery. Before it ends, `learn` is called with what is known by then. */
  readonly discover: (signal: AbortSignal) => Promise<NatReport>
  /** Has the gateway map UDP ports, where it does. @default it does not */
  readonly mapUdpPort?: MapUdpPort | undefined
  /** Called when the description of the side has changed. */
  readonly onChange: () => void
  readonly log?: Log | undefined
}

/** Some NATs drop an idle UDP mapping after 30 s. One lost packet must not cost the mapping. RFC 4787 §4.3. */
const REFRESH_MS = 20_000

/** Interval of repeated discovery: `NatReports` decides whether that costs packets. */
const REDISCOVER_MS = 60_000

/**
 * Keeps one mapping of a base and protocol ready for the next punch, as far as the NAT allows. An offer can then name it
 * without a request to a STUN server. Each punch acquires a side of its own, and the next one is prepared.
 */
export class KeptMapping {
  readonly base: Base
  readonly protocol: 'udp' | 'tcp'
  readonly #options: KeptMappingOptions
  readonly #over = new AbortController()
  #report: NatReport | undefined
  /** For how long the NAT keeps an idle mapping, once it was asked for. */
  #lifetime: Promise<number | undefined> | undefined
  #lifetimeMs: number | undefined
  #side: PreparedSide | undefined
  #preparing: Promise<void> | undefined
  /** Sides that were prepared before the NAT was known. */
  readonly #assumed = new WeakSet<PreparedSide>()
  /** Halved when the NAT has dropped a mapping between two refreshes. */
  #refreshMs = REFRESH_MS
  #cancelRefresh = () => {}
  #cancelRediscovery = () => {}
  #learned!: (report: NatReport) => void
  /** Rejects when discovery fails. */
  readonly #known: Promise<NatReport>

  constructor(options: KeptMappingOptions) {
    this.base = options.base
    this.protocol = options.protocol
    this.#options = options
    this.#known = new Promise((resolve, reject) => {
      this.#learned = resolve
      this.#discover(reject)
    })
    this.#prepareNext()
  }

  /** Takes note of a newer report of the NAT. */
  learn(report: NatReport): void {
    const before = this.#report
    this.#report =
      this.#lifetimeMs === undefined ? report : { ...report, mappingLifetimeMs: this.#lifetimeMs }
    this.#learned(report)
    if (before === undefined || isAlike(before, report)) return
    // No side could be prepared as long as nothing was known.
    if (this.#side === undefined && report.assumed !== true) return
    // The description of a NAT with random ports is its port range; any other NAT has changed its behaviour.
    this.#drop()?.close()
    this.#prepareNext()
  }

  /** The side as announced now; without endpoints where they are only known right before an offer or answer. */
  get description(): SideDescription | undefined {
    const { protocol, base } = this.#options
    if (this.#side !== undefined) return this.#side
    if (this.#report === undefined) return undefined
    return {
      protocol,
      family: base.family,
      side: { nat: punchNatOf(this.#report), endpoints: [], hosts: [] },
    }
  }

  /** The newest report of the NAT. */
  get report(): NatReport | undefined {
    return this.#report
  }

  /** Measures, once, for how long the NAT keeps an idle UDP mapping; see `measureLifetime`. */
  lifetime(): Promise<number | undefined> {
    this.#lifetime ??= this.#measureLifetime()
    return this.#lifetime
  }

  /** Resolves when discovery is over: whether it succeeded. From then on `acquire` takes one round trip at most. */
  known(): Promise<boolean> {
    return this.#known.then(
      () => true,
      () => false,
    )
  }

  /** Whether the next port of the NAT is only known right before: calls then take turns. */
  get isCounted(): boolean {
    return this.#report !== undefined && portAssignmentOf(punchNatOf(this.#report)) === 'sequential'
  }

  /** The side for one punch, kept or fresh; fails when no STUN server answers. To be released. */
  async acquire(failedAttempts: number): Promise<PreparedSide> {
    await this.#preparing
    const kept = this.#side
    if (kept === undefined || failedAttempts > 0) return this.#prepare(failedAttempts)
    if (!isReusable(kept)) this.#drop()
    return kept
  }

  /**
   * The side for a punch that cannot wait for discovery, in one round trip. Before the NAT is known, the side counts on a
   * mapping that serves every peer, as with nine NATs in ten. To be released.
   */
  async assume(): Promise<PreparedSide> {
    if (this.#report !== undefined) return this.acquire(0)
    const asked = prepareSide(this.#options.ports, this.#wanted(untestedReport(), 0))
    // Discovery began before, and asks more servers. Where none of them answers, none is waited for here.
    const learned = this.#known.catch(() => undefined)
    const better = learned.then((report) => (report && isUnanswered(report) ? this.acquire(0) : asked))
    const side = await Promise.race([asked, better])
    this.#assumed.add(side)
    asked.then((late) => late !== side && late.close()).catch(() => {}) // Nobody needs it.
    return side
  }

  /** The side by a report of other facts, for a punch that waits no longer; undefined where a server has to be asked. */
  guess(report: NatReport): Promise<PreparedSide> | undefined {
    return canGuess(report) ? prepareSide(this.#options.ports, this.#wanted(report, 0)) : undefined
  }

  /** Resolves when discovery is over: whether one mapping serves every peer, or nothing is known of that. */
  async isAssumptionRight(): Promise<boolean> {
    return !(await this.known()) || this.#report === undefined || isReused(this.#report)
  }

  /** Ends the use of a side by one punch. An unused side serves the next punch. */
  release(side: PreparedSide, isUsed: boolean): void {
    if (side === this.#side) return
    const isWanted = this.#side === undefined && !this.#assumed.has(side) && !this.#over.signal.aborted
    if (isUsed || !isWanted) closeSide(side, isUsed)
    else this.#keep(side)
    if (this.#side === undefined && !this.#over.signal.aborted) this.#prepareNext()
  }

  /** The gateway maps ports now: a side with a mapped port is better than the one at hand. */
  prepareAnew(): void {
    if (this.protocol === 'tcp') return
    // The side under way may have asked the gateway too early.
    if (this.#preparing !== undefined) return void this.#preparing.then(() => this.prepareAnew())
    if (this.#side === undefined || this.#side.gatewayMapping !== undefined) return
    this.#drop()?.close()
    this.#prepareNext()
  }

  /** The NAT may have forgotten the mapping: a fresh one is prepared. Predictions stay as good as they were. */
  renew(): void {
    const isKept = this.#report !== undefined && isReused(this.#report)
    if (!isKept || this.#side === undefined || this.#side.gatewayMapping !== undefined) return
    this.#drop()?.close()
    this.#prepareNext()
  }

  close(): void {
    this.#over.abort(new Error('the network changed, or the node was closed'))
    this.#cancelRediscovery()
    this.#drop()?.close()
  }

  #discover(failed: (error: Error) => void): void {
    const { discover, ports } = this.#options
    const later = () => {
      if (this.#over.signal.aborted) return
      const again = () => this.#discover(() => {})
      this.#cancelRediscovery = ports.clock.at(ports.clock.now() + REDISCOVER_MS, again)
    }
    discover(this.#over.signal)
      .then((report) => this.learn(report), failed)
      .finally(later)
  }

  #prepareNext(): void {
    const { log, base, protocol } = this.#options
    this.#preparing ??= this.#refill()
      .catch((error: Error) => {
        if (!this.#over.signal.aborted)
          log?.('side-not-ready', { protocol, ip: base.ip, reason: error.message })
      })
      .finally(() => {
        this.#preparing = undefined
      })
  }

  async #refill(): Promise<void> {
    const isCounted = portAssignmentOf(punchNatOf(await this.#known)) === 'sequential'
    const side = isCounted ? undefined : await this.#prepare(0)
    if (this.#over.signal.aborted || this.#side !== undefined) return side?.close()
    if (side !== undefined) {
      side.onLost(() => this.#forget(side))
      this.#keep(side)
    }
    this.#options.onChange()
  }

  #keep(side: PreparedSide): void {
    this.#side = side
    if (side.sockets.length > 0 && side.gatewayMapping === undefined) this.#refreshLater()
  }

  async #prepare(failedAttempts: number): Promise<PreparedSide> {
    const { ports, mapUdpPort, log } = this.#options
    const wanted = this.#wanted(this.#report ?? (await this.#known), failedAttempts)
    const mapped = mapUdpPort && (await prepareMappedSide(ports, wanted, orLogged(mapUdpPort, log)))
    return mapped ?? prepareSide(ports, wanted)
  }

  #wanted(report: NatReport, failedAttempts: number): SideWanted {
    const { base, protocol, servers } = this.#options
    const [keepAliveMs, { signal }] = [keepAliveOf(report, this.#refreshMs), this.#over]
    return { base, protocol, servers, report, failedAttempts, keepAliveMs, signal }
  }

  async #measureLifetime(): Promise<number | undefined> {
    const { base, ports, servers, log } = this.#options
    try {
      this.#lifetimeMs = await measureLifetime(ports, base, { servers, signal: this.#over.signal })
      if (this.#report !== undefined) this.learn(this.#report)
    } catch (error) {
      log?.('lifetime-not-measured', { ip: base.ip, reason: (error as Error).message })
    }
    return this.#lifetimeMs
  }

  /** Keeps the mapping alive by asking for it again. */
  #refreshLater(): void {
    const { clock } = this.#options.ports
    this.#cancelRefresh = clock.at(clock.now() + this.#refreshMs, () => void this.#refresh())
  }

  async #refresh(): Promise<void> {
    const { ports, servers, log } = this.#options
    const side = this.#side
    const [socket] = side?.sockets ?? []
    if (side === undefined || socket === undefined) return
    try {
      const { external } = await mapUdpSocket(ports, { socket, servers, signal: this.#over.signal })
      if (side !== this.#side) return
      if (isAt(side, external)) return this.#refreshLater()
      this.#refreshMs = Math.max(MIN_REFRESH_MS, this.#refreshMs / 2)
    } catch (error) {
      log?.('mapping-not-refreshed', { reason: (error as Error).message })
    }
    // The NAT has dropped the mapping, or no STUN server answers: a new mapping is as good.
    if (side === this.#side) this.#forget(side)
  }

  /** Drops a side whose mapping is lost, and prepares another. */
  #forget(side: PreparedSide): void {
    if (side !== this.#side) return
    this.#drop()?.close()
    if (side.protocol === 'udp') this.#prepareNext()
    else this.#options.onChange()
  }

  #drop(): PreparedSide | undefined {
    const side = this.#side
    this.#side = undefined
    this.#cancelRefresh()
    return side
  }
}
