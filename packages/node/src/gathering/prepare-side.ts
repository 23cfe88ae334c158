import { type DeltaType, mapTcpPort, mapUdpSocket, type NatReport, predict } from '@p2pd/nat'
import type { Clock, Network, RandomBytes, TransportAddress, UdpSocket } from '@p2pd/netif'
import { endpointsWanted, portAssignmentOf, type LocalSide, type PunchNat } from '@p2pd/punch'
import { predictRow } from './counter-row.ts'
import type { Mappings, MappingCount } from './mapping-count.ts'
import type { PreparedSide } from './prepared-side.ts'
import type { Base } from '../candidates/base.ts'

/** The ports of the host that prepare a side. */
export interface PreparePorts {
  readonly network: Pick<Network, 'dial' | 'bindUdp' | 'resolve'>
  /** The sockets that a punched UDP path is going to live on. */
  readonly bindUdp: Network['bindUdp']
  readonly clock: Clock
  readonly random: RandomBytes
  /** The mappings that this host makes; its dials are counted by the network. */
  readonly count: MappingCount
}

/** The side to prepare. */
export interface SideWanted {
  readonly base: Base
  readonly protocol: 'udp' | 'tcp'
  readonly report: NatReport
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** How often the NAT needs a packet to keep a UDP mapping. */
  readonly keepAliveMs: number
  /** Attempts before this one that failed. */
  readonly failedAttempts: number
  readonly signal?: AbortSignal
}

/** A mapping that a STUN server has seen, and the sockets that keep it. */
interface Mapped {
  readonly local: TransportAddress
  readonly external: TransportAddress
  readonly sockets: readonly UdpSocket[]
  readonly onLost: PreparedSide['onLost']
  readonly close: () => void
  /** The mappings of this host by the time of this one. */
  readonly made: Mappings
}

/** A server that takes longer is too far away. */
const MAPPING_TIMEOUT_MS = 2000

/** Below the ports that systems give out, so that a row of them is nearly always free. RFC 6335 §6. */
const FIRST_LOCAL_PORT = 16_384
const LOCAL_PORTS = 16_000

/**
 * Prepares one side of a punch: the mapping of the NAT, or a prediction of its next mappings. RFC 4787 §4.2.
 *
 * A row of sockets gets adjacent local ports that were never used before, since port assignment of NATs depends on both.
 */
export async function prepareSide(ports: PreparePorts, wanted: SideWanted): Promise<PreparedSide> {
  const { base, protocol, report, failedAttempts, keepAliveMs } = wanted
  const { ip, family } = base
  const nat = punchNatOf(report)
  const first = { ip, port: randomPort(ports.random) }
  const side: LocalSide = { nat, endpoints: [], hosts: [first], locals: [first] }
  const own: PreparedSide = {
    protocol,
    family,
    base,
    side,
    keepAliveMs,
    sockets: [],
    onLost: () => {},
    close: () => {},
  }
  if (nat.type === 'blocked') return own
  const assignment = portAssignmentOf(nat)
  const [externalIp] = nat.externalAddresses
  const row = rowFrom(first, endpointsWanted(nat, failedAttempts))
  // Nothing is translated: a server would say what is known, a round trip later.
  const isUntranslated = report.delta.type === 'not-applicable' && externalIp === ip
  if ((assignment === 'preserved' || isUntranslated) && externalIp !== undefined) {
    const endpoints = predictPreserved(report, row, externalIp)
    return { ...own, side: { ...side, locals: row, endpoints } }
  }
  if (canGuess(report)) return { ...own, side: guessSide(report, { ...side, nat }) }
  // A counter goes on from the neighbour: it is asked for right before.
  const start = assignment === 'sequential' ? { ip, port: first.port - 1 } : { ip, port: 0 }
  const { local, external, sockets, onLost, close, made } = await map(ports, wanted, start)
  const seen = {
    ...nat,
    externalAddresses: [external.ip, ...nat.externalAddresses.filter((other) => other !== external.ip)],
  }
  if (assignment === 'reused') {
    const known = { nat: seen, endpoints: [external], hosts: [local], locals: [local] }
    return { ...own, side: known, sockets, onLost, close }
  }
  close()
  if (assignment === 'random')
    return { ...own, side: { ...side, nat: { ...nat, externalAddresses: [external.ip] } } }
  const last = { internalPort: local.port, externalPort: external.port }
  const counter = { report, last, ip: external.ip, made }
  const endpoints = predictRow(counter, row)
  return { ...own, side: { ...side, nat: seen, locals: row, endpoints }, counter }
}

/** Deltas by which the external port follows from the local one. */
const FOLLOWING: readonly DeltaType[] = ['equal', 'preserving', 'not-applicable']

/** Whether the side by an assumed report needs no answer of a server, which would not come. */
export function canGuess(report: NatReport): boolean {
  if (report.assumed !== true || report.externalAddresses.length === 0) return false
  return portAssignmentOf(punchNatOf(report)) === 'random' || FOLLOWING.includes(report.delta.type)
}

/** The side as far as no server has to be asked: a port that follows from the local one, or a NAT with random ports. */
function guessSide(report: NatReport, side: LocalSide): LocalSide {
  const [externalIp] = report.externalAddresses
  if (externalIp === undefined || portAssignmentOf(side.nat) === 'random') return side
  return { ...side, endpoints: predictPreserved(report, side.hosts, externalIp) }
}

/** The ports that follow from those of the sockets. */
function predictPreserved(
  report: NatReport,
  locals: readonly TransportAddress[],
  ip: string,
): TransportAddress[] {
  return locals.flatMap(({ port: internalPort }) =>
    predict(report, [], { internalPort, count: 1 }).ports.map((port) => ({ ip, port })),
  )
}

async function map(ports: PreparePorts, wanted: SideWanted, local: TransportAddress): Promise<Mapped> {
  const { base, servers, signal } = wanted
  const nic = base.interfaceName !== undefined && { interfaceName: base.interfaceName }
  const options = { servers, timeoutMs: MAPPING_TIMEOUT_MS, ...(signal && { signal }) }
  let made = ports.count.made
  const note = () => {
    made = ports.count.made
  }
  if (wanted.protocol === 'tcp') {
    const mapping = await mapTcpPort(withDials(ports, note), { ...options, local, ...nic })
    const { external, connection } = mapping
    const onLost = (listener: () => void) => void connection.stream.once('close', listener)
    return { local: connection.local, external, sockets: [], onLost, close: () => mapping.close(), made }
  }
  const socket = await ports.bindUdp({ local, ...nic })
  try {
    const { external } = await mapUdpSocket(ports, {
      ...options,
      socket: ports.count.watchSocket(socket, note),
    })
    const at = { ip: base.ip, port: socket.local.port }
    return { local: at, external, sockets: [socket], onLost: () => {}, close: () => socket.close(), made }
  } catch (error) {
    socket.close()
    throw error
  }
}

/** The same ports; `onDial` is called after each dial. */
function withDials({ network, ...ports }: PreparePorts, onDial: () => void): PreparePorts {
  const dial: Network['dial'] = (options) => {
    const connection = network.dial(options)
    onDial()
    return connection
  }
  return {
    ...ports,
    network: {
      dial,
      bindUdp: (options) => network.bindUdp(options),
      resolve: (...name) => network.resolve(...name),
    },
  }
}

/** The part of a report that a peer has to know. */
export function punchNatOf(report: NatReport): PunchNat {
  const { type, mapping, filtering, delta, portRange, externalAddresses } = report
  return { type, mapping, filtering, delta, portRange, externalAddresses }
}

function rowFrom({ ip, port }: TransportAddress, count: number): TransportAddress[] {
  return Array.from({ length: count }, (_, index) => ({ ip, port: port + index }))
}

function randomPort(random: RandomBytes): number {
  const [high = 0, low = 0] = random(2)
  return FIRST_LOCAL_PORT + (((high << 8) | low) % LOCAL_PORTS)
}
