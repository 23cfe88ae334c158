import { startStunServer } from '@p2pd/infra'
import { type Family, familyOf, type TcpConnection } from '@p2pd/netif'
import { accessLink, signallingTripMs } from '../meeting/conditions.ts'
import { type Call, meetWarm, type Party, wait, warmUp, type World } from '../meeting/meet.ts'
import { reportOf } from '../meeting/nat-report.ts'
import { areOnePath, closeEnd } from '../meeting/path.ts'
import { STUN_PORT, stunAddress } from '../meeting/punch-pair.ts'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import { VirtualInternet } from '../virtual/virtual-internet.ts'
import { boxTowards, type Method } from './method.ts'
import type { PeerPair } from './pair.ts'
import type { Peer } from './peer.ts'

/** What became of a call: the method that was first, or none and the pair is relayed. */
export interface PairOutcome {
  readonly method?: Method
  /** From the call to the path at the caller, or until it was clear that there is none. */
  readonly callerMs: number
}

/** What a method came to. */
interface Attempt {
  readonly connected: boolean
  readonly callerMs: number
}

/** Where a peer takes connections. */
const LISTEN_PORT = 12_000

/** Longer than TCP needs to say a SYN three times. RFC 6298 §5.5. */
const DIAL_TIMEOUT_MS = 10_000

/** Builds an Internet for a pair and lets all methods race from one moment on, everything warm. */
export function connectPair(pair: PeerPair, methods: readonly Method[]): Promise<PairOutcome> {
  const net = new VirtualInternet({ seed: pair.seed })
  const families = ['IPv4', 'IPv6'] as const
  const server = net.host({ name: 'server', families })
  const caller = addHost(net, pair.caller, families)
  const peer = addHost(net, pair.peer, families)
  return net.run(async () => {
    const { network, addresses } = server
    const stun = await startStunServer({ hosts: addresses, port: STUN_PORT, network, clock: net.clock })
    const over = new AbortController()
    try {
      const party = (who: Peer, host: VirtualHost, method: Method) => partyOf(net, server, who, host, method)
      const starts = await Promise.all(
        methods.map((method) =>
          prepare(net, method, party(pair.caller, caller, method), party(pair.peer, peer, method), over),
        ),
      )
      const attempts = await Promise.all(
        starts.map(async (start) => {
          const attempt = await start()
          // Who comes second is of no interest.
          if (attempt.connected) over.abort()
          return attempt
        }),
      )
      return firstOf(methods, attempts)
    } finally {
      await stun.close()
      // Streams say that they are closed when they are.
      await wait(net.clock, 1)
    }
  })
}

function firstOf(methods: readonly Method[], attempts: readonly Attempt[]): PairOutcome {
  const order = attempts
    .map((_, index) => index)
    .toSorted((a, b) => timeOf(attempts, a) - timeOf(attempts, b))
  const best = order.find((index) => attempts[index]?.connected)
  const method = best === undefined ? undefined : methods[best]
  if (best === undefined || method === undefined)
    return { callerMs: Math.max(0, ...attempts.map(({ callerMs }) => callerMs)) }
  return { method, callerMs: timeOf(attempts, best) }
}

function timeOf(attempts: readonly Attempt[], index: number): number {
  return attempts[index]?.callerMs ?? Number.POSITIVE_INFINITY
}

function addHost(net: VirtualInternet, { settings, inner }: Peer, families: readonly Family[]): VirtualHost {
  const outer = net.box(settings, { link: accessLink })
  return net.host({ behind: inner === undefined ? outer : net.box(inner, { behind: outer }), families })
}

/** A peer for one method, with the box that the Internet sees it through. */
function partyOf(
  net: VirtualInternet,
  server: VirtualHost,
  peer: Peer,
  host: VirtualHost,
  { strategy, family }: Method,
): Party {
  const own = host.addresses.filter((ip) => familyOf(ip) === family)
  const outer = outermost(host)
  const external = outer.filter((ip) => familyOf(ip) === family)
  const ip = own[0] ?? host.ip
  return {
    nat: reportOf(
      boxTowards(peer, family),
      strategy === 'tcp-punch' ? 'tcp' : 'udp',
      external.length > 0 ? external : own,
    ),
    place: {
      clock: net.clock,
      random: host.random,
      ip,
      network: host.network,
      server: stunAddress(server, ip),
    },
  }
}

/** The external addresses of the last box before the Internet. */
function outermost({ box }: VirtualHost): readonly string[] {
  return box?.outer.box?.external ?? box?.external ?? []
}

/** Does what takes place before the call; what it gives begins the call. */
async function prepare(
  net: World,
  { strategy }: Method,
  caller: Party,
  peer: Party,
  over: AbortController,
): Promise<() => Promise<Attempt>> {
  const { signal } = over
  if (strategy === 'direct') return await dial(net, caller, peer, 'caller', signal)
  if (strategy === 'reverse') return await dial(net, peer, caller, 'peer', signal)
  const call: Call = { protocol: strategy === 'tcp-punch' ? 'tcp' : 'udp', caller, peer, signal }
  const warm = await warmUp(call)
  return async () => {
    const { outcome, callerMs } = await meetWarm(net, call, warm)
    return { connected: outcome === 'connected', callerMs }
  }
}

/** One dials the other's known address: the caller when it has fetched the record, the peer when it has the offer. */
async function dial(
  net: World,
  from: Party,
  to: Party,
  dialler: 'caller' | 'peer',
  over: AbortSignal,
): Promise<() => Promise<Attempt>> {
  const { clock } = net
  const listener = await to.place.network.listenTcp({ local: { ip: to.place.ip, port: LISTEN_PORT } })
  const accepted = new Promise<{ connection: TcpConnection; at: number }>((resolve) =>
    listener.onConnection((connection) => resolve({ connection, at: clock.now() })),
  )
  return async () => {
    const calledAt = clock.now()
    const late = new AbortController()
    const cancel = clock.at(calledAt + DIAL_TIMEOUT_MS, () => late.abort())
    try {
      await wait(clock, signallingTripMs((net.random(1)[0] ?? 0) / 255))
      const near = await from.place.network.dial({
        local: { ip: from.place.ip, port: 0 },
        remote: { ip: to.place.ip, port: LISTEN_PORT },
        signal: AbortSignal.any([late.signal, over]),
      })
      const dialledAt = clock.now()
      const far = await accepted
      const connected = await areOnePath(clock, { tcp: near }, { tcp: far.connection })
      for (const tcp of [near, far.connection]) closeEnd({ tcp })
      return { connected, callerMs: (dialler === 'caller' ? dialledAt : far.at) - calledAt }
    } catch {
      // Nobody there, too late or beaten: the next method's turn.
      return { connected: false, callerMs: clock.now() - calledAt }
    } finally {
      cancel()
      await listener.close()
    }
  }
}
