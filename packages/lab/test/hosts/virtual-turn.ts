import { startStunServer } from '@p2pd/infra'
import type { VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { Family } from '@p2pd/netif'
import type { TurnServer } from '@p2pd/node'
import { far } from '../connect/testbed.ts'

const [username, credential] = ['u', 'p']
/** The port of HTTPS, which every firewall lets through. */
const PORT = 443

/** The name of a server with addresses of both families. */
const NAME = 'turn.example'

/** A server that differs from the others. */
export interface VirtualTurnOptions {
  /** @default true */
  readonly relaysTcp?: boolean
  /** @default IPv4 */
  readonly families?: readonly Family[]
  /** @default half an R_d from each other host */
  readonly delayMs?: number
}

/** A TURN server in the virtual Internet. */
export interface VirtualTurn {
  readonly host: VirtualHost
  /** By these transports. */
  servers(...transports: readonly ('udp' | 'tcp')[]): TurnServer[]
  /** Allocations that are open. */
  allocations(): number
  /** Allocations that were ever made. */
  made(): number
  /** Ends it with its allocations, as a crash does. */
  kill(): Promise<void>
  restart(): Promise<void>
}

/** Starts the embedded server on a host of its own, half an R_d away from each other host. */
export async function virtualTurn(
  net: VirtualInternet,
  { relaysTcp = true, families = ['IPv4'], delayMs }: VirtualTurnOptions = {},
): Promise<VirtualTurn> {
  const host = net.host(delayMs === undefined ? far({ families }) : { families, link: { delayMs } })
  const { addresses, network: whole } = host
  net.setName(NAME, addresses)
  const open = new Opened()
  const network = counting(whole, open)
  const start = () => {
    const turn = { users: { [username]: credential }, allowPrivatePeers: true, relaysTcp }
    return startStunServer({
      hosts: addresses,
      port: PORT,
      network,
      clock: net.clock,
      random: host.random,
      turn,
    })
  }
  let server = await start()
  return {
    host,
    servers: (...transports) =>
      transports.map((transport) => ({
        uri: `turn:${families.length > 1 ? NAME : host.ip}:${PORT}?transport=${transport}`,
        username,
        credential,
      })),
    allocations: () => open.size,
    made: () => open.count,
    kill: () => server.close(),
    restart: async () => {
      server = await start()
    },
  }
}

/** The sockets that are open, and the number of all that ever were. */
class Opened extends Set<object> {
  count = 0

  override add(one: object): this {
    this.count++
    return super.add(one)
  }
}

/** Keeps the sockets and listeners of relays in a set: those at other ports than the server's. */
function counting(network: VirtualHost['network'], open: Opened) {
  const keep = (one: { readonly local: { readonly port: number }; close: () => unknown }): void => {
    if (one.local.port === PORT) return
    open.add(one)
    const close = one.close.bind(one)
    one.close = () => {
      open.delete(one)
      return close()
    }
  }
  const bindUdp: typeof network.bindUdp = async (options) => {
    const socket = await network.bindUdp(options)
    keep(socket)
    return socket
  }
  const listenTcp: typeof network.listenTcp = async (options) => {
    const listener = await network.listenTcp(options)
    keep(listener)
    return listener
  }
  const dial = network.dial.bind(network)
  return { bindUdp, listenTcp, dial, interfaces: () => network.interfaces() }
}
