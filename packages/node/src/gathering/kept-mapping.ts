import { mapUdpSocket, type NatReport } from '@p2pd/nat'
import { type TransportAddress, sameTransportAddress } from '@p2pd/netif'
import { predictabilityOf, type PunchNat } from '@p2pd/punch'
import type { Log } from '../runtime/runtime.ts'
import { type PreparedSide, releaseSide } from './prepared-side.ts'
import type { Base } from '../candidates/base.ts'
import { type PreparePorts, prepareSide, punchNatOf } from './prepare-side.ts'
import type { SideDescription } from '../punching/side-description.ts'

/** What a warm side is of, and works with. */
export interface KeptMappingOptions {
  readonly ports: PreparePorts
  readonly base: Base
  readonly protocol: 'udp' | 'tcp'
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** Begins to find out about the NAT; `learn` is called with what is known before that is over. */
  readonly discover: (signal: AbortSignal) => Promise<NatReport>
  /** What is told of the side has changed. */
  readonly onChange: () => void
  readonly log?: Log | undefined
}

/** Some NATs forget an idle UDP mapping after 30 s; a lost packet must not cost it. RFC 4787 §4.3. */
const REFRESH_MS = 20_000
/** Shorter lives than twice this were not met in the field; others drop mappings whatever is sent. */
const MIN_REFRESH_MS = 5000

/** How often the NAT is looked at again: `NatReports` decides whether that costs packets. */
const REDISCOVER_MS = 60_000

/**
 * One side of the punches to come, ready while its NAT's rule allows: an offer can name it without asking a server first.
 * A side is taken by one punch; the next one is prepared behind it.
 */
export class KeptMapping {
  readonly #options: KeptMappingOptions
  readonly #over = new AbortController()
  #report: NatReport | undefined
  #side: PreparedSide | undefined
  #preparing: Promise<void> | undefined
  /** As often as this NAT needs it: halved when it has forgotten a mapping in between. */
  #refreshMs = REFRESH_MS
  #cancelRefresh = () => {}
  #cancelRediscovery = () => {}
  #learned!: (report: NatReport) => void
  /** Fails when nothing can be found out. */
  readonly #known: Promise<NatReport>

  constructor(options: KeptMappingOptions) {
    this.#options = options
    this.#known = new Promise((resolve, reject) => {
      this.#learned = resolve
      this.#discover(reject)
    })
    this.#warmUp()
  }

  /** Takes note of what is known of the NAT by now. */
  learn(report: NatReport): void {
    const before = this.#report
    this.#report = report
    this.#learned(report)
    if (this.#side === undefined || before === undefined || isAlike(before, report)) return
    // What is told of a NAT with random ports is its range; any other has changed its ways.
    this.#drop()?.release()
    this.#warmUp()
  }

  /** What can be told of it now; without endpoints when they have to be fetched right before a message. */
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

  /** What is known of the NAT so far. */
  get report(): NatReport | undefined {
    return this.#report
  }

  /** Whether the NAT's ways could be found out, when that is over: whoever takes the side then waits for one trip at most. */
  known(): Promise<boolean> {
    return this.#known.then(
      () => true,
      () => false,
    )
  }

  /** The side for one punch, warm or fresh; fails when no server answers. To be given back. */
  async acquire(attempt: number): Promise<PreparedSide> {
    await this.#preparing
    const warm = this.#side
    if (warm === undefined || attempt > 0) return this.#prepare(attempt)
    if (!isLasting(warm)) this.#drop()
    return warm
  }

  /** Ends one punch's use of a side; what it has not touched serves the next. */
  giveBack(side: PreparedSide, isUsed: boolean): void {
    if (side === this.#side) return
    const isWanted = this.#side === undefined && !this.#over.signal.aborted
    if (isUsed || !isWanted) releaseSide(side, isUsed)
    else this.#keep(side)
    if (this.#side === undefined && !this.#over.signal.aborted) this.#warmUp()
  }

  close(): void {
    this.#over.abort(new Error('the network changed, or the node was closed'))
    this.#cancelRediscovery()
    this.#drop()?.release()
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

  #warmUp(): void {
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
    if (this.#over.signal.aborted || this.#side !== undefined) return side?.release()
    if (side !== undefined) {
      side.onLost(() => this.#forget(side))
      this.#keep(side)
    }
    this.#options.onChange()
  }

  #keep(side: PreparedSide): void {
    this.#side = side
    if (side.sockets.length > 0) this.#refreshLater()
  }

  async #prepare(attempt: number): Promise<PreparedSide> {
    const { ports, base, protocol, servers } = this.#options
    const report = this.#report ?? (await this.#known)
    const [keepAliveMs, { signal }] = [this.#refreshMs, this.#over]
    return prepareSide(ports, { base, protocol, servers, report, attempt, keepAliveMs, signal })
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
    // The NAT has given it up, or no server answers: a new one is as good.
    if (side === this.#side) this.#forget(side)
  }

  /** Lets a side go whose mapping is no more, and makes another. */
  #forget(side: PreparedSide): void {
    if (side !== this.#side) return
    this.#drop()?.release()
    if (side.protocol === 'udp') this.#warmUp()
    else this.#options.onChange()
  }

  #drop(): PreparedSide | undefined {
    const side = this.#side
    this.#side = undefined
    this.#cancelRefresh()
    return side
  }
}

/** Where nothing is known beforehand but the range, every punch can be told the same. */
function isLasting({ side }: PreparedSide): boolean {
  return portAssignmentOf(side.nat) === 'random' || side.nat.type === 'blocked'
}

/** Whether two reports of one NAT come to the same in a punch. */
function isAlike(a: NatReport, b: NatReport): boolean {
  const [one, other] = [a, b].map((report) => {
    const { portRange, ...nat } = punchNatOf(report)
    return JSON.stringify(portAssignmentOf(nat as PunchNat) === 'random' ? { ...nat, portRange } : nat)
  })
  return one === other
}

function isAt({ side: { endpoints } }: PreparedSide, external: TransportAddress): boolean {
  return endpoints.some((endpoint) => sameTransportAddress(endpoint, external))
}
