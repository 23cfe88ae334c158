import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import { executeUdpPunch, type PunchPlan } from '@p2pd/punch'
import { NodeError } from '../../node-error.ts'
import type { Path } from '../../pipes/path.ts'
import { UDX_MISSING } from '../../punching/punch-attempt.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** Between two probes to a relay: a lost one costs no more. The caller's permission may come a little later than the offer. */
const REPEAT_MS = 50
/** From the offer to the peer's first packet, with an allocation of the peer's in between. */
const BOUND_MS = 8_000

/** The two ends of a UDP relay: the caller waits at its relayed address, the callee sends to it. */
export interface UdpMeeting {
  readonly isCaller: boolean
  /** The token of the offer. */
  readonly token: Uint8Array
  /** A relayed socket, which belongs to the meeting from now on. @default `local` is bound */
  readonly socket?: UdpSocket
  readonly local: TransportAddress
  readonly interfaceName?: string
  /** The relayed address of the peer; undefined where this end waits. */
  readonly remote?: TransportAddress
}

/** A stream through a relay that nobody has authenticated yet, and datagrams beside it. */
export type MetPath = Pick<Path, 'stream' | 'local' | 'datagrams'> & { readonly remote: TransportAddress }

/**
 * Meets the peer through a UDP relay, by the packets of a punch. The relay is like a NAT that keeps its mapping and
 * filters by address. Fails as a punch does; then every socket is closed. RFC 8656 §9.
 */
export async function meetByUdp(
  { network, udx, clock, random }: Runtime,
  meeting: UdpMeeting,
  signal: AbortSignal,
): Promise<MetPath> {
  if (udx === undefined) throw new NodeError('NODE_UNREACHABLE', UDX_MISSING)
  const { token, socket: given, interfaceName, isCaller } = meeting
  const ports = {
    clock,
    random,
    network: {
      bindUdp: udx.bindUdp,
      dial: network.dial.bind(network),
      listenTcp: network.listenTcp.bind(network),
    },
  }
  const sockets = given === undefined ? [] : [given]
  const nic = interfaceName === undefined ? {} : { interfaceName }
  const path = await executeUdpPunch(planOf(meeting), ports, { token, signal, sockets, ...nic })
  const { bound, remote, socket } = path
  try {
    const role = isCaller ? 'client' : 'server'
    const stream = await udx.openStream(bound, { remote, role, token, signal })
    return { stream, local: bound.local, remote, datagrams: socket }
  } catch (error) {
    socket.close()
    throw error
  }
}

function planOf({ isCaller, local, remote, socket }: UdpMeeting): PunchPlan {
  return {
    protocol: 'udp',
    technique: 'open-then-listen',
    controlling: isCaller,
    sockets: [socket?.local ?? local],
    targets: remote === undefined ? [] : [{ socket: 0, remote }],
    listener: 'none',
    confirms: false,
    timing: { startMs: 0, pacingMs: 0, repeatMs: REPEAT_MS, boundMs: BOUND_MS },
  }
}
