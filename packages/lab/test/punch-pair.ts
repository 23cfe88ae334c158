import { startStunServer } from '@p2pd/infra'
import { type HostOptions, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import { type Clock, familyOf, type Network, type RandomBytes, type TcpConnection } from '@p2pd/netif'
import {
  executeTcpPunch,
  executeUdpPunch,
  foresightOf,
  planPunch,
  type PunchPlan,
  PunchError,
  type UdpPath,
} from '@p2pd/punch'
import {
  natOf,
  prepare,
  type PreparedSide,
  type Protocol,
  type Surroundings,
  type TestNat,
} from './punch-side.ts'

/** Round trips through the signalling and between the peers, on average; and what goes wrong on the way. */
export const R_S = 100
export const R_D = 50
const JITTER_MS = 20
const LOSS = 0.01

/** Half of one way: its share of delay, jitter and loss. */
const link = { delayMs: R_D / 4 - JITTER_MS / 4, jitterMs: JITTER_MS / 2, loss: LOSS / 2 }

/** Two hosts, and how they are to meet. */
export interface PairOptions {
  readonly protocol: Protocol
  readonly seed: number
  /** The caller, then the peer. */
  readonly hosts: readonly [HostOptions, HostOptions]
  /** Builds on the virtual Internet before, and says where the hosts are instead. */
  readonly build?: (net: VirtualInternet) => readonly [HostOptions, HostOptions]
  /** Puts something between the punch and the network of each host. */
  readonly wrap?: (network: Network) => Network
}

/** What came of it. Times from the call on. */
export interface PairResult {
  readonly technique: string
  readonly outcome: 'connected' | 'skipped' | 'failed'
  readonly reason?: string
  readonly callerMs: number
  readonly bothMs: number
  readonly boundMs: number
}

type Opened = { readonly udp: UdpPath } | { readonly tcp: TcpConnection }

/** Lets two hosts prepare, tell each other, plan and punch; checks that both hold the ends of one path. */
export async function punchPair(options: PairOptions): Promise<PairResult> {
  const net = new VirtualInternet({ seed: options.seed })
  const server = net.host({ name: 'server', families: ['IPv4', 'IPv6'] })
  const [first, second] = (options.build?.(net) ?? options.hosts).map((host) => net.host({ link, ...host }))
  const [caller, peer] = [first, second] as [NonNullable<typeof first>, NonNullable<typeof second>]
  return net.run(async () => {
    const stun = await startStunServer({
      hosts: server.addresses,
      port: 3478,
      network: server.network,
      clock: net.clock,
    })
    const around = ([host, settings]: readonly [typeof caller, HostOptions]) => {
      const nat = natOf(settings.nat ?? { kind: 'open' }, options.protocol, externalOf(host, settings))
      const ip = server.addresses.find((address) => familyOf(address) === familyOf(host.ip)) ?? server.ip
      const network = options.wrap?.(host.network) ?? host.network
      return {
        nat,
        place: {
          clock: net.clock,
          ip: host.ip,
          network,
          random: host.random,
          server: { ip, port: stun.port },
        },
      }
    }
    const [settingsA, settingsB] = options.hosts
    const result = await meet(net, options.protocol, around([caller, settingsA]), around([peer, settingsB]))
    await stun.close()
    // Streams say that they are closed when they are.
    await wait(net.clock, 1)
    return result
  })
}

function externalOf(host: VirtualHost, { nat }: HostOptions): readonly string[] {
  const translates = nat !== undefined && (nat.kind === undefined || nat.kind === 'nat')
  return translates ? (host.box?.external ?? []) : host.addresses
}

/** Time and chance of an Internet, virtual or real. */
export interface World {
  readonly clock: Clock
  readonly random: RandomBytes
}

/** One of the two, with what a report says of its NAT. */
export interface Party {
  readonly nat: TestNat
  readonly place: Surroundings
}

/** Prepares, tells, plans, punches and talks. */
export async function meet(net: World, protocol: Protocol, a: Party, b: Party): Promise<PairResult> {
  const { clock } = net
  const token = net.random(16)
  // Mappings are warm before the call, but for those that a counter makes stale.
  const warm = async ({ place, nat }: Party) => {
    return foresightOf(nat) === 'counted' ? undefined : await prepare(place, nat, protocol)
  }
  const warmA = await warm(a)
  const warmB = await warm(b)
  const calledAt = clock.now()
  const sideA = warmA ?? (await prepare(a.place, a.nat, protocol))
  // The record of a peer is there when the offer reaches the peer; a fresh prediction comes with the answer.
  await trip(net)
  const sideB = warmB ?? (await prepare(b.place, b.nat, protocol))
  const planA = planPunch(sideA.side, sideB.side, { protocol, controlling: true })
  const planB = planPunch(sideB.side, sideA.side, { protocol, controlling: false })
  const release = () => {
    for (const side of [sideA, sideB]) {
      side.release()
      for (const socket of side.sockets) socket.close()
    }
  }
  const since = () => clock.now() - calledAt
  if (planA.technique === 'impossible' || planB.technique === 'impossible') {
    release()
    const both = planA.technique === planB.technique && planA.technique === 'impossible'
    if (!both) throw new Error('the two sides disagree')
    return {
      technique: 'impossible',
      outcome: 'skipped',
      reason: planA.reason,
      callerMs: 0,
      bothMs: 0,
      boundMs: 0,
    }
  }
  const delays = scatter(net, warmB === undefined)
  const open = async (plan: PunchPlan, party: Party, prepared: PreparedSide, delayMs: number) => {
    await wait(clock, delayMs)
    const opened = await execute(plan, party.place, token, prepared)
    return { opened, atMs: since() }
  }
  const [endA, endB] = await Promise.allSettled([
    open(planA, a, sideA, delays[0]),
    open(planB, b, sideB, delays[1]),
  ])
  const common = { technique: planA.technique, boundMs: Math.max(planA.timing.boundMs, planB.timing.boundMs) }
  if (endA.status === 'rejected' || endB.status === 'rejected') {
    for (const end of [endA, endB]) if (end.status === 'fulfilled') close(end.value.opened)
    release()
    const { reason } = (endA.status === 'rejected' ? endA : endB) as PromiseRejectedResult
    if (!(reason instanceof PunchError)) throw reason as Error
    return { ...common, outcome: 'failed', reason: reason.message, callerMs: since(), bothMs: since() }
  }
  const [{ opened: openA, atMs: callerMs }, { opened: openB, atMs: peerMs }] = [endA.value, endB.value]
  const same = await talk(clock, openA, openB)
  close(openA)
  close(openB)
  release()
  const bothMs = Math.max(callerMs, peerMs)
  if (!same)
    return { ...common, outcome: 'failed', reason: 'the two ends are not of one path', callerMs, bothMs }
  return { ...common, outcome: 'connected', callerMs, bothMs }
}

async function execute(
  plan: PunchPlan,
  { clock, network, random }: Surroundings,
  token: Uint8Array,
  { sockets }: PreparedSide,
): Promise<Opened> {
  const ports = { network, clock, random }
  return plan.protocol === 'udp'
    ? { udp: await executeUdpPunch(plan, ports, { token, sockets }) }
    : { tcp: await executeTcpPunch(plan, ports, { token }) }
}

/** Sends both ways until both ends have heard the other: UDP may lose some. */
async function talk(clock: Clock, a: Opened, b: Opened): Promise<boolean> {
  const heard = [a, b].map((end) => hear(end))
  let over = false
  const speak = () => {
    if (over) return
    for (const [end, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const)
      say(end, name)
    if ('udp' in a) clock.at(clock.now() + 200, speak)
  }
  speak()
  let cancel = () => {}
  const late = new Promise<string[]>((resolve) => {
    cancel = clock.at(clock.now() + 5000, () => resolve([]))
  })
  const texts = await Promise.race([Promise.all(heard), late])
  cancel()
  over = true
  return texts[0] === 'b' && texts[1] === 'a'
}

function say(end: Opened, text: string): void {
  const bytes = new TextEncoder().encode(text)
  if ('udp' in end) end.udp.socket.send(bytes, end.udp.remote)
  else end.tcp.stream.write(bytes)
}

function hear(end: Opened): Promise<string> {
  return new Promise((resolve) => {
    const listener = (data: Uint8Array) => resolve(new TextDecoder().decode(data))
    if ('udp' in end) end.udp.socket.onMessage(listener)
    else end.tcp.stream.once('data', listener)
  })
}

function close(end: Opened): void {
  if ('udp' in end) end.udp.socket.close()
  else end.tcp.stream.destroy()
}

/** One way through the broker. */
function trip(net: World): Promise<void> {
  return wait(net.clock, R_S / 2 + draw(net) * JITTER_MS - JITTER_MS / 2)
}

/** How much later than the other each side begins: the scatter of signalling, or one trip when an answer is needed. */
function scatter(net: World, answered: boolean): readonly [number, number] {
  return answered
    ? [R_S / 2 + draw(net) * JITTER_MS - JITTER_MS / 2, 0]
    : [draw(net) * JITTER_MS, draw(net) * JITTER_MS]
}

function draw(net: World): number {
  return (net.random(1)[0] ?? 0) / 255
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.at(clock.now() + ms, resolve))
}
