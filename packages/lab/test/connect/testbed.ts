import { type HostOptions, type VirtualBroker, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { Clock, Family } from '@p2pd/netif'
import type { Node, RelayPolicy, TurnServer } from '@p2pd/node'
import { startStunServers } from '../../bench/nat-lab.ts'
import { virtualNode, type VirtualNodeOptions } from '../hosts/virtual-node.ts'

/** Round trips through the broker, and between two hosts on the Internet. */
export const R_S = 100
export const R_D = 50

/** One-way delay between a host and the middle of the Internet; the broker has the same. */
const DELAY_MS = R_D / 4
/** One-way delay between a host and its box. */
const LAN_DELAY_MS = 1

/** The quality of a host's line. */
export interface Line {
  readonly jitterMs?: number
  readonly loss?: number
}

/** Options of a host on the Internet or behind its own box, half an R_d away from each other host. */
export function far(
  host: Omit<HostOptions, 'link'> = {},
  { jitterMs = 0, loss = 0 }: Line = {},
): HostOptions {
  const lan = host.nat === undefined ? 0 : LAN_DELAY_MS
  // A packet crosses the lines of both hosts.
  const link = { delayMs: DELAY_MS - lan - jitterMs / 4, jitterMs: jitterMs / 2, loss: loss / 2 }
  return { ...host, link }
}

/** A virtual Internet with nodes. */
export interface Testbed {
  readonly net: VirtualInternet
  readonly hosts: readonly VirtualHost[]
  readonly brokers: readonly VirtualBroker[]
  /** The node on each host, ready to be called. */
  readonly nodes: readonly Node[]
}

/** Options of a testbed. */
export interface TestbedOptions
  extends Pick<
    VirtualNodeOptions,
    'publishLan' | 'port' | 'echo' | 'resumeMs' | 'keepAlive' | 'knowsBrokerPath'
  > {
  /** @default 1 */
  readonly seed?: number
  /** Options of the hosts, or a function that adds them to the Internet. */
  readonly hosts: readonly HostOptions[] | ((net: VirtualInternet) => readonly VirtualHost[])
  /** @default 1 */
  readonly brokers?: number
  /** Runs STUN servers in this family, so that nodes discover their NATs and punch. @default none */
  readonly stun?: Family
  /** Changes the list of STUN servers that the nodes get. */
  readonly tamperStun?: (net: VirtualInternet, servers: readonly string[]) => Promise<readonly string[]>
  /** Each host dials out from this port first, so that a NAT without filtering forwards it. */
  readonly map?: number
  /** The host, counted from 0, whose node speaks as a later version does. @default none */
  readonly later?: number
  /** The relay policy of each node. @default 'last' */
  readonly relays?: readonly RelayPolicy[]
  /** The seeds of the nodes' keys. @default random ones */
  readonly keys?: readonly Uint8Array[]
  /** The host, counted from 0, whose node asks gateways for port mappings. @default none */
  readonly mapsPort?: number | undefined
  /** Time between the readiness of the nodes and the test. @default 5000 with STUN: the time that a port range takes */
  readonly idleMs?: number
  /** Virtual time that the whole test may take. @default an hour */
  readonly limitMs?: number
  /** Starts what the test needs on the Internet before the nodes. */
  readonly prepare?: (net: VirtualInternet) => Promise<unknown>
  /** Starts TURN servers before the nodes; returns those of each host. @default none */
  readonly turn?: (net: VirtualInternet) => Promise<(host: number) => readonly TurnServer[]>
  /** Changes the brokers before nodes connect to them. */
  readonly tamper?: (net: VirtualInternet, brokers: readonly VirtualBroker[]) => void
}

/** Starts a node on each host, runs the test, and closes the nodes. */
export async function withNodes(
  options: TestbedOptions,
  play: (testbed: Testbed) => Promise<void>,
): Promise<void> {
  const { seed = 1, hosts: wanted, brokers: count = 1, stun, map, tamper, later, ...others } = options
  const { mapsPort, prepare, tamperStun, turn, relays = [], keys = [], limitMs, ...timed } = others
  const { idleMs = stun === undefined ? 1000 : 5000, ...nodeOptions } = timed
  const net = new VirtualInternet({ seed })
  const brokers = Array.from({ length: count }, () => net.broker({ delayMs: DELAY_MS }))
  tamper?.(net, brokers)
  const hosts = typeof wanted === 'function' ? wanted(net) : wanted.map((host) => net.host(host))
  const test = async () => {
    const honest = stun === undefined ? [] : await startStunServers(net, stun)
    const servers = (await tamperStun?.(net, honest)) ?? honest
    await prepare?.(net)
    const turnOf = await turn?.(net)
    if (map !== undefined) await Promise.all(hosts.map((host) => mapPort(net, host, map)))
    const nodes = await Promise.all(
      hosts.map((host, index) =>
        virtualNode({
          net,
          host,
          brokers,
          stun: servers,
          echo: true,
          isLater: index === later,
          mapsPort: index === mapsPort,
          turn: turnOf?.(index) ?? [],
          relay: relays[index],
          ...(keys[index] && { seed: keys[index] }),
          ...nodeOptions,
        }),
      ),
    )
    try {
      await Promise.all(nodes.map((node) => node.ready()))
      // Records reach the brokers a little later; the port range of a random NAT takes longest.
      await wait(net.clock, idleMs)
      await play({ net, hosts, brokers, nodes })
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  }
  await net.run(test, limitMs === undefined ? {} : { limitMs })
}

/** The nodes of a testbed with two hosts. */
export function pairOf({ nodes }: Testbed): readonly [Node, Node] {
  const [caller, peer] = nodes
  if (caller === undefined || peer === undefined) throw new Error('this testbed has not two nodes')
  return [caller, peer]
}

/** Lets `ms` of virtual time pass. */
export function wait(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => void clock.at(clock.now() + durationMs, resolve))
}

/** Delays clients by the round trips to the broker that a network would need before the first message. */
export function slowToConnect(net: VirtualInternet, broker: VirtualBroker, roundTrips: number): void {
  const connect = broker.connect.bind(broker)
  broker.connect = (from) => {
    const client = connect(from)
    const open = wait(net.clock, roundTrips * 2 * (from.delayToInternetMs + DELAY_MS))
    return {
      ...client,
      publish: (...message) => open.then(() => client.publish(...message)),
      subscribe: (...subscription) => open.then(() => client.subscribe(...subscription)),
    }
  }
}

/** Maps a port by a connection that stays open. */
async function mapPort(net: VirtualInternet, host: VirtualHost, port: number): Promise<void> {
  const { ip, network } = net.host()
  const listener = await network.listenTcp({ local: { ip, port: 80 } })
  listener.onConnection(() => {})
  await host.network.dial({ local: { ip: host.ip, port }, remote: { ip, port: 80 } })
}
