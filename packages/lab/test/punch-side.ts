import type { BoxSettings, Delta } from '@p2pd/lab'
import type { Clock, Network, RandomBytes, TransportAddress, UdpSocket } from '@p2pd/netif'
import { endpointsWanted, foresightOf, type LocalSide, type PunchNat } from '@p2pd/punch'
import { getTcpMapping, getUdpMapping } from '@p2pd/stun'

export type Protocol = 'udp' | 'tcp'

/** A side with what it holds open for its punch. */
export interface PreparedSide {
  readonly side: LocalSide
  readonly sockets: readonly UdpSocket[]
  /** Closes what kept the mappings. */
  release(): void
}

/** Where a side is, and whom it may ask. */
export interface Surroundings {
  readonly clock: Clock
  readonly ip: string
  readonly network: Network
  readonly random: RandomBytes
  readonly server: TransportAddress
}

/** A report, and how many ports at a time its NAT sets aside for a host: a discovery sees that. RFC 7422. */
export interface TestNat extends PunchNat {
  readonly blockSize?: number
}

const RANGE = [1024, 65535] as const
const WIDTH = RANGE[1] - RANGE[0] + 1
/** Local ports of the sockets that a rule is applied to: others are far enough away. */
const FIRST_LOCAL_PORT = 20_000

/** What a report says of a box, for one protocol; external addresses aside. */
export function natOf(
  settings: BoxSettings,
  protocol: Protocol,
  externalAddresses: readonly string[],
): TestNat {
  const common = { portRange: RANGE, externalAddresses, delta: { type: 'not-applicable', value: 0 } } as const
  const free = 'endpoint-independent'
  const strict = 'address-and-port-dependent'
  if (settings.kind === 'open') return { ...common, type: 'open', mapping: free, filtering: free }
  if (settings.kind === 'firewall') {
    return { ...common, type: 'udp-firewall', mapping: free, filtering: settings.filtering ?? strict }
  }
  const {
    mapping,
    filtering,
    delta = { type: 'equal' } as Delta,
  } = { ...settings, ...(protocol === 'tcp' && settings.tcp) }
  const { passes = 'everything' } = settings.traffic ?? {}
  const blocked = passes === 'web-only' || (passes === 'no-udp' && protocol === 'udp')
  const { range = RANGE, blockSize = 0 } = settings.ports ?? {}
  return {
    ...common,
    type: blocked ? 'blocked' : mapping === free ? 'cone' : 'symmetric',
    mapping,
    filtering,
    delta: { type: delta.type, value: delta.value ?? (delta.type === 'equal' ? 0 : 1) },
    portRange: range,
    blockSize,
  }
}

/** Asks a server, predicts, and says what to tell the peer. */
export async function prepare(around: Surroundings, nat: TestNat, protocol: Protocol): Promise<PreparedSide> {
  const { ip, random } = around
  const port = FIRST_LOCAL_PORT + (((random(2)[0] ?? 0) << 7) % 20_000)
  const first = { ip, port }
  const side = { nat, endpoints: [], hosts: [first], locals: [first] }
  const idle = { sockets: [], release() {} }
  if (nat.type === 'blocked') return { side, ...idle }
  const wanted = endpointsWanted(nat)
  switch (foresightOf(nat)) {
    case 'known': {
      const { mapped, ...held } = await map(around, protocol, first, true)
      return { side: { ...side, endpoints: [mapped] }, ...held }
    }
    case 'exact': {
      const { mapped } = await map(around, protocol, { ...first, port: port - 2 })
      const distance = mapped.port - (port - 2)
      const locals = Array.from({ length: wanted }, (_, i) => ({ ...first, port: port + i }))
      const endpoints = locals.map((local) => ({ ...mapped, port: wrap(local.port + distance) }))
      return { side: { ...side, locals, endpoints }, ...idle }
    }
    case 'counted': {
      const { mapped } = await map(around, protocol, { ...first, port: port - 1 })
      const locals = Array.from({ length: wanted }, (_, i) => ({ ...first, port: port + i }))
      const endpoints = locals.map((_, i) => ({
        ...mapped,
        port: wrap(mapped.port + nat.delta.value * (i + 1)),
      }))
      return { side: { ...side, locals, endpoints }, ...idle }
    }
    case 'none': {
      const { mapped } = await map(around, protocol, { ...first, port: port - 1 })
      const seen = { ...nat, externalAddresses: [mapped.ip], portRange: blockOf(mapped.port, nat) }
      return { side: { ...side, nat: seen }, ...idle }
    }
  }
}

/** Maps a local port; what maps it stays open when asked to. */
async function map(
  { clock, network, random, server }: Surroundings,
  protocol: Protocol,
  local: TransportAddress,
  keep = false,
): Promise<{ mapped: TransportAddress } & Omit<PreparedSide, 'side'>> {
  const ports = { network, clock, random }
  const nothing = { sockets: [], release() {} }
  if (protocol === 'udp') {
    const { mapped, socket } = await getUdpMapping(ports, { server, local })
    if (keep) return { ...nothing, mapped, sockets: [socket] }
    socket.close()
    return { ...nothing, mapped }
  }
  const { mapped, connection } = await getTcpMapping(ports, { server, local })
  const release = () => void connection.stream.destroy()
  if (!keep) release()
  return { ...nothing, mapped, release }
}

function wrap(port: number): number {
  return RANGE[0] + ((((port - RANGE[0]) % WIDTH) + WIDTH) % WIDTH)
}

function blockOf(port: number, { blockSize = 0, portRange }: TestNat): readonly [number, number] {
  if (blockSize === 0) return portRange
  const low = port - ((port - portRange[0]) % blockSize)
  return [low, low + blockSize - 1]
}
