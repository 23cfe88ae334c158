import { type VirtualBroker, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import { type Node, NodeError, type ReportLine } from '@p2pd/node'
import { startStunServers } from '../../bench/nat-lab.ts'
import { Dice } from './chaos-topology.ts'
import type { Outage, Plan, PlannedCall } from './chaos-plan.ts'
import { wait } from './testbed.ts'
import { CountingClock } from '../hosts/counting-clock.ts'
import { CountingNetwork } from '../hosts/counting-network.ts'
import { HeldPipes, TOKEN_TIMEOUT_MS } from '../hosts/held-pipes.ts'
import { virtualNode } from '../hosts/virtual-node.ts'

/** The default time-out of `connect`, and the limit for each call that can succeed. */
const CALL_TIMEOUT_MS = 30_000
const ENOUGH_MS = 15_000
/** Close waits for the FINs of TCP for 1 s, for a stream over UDP 3 s, and for the brokers 0.5 s. */
const CLOSE_MS = 5000

/** A host of a run, with its node and its open sockets. */
interface Actor {
  readonly host: VirtualHost
  readonly node: Node
  readonly network: CountingNetwork
  readonly clock: CountingClock
}

/** Runs a plan; returns the problems. */
export async function runChaos(plan: Plan): Promise<string[]> {
  const net = new VirtualInternet({ seed: plan.seed })
  const dice = new Dice(~plan.seed)
  const brokers = Array.from({ length: plan.brokers }, () => net.broker({ delayMs: dice.integer(1, 50) }))
  if (plan.brokersRepeat) for (const broker of brokers) repeatAndReorder(net, broker, dice)
  const hosts = plan.topology.hosts(net)
  return net.run(async () => {
    const stun = plan.stun ? await startStunServers(net, plan.topology.family) : []
    const actors = (await Promise.all(
      hosts.map(async (host, side): Promise<Actor> => {
        const [network, clock] = [new CountingNetwork(() => net.clock.now()), new CountingClock(net.clock)]
        const ports = { network: network.wrap(host.network), clock, skewMs: plan.skewsMs[side] ?? 0 }
        return { host, network, clock, node: await virtualNode({ net, host, brokers, stun, ...ports }) }
      }),
    )) as [Actor, Actor]
    await Promise.all(actors.map(({ node }) => node.ready()))
    // Records reach the brokers a little later; NAT discovery takes longer.
    await wait(net.clock, plan.stun ? 5000 : 1000)
    return new Play(plan, net, actors, brokers).run()
  })
}

/** A plan that runs. */
class Play {
  readonly #plan: Plan
  readonly #net: VirtualInternet
  readonly #actors: readonly [Actor, Actor]
  readonly #brokers: readonly VirtualBroker[]
  readonly #pipes = new HeldPipes()
  readonly #problems: string[] = []
  readonly #startedAt: number
  #closing: Promise<void> | undefined

  constructor(
    plan: Plan,
    net: VirtualInternet,
    actors: readonly [Actor, Actor],
    brokers: readonly VirtualBroker[],
  ) {
    this.#plan = plan
    this.#net = net
    this.#actors = actors
    this.#brokers = brokers
    this.#startedAt = net.clock.now()
  }

  async run(): Promise<string[]> {
    const { calls, closing, cable } = this.#plan
    for (const [index, { node }] of this.#actors.entries()) {
      node.onPipe((pipe) => this.#pipes.hold(index === 0 ? 0 : 1, 'in', pipe))
    }
    const addresses = await Promise.all(this.#actors.map(({ node }) => node.address()))
    this.#scheduleOutages()
    if (closing) this.#later(closing.at, () => (this.#closing = this.#actors[closing.side].node.close()))
    await Promise.all(
      calls.map(async (call) => {
        await wait(this.#net.clock, call.at)
        const { node } = this.#actors[call.from === 0 ? 1 : 0]
        await this.#call(call, call.byAddress ? (addresses[1 - call.from] ?? '') : node.id)
      }),
    )
    await wait(this.#net.clock, TOKEN_TIMEOUT_MS + 5000)
    // An end whose host is offline cannot reach the other end.
    if (closing === undefined && cable === undefined) this.#problems.push(...this.#pipes.problems())
    await this.#close()
    return this.#problems
  }

  #scheduleOutages(): void {
    const { brokerOutages, cable } = this.#plan
    const schedule = ({ at, backAt }: Outage, set: (up: boolean) => void) => {
      this.#later(at, () => set(false))
      if (backAt !== undefined) this.#later(backAt, () => set(true))
    }
    for (const outage of brokerOutages) {
      const broker = this.#brokers[outage.index]
      if (broker !== undefined) schedule(outage, (up) => (broker.up = up))
    }
    if (cable === undefined) return
    const { host } = this.#actors[cable.index === 0 ? 0 : 1]
    schedule(cable, (up) => host.setNic('eth0', up ? 'up' : 'down'))
  }

  async #call(call: PlannedCall, target: string): Promise<void> {
    const { clock } = this.#net
    const startedAt = clock.now()
    const controller = new AbortController()
    if (call.abortAt !== undefined) this.#later(call.abortAt, () => controller.abort())
    const say = (problem: string) => this.#problems.push(`${problem} (call at ${call.at} by ${call.from})`)
    const ended = (report: readonly ReportLine[], wins: number) => {
      const elapsedMs = clock.now() - startedAt
      if (elapsedMs > this.#boundOf(call) + 1) say(`it took ${elapsedMs} ms of ${this.#boundOf(call)}`)
      for (const problem of reportProblems(report, wins, elapsedMs)) say(problem)
    }
    try {
      const { node } = this.#actors[call.from]
      const pipe = await node.connect(target, { ...call.options, signal: controller.signal })
      ended(pipe.connection.report, 1)
      this.#pipes.hold(call.from, 'out', pipe)
    } catch (error) {
      if (!(error instanceof NodeError)) return void say(`no NodeError: ${String(error)}`)
      ended(error.report, 0)
      if (this.#mustConnect(call)) say(`it did not connect: ${error.message}`)
    }
  }

  /** The longest time that a call may take. */
  #boundOf({ at, from, abortAt = Infinity, options }: PlannedCall): number {
    const { closing } = this.#plan
    const closedAt = closing?.side === from ? Math.max(at, closing.at) : Infinity
    return Math.min(options.timeoutMs ?? CALL_TIMEOUT_MS, abortAt - at, closedAt - at)
  }

  /** Whether no outage affected a call. */
  #mustConnect({ options, abortAt }: PlannedCall): boolean {
    const { topology, closing, cable, brokerOutages } = this.#plan
    const { strategies = ['direct', 'reverse'], timeoutMs = CALL_TIMEOUT_MS } = options
    const isLeftAlone = closing === undefined && cable === undefined && abortAt === undefined
    const hasBroker = this.#brokers.some((_, i) => brokerOutages.every(({ index }) => index !== i))
    const isBothWays = strategies.includes('direct') && strategies.includes('reverse')
    const canConnect = topology.isPlain && topology.isClean && hasBroker
    return isLeftAlone && canConnect && isBothWays && timeoutMs >= ENOUGH_MS
  }

  async #close(): Promise<void> {
    const { clock } = this.#net
    const startedAt = clock.now()
    await Promise.all([this.#closing, ...this.#actors.map(({ node }) => node.close())])
    const elapsedMs = clock.now() - startedAt
    if (elapsedMs > CLOSE_MS) this.#problems.push(`closing took ${elapsedMs} ms`)
    const timers = this.#actors.map((actor) => actor.clock.waiting)
    // A connection that was just closed ends a round trip later.
    await wait(clock, CLOSE_MS)
    const sockets = this.#actors.map(({ network }) => network.open)
    if ([...timers, ...sockets].some((count) => count !== 0)) {
      this.#problems.push(
        `left after closing: timers ${timers.join(' and ')}, sockets ${sockets.join(' and ')}`,
      )
    }
  }

  #later(at: number, work: () => unknown): void {
    this.#net.clock.at(this.#startedAt + at, () => void work())
  }
}

function reportProblems(report: readonly ReportLine[], wins: number, elapsedMs: number): string[] {
  const won = report.filter(({ outcome }) => outcome === 'won').length
  const problems = won === wins ? [] : [`${won} lines that won in ${JSON.stringify(report)}`]
  for (const line of report) {
    const { local, remote, startMs, endMs, outcome, reason } = line
    const inOrder = 0 <= startMs && startMs <= endMs && endMs <= elapsedMs + 1
    const isNamed = outcome === 'skipped' || (local !== '' && remote !== '')
    if (!inOrder || !isNamed || reason === '') problems.push(`not a whole line: ${JSON.stringify(line)}`)
  }
  return problems
}

function repeatAndReorder(net: VirtualInternet, broker: VirtualBroker, dice: Dice): void {
  const connect = broker.connect.bind(broker)
  broker.connect = (from) => {
    const client = connect(from)
    return {
      ...client,
      subscribe: (topic, listener) =>
        client.subscribe(topic, (message, retained) => {
          for (let copies = dice.integer(1, 3); copies > 0; copies--) {
            net.clock.at(net.clock.now() + dice.integer(0, 200), () => listener(message, retained))
          }
        }),
    }
  }
}
