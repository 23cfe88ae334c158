import type { Clock, Network, RandomBytes, TransportAddress, UdpSocket } from '@p2pd/netif'
import { endpointsWanted, portAssignmentOf, type LocalSide, type PunchNat } from '@p2pd/punch'
import { getTcpMapping, getUdpMapping } from '@p2pd/stun'
import { portRows } from './port-rows.ts'

/** The host of a side, and its STUN server. */
export interface CallHost {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly ip: string
  readonly network: Network
  /** A STUN server of the same family. */
  readonly server: TransportAddress
  /** Gives unused local ports, on hosts that punch more than once. @default drawn */
  readonly takePorts?: () => number
}

/** The knowledge of a side about its NAT. */
export interface SideNat extends PunchNat {
  /** One host gets several external addresses at a time. RFC 4787 §4.1. */
  readonly pooledAddresses?: boolean
  /** Ports in a block that the NAT assigns to a host. RFC 7422. @default 0, no blocks */
  readonly blockSize?: number
}

/** A side with the sockets that it holds for its punch. */
export interface PreparedSide {
  readonly side: LocalSide
  readonly sockets: readonly UdpSocket[]
  /** Closes the sockets and connections that keep the mappings. */
  release(): void
}

/** Fetches a mapping, predicts ports, and returns the description for the peer. */
export async function prepareSide(
  host: CallHost,
  nat: SideNat,
  protocol: 'udp' | 'tcp',
): Promise<PreparedSide> {
  const { takePorts = portRows(host.random) } = host
  const first = { ip: host.ip, port: takePorts() }
  const side = { nat, endpoints: [], hosts: [first], locals: [first] }
  const idle = { sockets: [], release() {} }
  if (nat.type === 'blocked') return { side, ...idle }
  const row = Array.from({ length: endpointsWanted(nat) }, (_, i) => ({ ...first, port: first.port + i }))
  const mapNear = (distance: number) => mapOnce(host, protocol, { ...first, port: first.port - distance })
  switch (portAssignmentOf(nat)) {
    case 'reused': {
      const { mapped, ...held } = await holdMapping(host, protocol, first)
      return { side: { ...side, endpoints: [mapped] }, ...held }
    }
    case 'preserved': {
      const mapped = await mapNear(2)
      const endpoints = row.map((_, i) => ({ ...mapped, port: wrap(mapped.port + 2 + i, nat) }))
      return { side: { ...side, locals: row, endpoints }, ...idle }
    }
    case 'sequential': {
      const mapped = await mapNear(1)
      const step = nat.delta.value
      const endpoints = row.map((_, i) => ({ ...mapped, port: wrap(mapped.port + step * (i + 1), nat) }))
      return { side: { ...side, locals: row, endpoints }, ...idle }
    }
    case 'random': {
      const mapped = await mapNear(1)
      const externalAddresses = nat.pooledAddresses ? nat.externalAddresses : [mapped.ip]
      const seen = { ...nat, externalAddresses, portRange: blockOf(mapped.port, nat) }
      return { side: { ...side, nat: seen }, ...idle }
    }
  }
}

type Mapping = Omit<PreparedSide, 'side'> & { readonly mapped: TransportAddress }

/** Maps a local port and keeps its socket or connection open. */
async function holdMapping(
  { clock, network, random, server }: CallHost,
  protocol: 'udp' | 'tcp',
  local: TransportAddress,
): Promise<Mapping> {
  const ports = { network, clock, random }
  if (protocol === 'udp') {
    const { mapped, socket } = await getUdpMapping(ports, { server, local })
    return { mapped, sockets: [socket], release: () => socket.close() }
  }
  const { mapped, connection } = await getTcpMapping(ports, { server, local })
  return { mapped, sockets: [], release: () => void connection.stream.destroy() }
}

async function mapOnce(
  host: CallHost,
  protocol: 'udp' | 'tcp',
  local: TransportAddress,
): Promise<TransportAddress> {
  const { mapped, release } = await holdMapping(host, protocol, local)
  release()
  return mapped
}

/** Wraps a port that is outside the range: the first port follows the last. */
function wrap(port: number, { portRange: [low, high] }: SideNat): number {
  const width = high - low + 1
  return low + ((((port - low) % width) + width) % width)
}

function blockOf(port: number, { blockSize = 0, portRange }: SideNat): readonly [number, number] {
  if (blockSize === 0) return portRange
  const low = port - ((port - portRange[0]) % blockSize)
  return [low, low + blockSize - 1]
}
