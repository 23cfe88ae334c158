import { startStunServer, type StunServer } from '@p2pd/infra'
import { sleep, type TcpConnection, type TransportAddress } from '@p2pd/netif'
import { allocateTcp } from '@p2pd/turn'
import { turnCrypto } from '@p2pd/turn/node'
import { R_D, signallingTripMs } from '../punching/conditions.ts'
import { areOnePath, closeEnd } from '../punching/path.ts'
import type { RelayTiming } from './method.ts'
import type { PairInternet } from './pair-internet.ts'

/** Other methods have this time with `last`. */
const DELAY_MS = 1_000
/** The port of HTTPS, which every firewall lets through. */
const PORT = 443
const USER = { username: 'u', password: 'p' }
/** A server resets a peer that has no permission yet. */
const TRIES = 3
const BETWEEN_TRIES_MS = 300
/** From the peer's connection to that of the caller: two lost segments are sent again meanwhile. */
const ACCEPT_MS = 5_000

/** A TURN server that is reached by TCP. */
export interface RelayServer {
  readonly uri: string
  close(): Promise<void>
}

/** Starts a TURN server half an R_d away from each peer. It is added last, so that all other hosts stay as they were. */
export async function startRelayServer({ net }: PairInternet): Promise<RelayServer> {
  const { ip, network, random } = net.host({ link: { delayMs: R_D / 4 } })
  const turn = { users: { [USER.username]: USER.password }, allowPrivatePeers: true }
  const server: StunServer = await startStunServer({
    hosts: [ip],
    port: PORT,
    network,
    clock: net.clock,
    random,
    turn,
  })
  return { uri: `turn:${ip}:${PORT}?transport=tcp`, close: () => server.close() }
}

/** A relayed call of a pair. */
export interface RelayedCall {
  readonly internet: PairInternet
  readonly server: RelayServer
  /** Every address that the peer may come from. */
  readonly peerIps: readonly string[]
  readonly relay: RelayTiming
  /** Whether another method is tried, too. */
  readonly hasOthers: boolean
  /** Aborts when another method has connected. */
  readonly over: AbortSignal
}

/** Milliseconds until the caller had a relayed path; undefined when another one was faster, or it failed. RFC 6062. */
export async function callByRelay(call: RelayedCall): Promise<number | undefined> {
  const { internet, relay, hasOthers, over } = call
  const { clock } = internet.net
  const calledAt = clock.now()
  // Without another method the caller knows so when it has the record of the peer.
  const lateMs = hasOthers ? DELAY_MS : tripMs(internet)
  try {
    if (relay === 'last') await sleep(clock, lateMs, over)
    const at = await meetAtRelay(call)
    return at === undefined ? undefined : at - calledAt
  } catch {
    return undefined // Another method was faster; a relay that fails shows as a pair without any path.
  }
}

/** The time at which the caller had the connection. */
async function meetAtRelay({ internet, server, peerIps, over }: RelayedCall): Promise<number | undefined> {
  const { net, caller } = internet
  const { clock } = net
  const ports = { network: caller.network, clock, random: caller.random, crypto: turnCrypto }
  const how = { server: server.uri, credentials: USER, reallocate: false, signal: over }
  const listener = await allocateTcp(ports, how)
  try {
    const accepted = new Promise<{ connection: TcpConnection; at: number }>((resolve) =>
      listener.onConnection((connection) => resolve({ connection, at: clock.now() })),
    )
    for (const ip of peerIps) void listener.permit(ip)
    await sleep(clock, tripMs(internet), over)
    const { near, far } = await dialUntilAccepted(internet, listener.local, accepted, over)
    const connected = await areOnePath(clock, { tcp: near.connection }, { tcp: far })
    for (const tcp of [near.connection, far]) closeEnd({ tcp })
    return connected ? near.at : undefined
  } finally {
    await listener.release()
  }
}

/** The peer's half. A connection that the server resets never reaches the caller, so the peer dials again. */
async function dialUntilAccepted<Near>(
  { net: { clock }, peer: { ip, network } }: PairInternet,
  remote: TransportAddress,
  accepted: Promise<Near>,
  signal: AbortSignal,
): Promise<{ readonly near: Near; readonly far: TcpConnection }> {
  for (let tries = 1; ; tries++) {
    try {
      const far = await network.dial({ local: { ip, port: 0 }, remote, signal })
      const ended = new Promise<never>((_, reject) => {
        far.stream.once('error', reject).once('close', () => reject(new Error('reset by the relay')))
      })
      const late = sleep(clock, ACCEPT_MS, signal).then(() => Promise.reject(new Error('not accepted')))
      late.catch(() => {}) // Of no use when the connection is there.
      ended.catch(() => {})
      return { near: await Promise.race([accepted, ended, late]), far }
    } catch (error) {
      if (tries === TRIES || signal.aborted) throw error
      await sleep(clock, BETWEEN_TRIES_MS, signal)
    }
  }
}

function tripMs({ net }: PairInternet): number {
  return signallingTripMs((net.random(1)[0] ?? 0) / 255)
}
