import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import {
  executeTcpPunch,
  executeUdpPunch,
  type ImpossiblePlan,
  planPunch,
  type PunchPlan,
  type PunchSide,
} from '@p2pd/punch'
import { readNomination } from '../handshake/nomination.ts'
import { NOMINATION_TIMEOUT_MS } from '../handshake/time-limits.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import type { StrategyAttempt } from '../race/strategy-race.ts'
import type { StrategyName } from '../report/report.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { MappingCount } from '../gathering/mapping-count.ts'
import type { Mutex } from './mutex.ts'
import type { SidePair } from './side-pair.ts'

/** The session on the path pings it, as often as the NAT needs. The stream's own probes would come on top of that. */
const UDX_KEEP_ALIVE_MS = 600_000

/** A row of sockets is bound and has sent by then. */
const ROW_MS = 20

/** For reports: the remedy is the message. */
export const UDX_MISSING = 'udx-native is not installed: npm install udx-native'

/** The part of a call's or an answer's context that its punches work with. */
export interface PunchConnection {
  readonly node: {
    readonly runtime: Runtime
    /** Held by the one search for a random port that a node runs at a time. */
    readonly birthdays: Mutex
    /** The mappings that the node makes at its NATs. @default nobody counts them */
    readonly count?: MappingCount
  }
  /** The caller controls. RFC 8445 §6.1.1. */
  readonly role: 'controlling' | 'controlled'
  /** The public key the peer must prove. */
  readonly peer: Uint8Array
}

/** One pair of sides to punch, and the terms both peers have agreed on. */
export interface Punch {
  readonly strategy: StrategyName
  readonly pair: SidePair
  /** Of the offer. */
  readonly token: Uint8Array
  /** Number of attempts that failed before this one. */
  readonly failedAttempts: number
}

/** A stream on a path that nobody has authenticated yet. */
type OpenedPath = Pick<Path, 'stream' | 'local' | 'datagrams' | 'mappingLifetimeMs'> & {
  readonly remote: TransportAddress
}

/** One punch of either peer: plans it from the two sides, executes it, and authenticates the path that opened. */
export class PunchAttempt implements StrategyAttempt<Path> {
  readonly strategy: StrategyName
  readonly local: string
  readonly #context: PunchConnection
  readonly #punch: Punch
  readonly #release: (isUsed: boolean) => void
  readonly #token: Uint8Array
  #remote: PunchSide
  #replan: (() => void) | undefined
  #sockets
  /** Whether a punch has used the local side, which leaves nothing of it for another. */
  #isUsed = false

  /** `release` is called once, when the attempt no longer needs the local side. */
  constructor(context: PunchConnection, punch: Punch, release: (isUsed: boolean) => void) {
    const { pair, strategy, token } = punch
    const [local] = pair.local.side.locals
    this.strategy = strategy
    this.local = local === undefined ? '' : formatTransportAddress(local)
    this.#context = context
    this.#punch = punch
    this.#release = release
    this.#token = tokenOf(token, pair.index)
    this.#remote = pair.remote
    this.#sockets = pair.local.sockets
  }

  get remote(): string {
    const { endpoints, nat } = this.#remote
    const [first] = endpoints
    return first === undefined
      ? `${nat.externalAddresses.join(', ')}, any port`
      : formatTransportAddress(first)
  }

  get plan(): PunchPlan | ImpossiblePlan {
    const { pair, failedAttempts } = this.#punch
    const { protocol, side } = pair.local
    const controlling = this.#context.role === 'controlling'
    const { lead } = pair.local
    return planPunch({ ...side, ...(lead && { lead: lead() }) }, this.#remote, {
      protocol,
      controlling,
      failedAttempts,
    })
  }

  /** Replaces the remote side of a stale record by the one of the answer. A punch under way begins anew. */
  correct(remote: PunchSide): void {
    if (JSON.stringify(remote) === JSON.stringify(this.#remote)) return
    this.#remote = remote
    this.#replan?.()
  }

  abandon(): void {
    this.#release(false)
  }

  async run(signal: AbortSignal): Promise<Path> {
    try {
      const opened = await this.#open(signal)
      const path = await this.#authenticate(opened, signal)
      path.stream.once('close', () => this.#endMapping())
      return path
    } catch (error) {
      if (this.#isUsed) this.#endMapping()
      throw error
    } finally {
      this.#release(this.#isUsed)
    }
  }

  /** Punches by the current plan until a path opens or the last plan fails. */
  async #open(outer: AbortSignal): Promise<OpenedPath> {
    for (;;) {
      const controller = new AbortController()
      const follow = () => controller.abort(outer.reason)
      let isStale = false
      this.#replan = () => {
        isStale = true
        controller.abort(new NodeError('NODE_ABORTED', 'the peer has announced another side'))
      }
      outer.addEventListener('abort', follow)
      if (outer.aborted) follow()
      try {
        return await this.#execute(controller.signal)
      } catch (error) {
        if (!isStale || outer.aborted) throw error
      } finally {
        this.#replan = undefined
        outer.removeEventListener('abort', follow)
      }
    }
  }

  async #execute(signal: AbortSignal): Promise<OpenedPath> {
    const { plan } = this
    if (plan.technique === 'impossible') throw new NodeError('NODE_UNREACHABLE', plan.reason)
    const unlock = plan.technique === 'birthday' ? this.#context.node.birthdays.tryLock() : () => {}
    if (unlock === undefined)
      throw new NodeError('NODE_BUSY', 'another search for a random port is under way')
    this.#countMappings(plan)
    const { log, wallClock } = this.#context.node.runtime
    log?.('punch-begun', { at: wallClock(), strategy: this.strategy, technique: plan.technique })
    try {
      return await (plan.protocol === 'tcp' ? this.#executeTcp(plan, signal) : this.#executeUdp(plan, signal))
    } finally {
      unlock()
    }
  }

  /** Behind a counting NAT another call may take its turn once this row has left. */
  #countMappings({ protocol, targets }: PunchPlan): void {
    const { node } = this.#context
    const { clock } = node.runtime
    if (protocol === 'udp') for (const { remote } of targets) node.count?.add('udp', remote.ip)
    const { onBegun } = this.#punch.pair.local
    if (onBegun !== undefined) clock.at(clock.now() + ROW_MS, onBegun)
  }

  async #executeTcp(plan: PunchPlan, signal: AbortSignal): Promise<OpenedPath> {
    const { runtime } = this.#context.node
    this.#isUsed = true
    // Where a port serves one connection at a time, the connection that mapped it makes room.
    if (runtime.network.reusesTcpPorts === false) this.#punch.pair.local.close()
    const { stream, local, remote } = await executeTcpPunch(plan, runtime, {
      token: this.#token,
      signal,
      ...this.#nic,
    })
    return { stream, local, remote }
  }

  async #executeUdp(plan: PunchPlan, signal: AbortSignal): Promise<OpenedPath> {
    const { network, udx, ...ports } = this.#context.node.runtime
    if (udx === undefined) throw new NodeError('NODE_UNREACHABLE', UDX_MISSING)
    const [sockets, token] = [this.#sockets, this.#token]
    this.#isUsed = true
    this.#sockets = [] // The punch closes them, also when it fails.
    const punchNetwork = {
      bindUdp: udx.bindUdp,
      dial: network.dial.bind(network),
      listenTcp: network.listenTcp.bind(network),
    }
    const options = { token, signal, sockets, ...this.#nic }
    const path = await executeUdpPunch(plan, { ...ports, network: punchNetwork }, options)
    const { bound, remote, socket } = path
    const { keepAliveMs } = this.#punch.pair.local
    const role = this.#tlsRole
    try {
      const stream = await udx.openStream(bound, {
        remote,
        role,
        token,
        keepAliveMs: UDX_KEEP_ALIVE_MS,
        signal,
      })
      return { stream, local: bound.local, remote, datagrams: socket, mappingLifetimeMs: 2 * keepAliveMs }
    } catch (error) {
      socket.close()
      throw error
    }
  }

  async #authenticate(opened: OpenedPath, outer: AbortSignal): Promise<Path> {
    const { node, role, peer } = this.#context
    const { clock, secure } = node.runtime
    const what = 'authenticating a punched path'
    const deadline = { clock, timeoutMs: NOMINATION_TIMEOUT_MS, what, signal: outer }
    return withDeadline(deadline, async (signal) => {
      const secured = await secure(opened.stream, { role: this.#tlsRole, peer, signal })
      const nomination = role === 'controlled' ? await readNomination(secured.stream, signal) : undefined
      return { ...opened, ...secured, strategy: this.strategy, nomination }
    })
  }

  /** The gateway's mapping lives as long as the path on it. */
  #endMapping(): void {
    this.#punch.pair.local.gatewayMapping?.close()
  }

  get #tlsRole(): 'client' | 'server' {
    return this.#context.role === 'controlling' ? 'client' : 'server'
  }

  get #nic(): { readonly interfaceName?: string } {
    const { interfaceName } = this.#punch.pair.local.base
    return interfaceName === undefined ? {} : { interfaceName }
  }
}

/** Each pair of an offer has its own token, so that a packet of one pair is never taken for another's. */
function tokenOf(token: Uint8Array, index: number): Uint8Array {
  const own = token.slice()
  own[0] = (own[0] ?? 0) ^ index
  return own
}
