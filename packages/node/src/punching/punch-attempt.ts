import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import {
  executeTcpPunch,
  executeUdpPunch,
  type ImpossiblePlan,
  planPunch,
  type PunchPlan,
  type PunchSide,
} from '@p2pd/punch'
import { withDeadline } from '../runtime/deadline.ts'
import { readNomination } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import type { Attempt } from '../race/race.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Pairing } from './pairing.ts'
import type { Mutex } from './mutex.ts'

/** TLS on a slow path, and at the peer the caller's choice between its paths. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** What a punch is made of. */
export interface PunchAttemptOptions {
  readonly runtime: Runtime
  readonly strategy: StrategyName
  /** The caller is the client. */
  readonly role: 'client' | 'server'
  /** The public key the peer must prove. */
  readonly peer: Uint8Array
  readonly pairing: Pairing
  readonly token: Uint8Array
  /** How many attempts failed before this one. */
  readonly attempt: number
  /** Birthdays of the node: one at a time. */
  readonly birthdays: Mutex
  /** Called once, when the own side is no longer needed. */
  readonly giveBack: (isUsed: boolean) => void
}

/** One punch: the plan of two sides, carried out, and both keys proved on what came of it. */
export class PunchAttempt implements Attempt<Path> {
  readonly strategy: StrategyName
  readonly local: string
  readonly #options: PunchAttemptOptions
  readonly #token: Uint8Array
  #remote: PunchSide
  #replan: (() => void) | undefined
  #sockets
  /** Whether the own side has served a punch, which leaves nothing of it for another. */
  #isUsed = false

  constructor(options: PunchAttemptOptions) {
    const { pairing, strategy, token } = options
    const [local] = pairing.own.side.locals
    this.strategy = strategy
    this.local = local === undefined ? '' : formatTransportAddress(local)
    this.#options = options
    this.#token = tokenOf(token, pairing.index)
    this.#remote = pairing.remote
    this.#sockets = pairing.own.sockets
  }

  get remote(): string {
    const { endpoints, nat } = this.#remote
    const [first] = endpoints
    return first === undefined
      ? `${nat.externalAddresses.join(', ')}, any port`
      : formatTransportAddress(first)
  }

  get plan(): PunchPlan | ImpossiblePlan {
    const { pairing, role, attempt } = this.#options
    const { protocol, side } = pairing.own
    return planPunch(side, this.#remote, { protocol, controlling: role === 'client', attempt })
  }

  /** The peer's own words, where a record was stale: what has not come through yet begins anew. */
  correct(remote: PunchSide): void {
    if (JSON.stringify(remote) === JSON.stringify(this.#remote)) return
    this.#remote = remote
    this.#replan?.()
  }

  abandon(): void {
    this.#options.giveBack(false)
  }

  async run(signal: AbortSignal): Promise<Path> {
    try {
      const opened = await this.#open(signal)
      return await this.#authenticate(opened, signal)
    } finally {
      this.#options.giveBack(this.#isUsed)
    }
  }

  /** Punches by the plan of the moment, until it comes through or the last plan fails. */
  async #open(outer: AbortSignal): Promise<Opened> {
    for (;;) {
      const controller = new AbortController()
      const follow = () => controller.abort(outer.reason)
      let isStale = false
      this.#replan = () => {
        isStale = true
        controller.abort(new NodeError('NODE_ABORTED', 'the peer is elsewhere by now'))
      }
      outer.addEventListener('abort', follow)
      if (outer.aborted) follow()
      try {
        return await this.#punch(controller.signal)
      } catch (error) {
        if (!isStale || outer.aborted) throw error
      } finally {
        this.#replan = undefined
        outer.removeEventListener('abort', follow)
      }
    }
  }

  async #punch(signal: AbortSignal): Promise<Opened> {
    const { plan } = this
    if (plan.technique === 'impossible') throw new NodeError('NODE_UNREACHABLE', plan.reason)
    const leave = plan.technique === 'birthday' ? this.#options.birthdays.tryLock() : () => {}
    if (leave === undefined) throw new NodeError('NODE_BUSY', 'another search for a random port is under way')
    try {
      return await (plan.protocol === 'tcp' ? this.#punchTcp(plan, signal) : this.#punchUdp(plan, signal))
    } finally {
      leave()
    }
  }

  async #punchTcp(plan: PunchPlan, signal: AbortSignal): Promise<Opened> {
    const { runtime, pairing } = this.#options
    this.#isUsed = true
    // Where a port serves one connection at a time, the one that mapped it makes room.
    if (runtime.network.reusesTcpPorts === false) pairing.own.release()
    const { stream, local, remote } = await executeTcpPunch(plan, runtime, {
      token: this.#token,
      signal,
      ...this.#nic,
    })
    return { stream, local, remote }
  }

  async #punchUdp(plan: PunchPlan, signal: AbortSignal): Promise<Opened> {
    const { runtime, role } = this.#options
    const { network, udx } = runtime
    if (udx === undefined) throw new NodeError('NODE_UNREACHABLE', UDX_MISSING)
    const { bindUdp } = udx
    const [sockets, token] = [this.#sockets, this.#token]
    this.#isUsed = true
    this.#sockets = [] // The punch closes them, whatever comes of it.
    const ports = {
      ...runtime,
      network: {
        bindUdp,
        dial: network.dial.bind(network),
        listenTcp: network.listenTcp.bind(network),
      },
    }
    const path = await executeUdpPunch(plan, ports, { token, signal, sockets, ...this.#nic })
    const { bound, remote, socket } = path
    const { keepAliveMs } = this.#options.pairing.own
    try {
      const stream = await udx.openStream(bound, { remote, role, token, keepAliveMs, signal })
      return { stream, local: bound.local, remote, datagrams: socket }
    } catch (error) {
      socket.close()
      throw error
    }
  }

  async #authenticate(opened: Opened, outer: AbortSignal): Promise<Path> {
    const { runtime, role, peer, strategy } = this.#options
    const what = 'authenticating a punched path'
    const deadline = { clock: runtime.clock, timeoutMs: HANDSHAKE_TIMEOUT_MS, what, signal: outer }
    return withDeadline(deadline, async (signal) => {
      const secured = await runtime.secure(opened.stream, { role, peer, signal })
      if (role === 'server') await readNomination(secured.stream, signal)
      return { ...opened, ...secured, strategy }
    })
  }

  get #nic(): { readonly interfaceName?: string } {
    const { interfaceName } = this.#options.pairing.own.base
    return interfaceName === undefined ? {} : { interfaceName }
  }
}

/** What to do about it is all there is to say. */
export const UDX_MISSING = 'udx-native is not installed: npm install udx-native'

/** A path that nobody has proved anything on yet. */
type Opened = Pick<Path, 'stream' | 'local' | 'datagrams'> & { readonly remote: TransportAddress }

/** Each pairing of an offer has its own token, so that no packet is taken for another's. */
function tokenOf(token: Uint8Array, index: number): Uint8Array {
  const own = token.slice()
  own[0] = (own[0] ?? 0) ^ index
  return own
}
