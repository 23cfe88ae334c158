import { untestedReport } from '@p2pd/nat'
import { familyOf, sleep, type TcpConnection } from '@p2pd/netif'
import { signallingTripMs } from '../punching/conditions.ts'
import {
  type Call,
  runPreparedPunch,
  type CallSide,
  prepareCall,
  type PunchEnvironment,
} from '../punching/run-punch.ts'
import { areOnePath, closeEnd } from '../punching/path.ts'
import { stunAddress } from '../punching/stun-address.ts'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import type { ConnectMethod, RelayTiming } from './method.ts'
import { buildPair, MAPPED_PORT, type PairInternet, withStun } from './pair-internet.ts'
import type { PeerPair } from './pair.ts'
import type { PairReports, PeerReport } from './pair-reports.ts'
import { callByRelay, startRelayServer } from './relayed-call.ts'

/** The result of a call: the first method that connected, or none for a relayed pair. */
export interface PairOutcome {
  readonly method?: ConnectMethod
  /** Milliseconds until the caller had a path, or knew that there is none. */
  readonly callerMs: number
}

/** The result of a method. */
interface Attempt {
  readonly connected: boolean
  readonly callerMs: number
}

/** The port on which a peer accepts connections. */
const LISTEN_PORT = 12_000

/** Longer than TCP needs to send a SYN three times. RFC 6298 §5.5. */
const DIAL_TIMEOUT_MS = 10_000

/**
 * A punched path lets a plain connection pass that opens within this time. A call of a node does so while it authenticates:
 * `PLAIN_GRACE_MS` of @p2pd/node.
 */
const PLAIN_GRACE_MS = 30

/** The result of a call that may be relayed. */
export interface RelayedOutcome {
  /** The direct path, which the session moves to. */
  readonly direct: PairOutcome
  /** Milliseconds until the caller had a relayed path; undefined when a direct one was faster. */
  readonly relayMs?: number
}

/** Builds an Internet for a pair, prepares all methods, and lets them race from one moment on. */
export function connectPair(
  pair: PeerPair,
  reports: PairReports,
  methods: readonly ConnectMethod[],
): Promise<PairOutcome> {
  const internet = buildPair(pair)
  return withStun(internet, () => raceMethods(internet, reports, methods, new AbortController()))
}

/** The same beside a TURN server. A relayed path leaves the other methods alone, as a session moves to a direct path. */
export function connectRelayed(
  pair: PeerPair,
  reports: PairReports,
  methods: readonly ConnectMethod[],
  relay: RelayTiming,
): Promise<RelayedOutcome> {
  const internet = buildPair(pair)
  return withStun(internet, async () => {
    const server = await startRelayServer(internet)
    const over = new AbortController()
    const peerIps = [
      ...internet.peer.addresses,
      ...reports.peer.flatMap(({ report }) => report.externalAddresses),
    ].filter((ip) => familyOf(ip) === 'IPv4')
    const call = { internet, server, peerIps, relay, hasOthers: methods.length > 0, over: over.signal }
    const [direct, relayMs] = await Promise.all([
      raceMethods(internet, reports, methods, over),
      callByRelay(call),
    ])
    await server.close()
    return { direct, ...(relayMs !== undefined && { relayMs }) }
  })
}

async function raceMethods(
  internet: PairInternet,
  reports: PairReports,
  methods: readonly ConnectMethod[],
  over: AbortController,
): Promise<PairOutcome> {
  const starts = await Promise.all(
    methods.map((method) => {
      const [caller, peer] = sidesOf(internet, reports, method)
      return prepare(internet.net, method, caller, peer, over)
    }),
  )
  const attempts = await Promise.all(
    starts.map(async (start, index) => {
      const attempt = await start()
      if (!attempt.connected) return attempt
      // The first method wins; the others stop.
      const graceMs = graceOf(methods[index])
      if (graceMs > 0) await sleep(internet.net.clock, graceMs)
      over.abort()
      return attempt
    }),
  )
  return firstOf(methods, attempts)
}

function firstOf(methods: readonly ConnectMethod[], attempts: readonly Attempt[]): PairOutcome {
  const order = attempts
    .map((_, index) => index)
    .toSorted((a, b) => turnOf(methods, attempts, a) - turnOf(methods, attempts, b))
  const best = order.find((index) => attempts[index]?.connected)
  const method = best === undefined ? undefined : methods[best]
  if (best === undefined || method === undefined)
    return { callerMs: Math.max(0, ...attempts.map(({ callerMs }) => callerMs)) }
  return { method, callerMs: timeOf(attempts, best) }
}

/** When an attempt may win. */
function turnOf(methods: readonly ConnectMethod[], attempts: readonly Attempt[], index: number): number {
  return timeOf(attempts, index) + graceOf(methods[index])
}

/** How long a method lets plain connections pass. */
function graceOf(method: ConnectMethod | undefined): number {
  return method?.technique === undefined ? 0 : PLAIN_GRACE_MS
}

function timeOf(attempts: readonly Attempt[], index: number): number {
  return attempts[index]?.callerMs ?? Number.POSITIVE_INFINITY
}

/** Both sides for one method, with the reports of their boxes. */
function sidesOf(
  { net, servers, caller, peer }: PairInternet,
  reports: PairReports,
  { strategy, family }: ConnectMethod,
): readonly [CallSide, CallSide] {
  const protocol = strategy === 'udp-punch' ? 'udp' : 'tcp'
  const callSide = (host: VirtualHost, known: readonly PeerReport[]): CallSide => {
    const ip = host.addresses.find((address) => familyOf(address) === family) ?? host.ip
    const about = known.find((each) => each.family === family && each.protocol === protocol)
    const server = stunAddress(servers[0] ?? host, ip)
    return {
      nat: about?.report ?? untestedReport(),
      host: { clock: net.clock, random: host.random, ip, network: host.network, server },
    }
  }
  return [callSide(caller, reports.caller), callSide(peer, reports.peer)]
}

/** Prepares a method before the call; the returned function runs the call. */
async function prepare(
  net: PunchEnvironment,
  { strategy, mapped: isMapped }: ConnectMethod,
  caller: CallSide,
  peer: CallSide,
  over: AbortController,
): Promise<() => Promise<Attempt>> {
  const { signal } = over
  const mapped = isMapped !== undefined
  if (strategy === 'direct') return await dial(net, caller, peer, { dialler: 'caller', mapped, over: signal })
  if (strategy === 'reverse') return await dial(net, peer, caller, { dialler: 'peer', mapped, over: signal })
  const call: Call = { protocol: strategy === 'tcp-punch' ? 'tcp' : 'udp', caller, peer, signal }
  const prepared = await prepareCall(call)
  return async () => {
    const { outcome, callerMs } = await runPreparedPunch(net, call, prepared)
    return { connected: outcome === 'connected', callerMs }
  }
}

interface DialOptions {
  readonly dialler: 'caller' | 'peer'
  readonly mapped: boolean
  readonly over: AbortSignal
}

function externalIpOf({ nat: { externalAddresses }, host: { ip } }: CallSide): string {
  return externalAddresses[0] ?? ip
}

/** One side dials the other: the caller when it has fetched the record, the peer when it has the offer. */
async function dial(
  net: PunchEnvironment,
  from: CallSide,
  to: CallSide,
  { dialler, mapped, over }: DialOptions,
): Promise<() => Promise<Attempt>> {
  const { clock } = net
  const remote = { ip: mapped ? externalIpOf(to) : to.host.ip, port: mapped ? MAPPED_PORT : LISTEN_PORT }
  const listener = await to.host.network.listenTcp({ local: { ip: to.host.ip, port: remote.port } })
  const accepted = new Promise<{ connection: TcpConnection; at: number }>((resolve) =>
    listener.onConnection((connection) => resolve({ connection, at: clock.now() })),
  )
  return async () => {
    const calledAt = clock.now()
    const late = new AbortController()
    const cancel = clock.at(calledAt + DIAL_TIMEOUT_MS, () => late.abort())
    try {
      await sleep(clock, signallingTripMs((net.random(1)[0] ?? 0) / 255))
      const near = await from.host.network.dial({
        local: { ip: from.host.ip, port: 0 },
        remote,
        signal: AbortSignal.any([late.signal, over]),
      })
      const dialledAt = clock.now()
      const far = await accepted
      const connected = await areOnePath(clock, { tcp: near }, { tcp: far.connection })
      for (const tcp of [near, far.connection]) closeEnd({ tcp })
      return { connected, callerMs: (dialler === 'caller' ? dialledAt : far.at) - calledAt }
    } catch {
      // Unreachable, too late, or another method was first.
      return { connected: false, callerMs: clock.now() - calledAt }
    } finally {
      cancel()
      await listener.close()
    }
  }
}
