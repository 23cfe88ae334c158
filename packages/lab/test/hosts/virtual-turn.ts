import { startStunServer } from '@p2pd/infra'
import type { VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { TurnServer } from '@p2pd/node'
import { far } from '../connect/testbed.ts'

const [username, credential] = ['u', 'p']
/** The port of HTTPS, which every firewall lets through. */
const PORT = 443

/** A TURN server in the virtual Internet. */
export interface VirtualTurn {
  readonly host: VirtualHost
  /** By these transports. */
  servers(...transports: readonly ('udp' | 'tcp')[]): TurnServer[]
  /** Ends it with its allocations, as a crash does. */
  kill(): Promise<void>
  restart(): Promise<void>
}

/** Starts the embedded server on a host of its own, half an R_d away from each other host. */
export async function virtualTurn(
  net: VirtualInternet,
  { relaysTcp = true }: { readonly relaysTcp?: boolean } = {},
): Promise<VirtualTurn> {
  const host = net.host(far())
  const { ip, network: whole } = host
  const start = () => {
    const network = { ...portsOf(whole), interfaces: () => whole.interfaces() }
    const turn = { users: { [username]: credential }, allowPrivatePeers: true, relaysTcp }
    return startStunServer({ hosts: [ip], port: PORT, network, clock: net.clock, random: host.random, turn })
  }
  let server = await start()
  return {
    host,
    servers: (...transports) =>
      transports.map((transport) => ({
        uri: `turn:${ip}:${PORT}?transport=${transport}`,
        username,
        credential,
      })),
    kill: () => server.close(),
    restart: async () => {
      server = await start()
    },
  }
}

function portsOf(network: VirtualHost['network']) {
  return {
    bindUdp: network.bindUdp.bind(network),
    dial: network.dial.bind(network),
    listenTcp: network.listenTcp.bind(network),
  }
}
