import { type HostOptions, type VirtualBroker, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { Clock, Family } from '@p2pd/netif'
import type { Node } from '@p2pd/node'
import { startStunServers } from '../../bench/nat-lab.ts'
import { virtualNode, type VirtualNodeOptions } from '../hosts/virtual-node.ts'

/** Round trips through the broker, and between two hosts on the Internet. */
export const R_S = 100
export const R_D = 50

/** One way between a host and the middle of the Internet; the broker is as far. */
const DELAY_MS = R_D / 4
/** Between a host and the box it is behind. */
const LAN_DELAY_MS = 1

/** What a host's own line does to packets. */
export interface Line {
  readonly jitterMs?: number
  readonly loss?: number
}

/** Options of a host on the Internet, or behind a box of its own, so that it is half an R_d away from any other. */
export function far(
  host: Omit<HostOptions, 'link'> = {},
  { jitterMs = 0, loss = 0 }: Line = {},
): HostOptions {
  const lan = host.nat === undefined ? 0 : LAN_DELAY_MS
  // Both hosts have a line, and a packet crosses both.
  const link = { delayMs: DELAY_MS - lan - jitterMs / 4, jitterMs: jitterMs / 2, loss: loss / 2 }
  return { ...host, link }
}

/** What a test plays in. */
export interface Testbed {
  readonly net: VirtualInternet
  readonly hosts: readonly VirtualHost[]
  readonly brokers: readonly VirtualBroker[]
  /** One on each host, ready to be called. */
  readonly nodes: readonly Node[]
}

/** What a testbed is made from. */
export interface TestbedOptions extends Pick<VirtualNodeOptions, 'publishLan' | 'port'> {
  /** @default 1 */
  readonly seed?: number
  /** Hosts to be, or what puts them into the Internet. */
  readonly hosts: readonly HostOptions[] | ((net: VirtualInternet) => readonly VirtualHost[])
  /** @default 1 */
  readonly brokers?: number
  /** Runs STUN servers in this family, so that nodes get to know their NATs and punch. @default none */
  readonly stun?: Family
  /** Each host dials out from this port first, so that a NAT which lets everyone in forwards it. */
  readonly map?: number
  /** The host, counted from 0, whose node speaks as a later version does. @default none */
  readonly later?: number
  /** Has its way with the brokers before nodes connect to them. */
  readonly tamper?: (net: VirtualInternet, brokers: readonly VirtualBroker[]) => void
}

/** Starts a node on each host, and ends them all when the play is over. */
export async function withNodes(
  options: TestbedOptions,
  play: (testbed: Testbed) => Promise<void>,
): Promise<void> {
  const { seed = 1, hosts: wanted, brokers: count = 1, stun, map, tamper, later, ...nodeOptions } = options
  const net = new VirtualInternet({ seed })
  const brokers = Array.from({ length: count }, () => net.broker({ delayMs: DELAY_MS }))
  tamper?.(net, brokers)
  const hosts = typeof wanted === 'function' ? wanted(net) : wanted.map((host) => net.host(host))
  await net.run(async () => {
    const servers = stun === undefined ? [] : await startStunServers(net, stun)
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
          ...nodeOptions,
        }),
      ),
    )
    try {
      await Promise.all(nodes.map((node) => node.ready()))
      // Their records are on the brokers a little later; the range of a random NAT takes longest to find out.
      await wait(net.clock, stun === undefined ? 1000 : 5000)
      await play({ net, hosts, brokers, nodes })
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  })
}

/** The two nodes of a testbed of two. */
export function pairOf({ nodes }: Testbed): readonly [Node, Node] {
  const [caller, peer] = nodes
  if (caller === undefined || peer === undefined) throw new Error('this testbed has not two nodes')
  return [caller, peer]
}

/** Lets so much virtual time pass. */
export function wait(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => void clock.at(clock.now() + durationMs, resolve))
}

/** Lets clients wait for what a network would make them wait: this many round trips to the broker, before the first word. */
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

/** A connection from a port, left open, maps it. */
async function mapPort(net: VirtualInternet, host: VirtualHost, port: number): Promise<void> {
  const { ip, network } = net.host()
  const listener = await network.listenTcp({ local: { ip, port: 80 } })
  listener.onConnection(() => {})
  await host.network.dial({ local: { ip: host.ip, port }, remote: { ip, port: 80 } })
}
