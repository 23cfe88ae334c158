import { startStunServer, type StunServer } from '@p2pd/infra'
import { type Family, sleep } from '@p2pd/netif'
import { accessLink } from '../punching/conditions.ts'
import { STUN_PORT } from '../punching/stun-address.ts'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import { VirtualInternet } from '../virtual/virtual-internet.ts'
import type { PeerPair } from './pair.ts'
import type { Peer } from './peer.ts'

/** A pair in its own Internet. Building it again gives the same addresses. */
export interface PairInternet {
  readonly net: VirtualInternet
  readonly caller: VirtualHost
  readonly peer: VirtualHost
  /** Hosts on which `withStun` runs STUN servers; the first has two addresses. RFC 5780. */
  readonly servers: readonly VirtualHost[]
}

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6']

/** The port that the routers of homes have mapped, where they do so on request. */
export const MAPPED_PORT = 12_001

/** The number of addresses of each STUN server. Discovery needs several servers to compare them. */
const SERVER_ADDRESSES = [2, 1]

export function buildPair({ caller, peer, seed }: PeerPair): PairInternet {
  const net = new VirtualInternet({ seed })
  const servers = SERVER_ADDRESSES.map((addresses) => net.host({ families: FAMILIES, addresses }))
  return { net, servers, caller: addHost(net, caller), peer: addHost(net, peer) }
}

/** Runs work in virtual time while the servers are up. */
export function withStun<Result>(
  { net, servers }: PairInternet,
  work: (stun: readonly StunServer[]) => Promise<Result>,
): Promise<Result> {
  return net.run(async () => {
    const stun = await Promise.all(
      servers.map(({ addresses, network }) =>
        startStunServer({ hosts: addresses, port: STUN_PORT, network, clock: net.clock }),
      ),
    )
    try {
      return await work(stun)
    } finally {
      for (const server of stun) await server.close()
      // Streams report their end after a moment.
      await sleep(net.clock, 1)
    }
  })
}

function addHost(net: VirtualInternet, { settings, inner, link, portMapping }: Peer): VirtualHost {
  const outer = net.box(settings, { link: { ...accessLink, ...link } })
  const home = inner === undefined ? outer : net.box(inner, { behind: outer })
  const host = net.host({ behind: home, families: FAMILIES })
  // The router has mapped the port on which the host listens, whatever protocol it was asked by.
  if (portMapping.length > 0) {
    home.forwardedTo = (protocol, { port }) =>
      protocol === 'tcp' && port === MAPPED_PORT ? { ip: host.ip, port } : undefined
  }
  return host
}
