import { Socket, type SocketConstructorOpts, type TcpNetConnectOpts } from 'node:net'
import { NetifError } from '../../netif-error.ts'
import type { DialOptions, TcpConnection } from '../../tcp.ts'
import { familyOf } from '../../ip/family.ts'
import {
  checkPort,
  checkTransportAddress,
  formatTransportAddress,
  type TransportAddress,
} from '../../ip/transport-address.ts'
import { openNicSocket, reachesItself } from './nic-socket.ts'
import { translateOsError } from './os-error.ts'
import { sourceAddress } from './source-address.ts'
import { discard, toConnection } from './tcp-connection.ts'

const NO_SOURCE = 'this host has no free port, or no address of the family, to dial from'

/** Dials one address once. No racing of families, no delay of small writes (RFC 9293 §3.7.4). */
export async function dialTcp(options: DialOptions): Promise<TcpConnection> {
  const doing = describe(options)
  const { interfaceName: nic, remote, signal } = options
  const source = sourceOf(options)
  const tied = nic !== undefined && source !== undefined && !reachesItself(remote.ip)
  const fd = tied ? await openNicSocket('tcp', source, nic) : undefined
  // Half-open, so that the end of the peer's data does not end ours (RFC 9293 §3.6).
  const socket = new Socket({ allowHalfOpen: true, ...(fd !== undefined && { fd }) } as SocketConstructorOpts)
  if (signal?.aborted) {
    discard(socket) // With it the descriptor.
    throw aborted(signal, doing)
  }
  socket.setNoDelay(true)
  socket.connect({
    host: remote.ip,
    port: remote.port,
    autoSelectFamily: false,
    ...(fd === undefined && source !== undefined && { localAddress: source.ip, localPort: source.port }),
  } as TcpNetConnectOpts)
  await connected(socket, doing, source === undefined, signal)
  // A peer that resets at once leaves a socket without addresses. Its stream ends; the addresses are those of the dial.
  return toConnection(socket) ?? { local: source ?? anyAddress(remote), remote, stream: socket }
}

/** `isFree`: the system chooses address and port. */
function connected(socket: Socket, doing: string, isFree: boolean, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal?.removeEventListener('abort', abort)
      socket.off('error', fail)
      socket.off('connect', succeed)
    }
    const giveUp = (error: NetifError) => {
      settle()
      discard(socket)
      reject(error)
    }
    const abort = () => giveUp(aborted(signal, doing))
    const fail = (error: unknown) => giveUp(explained(translateOsError(error, doing), isFree))
    const succeed = () => {
      settle()
      resolve()
    }
    signal?.addEventListener('abort', abort)
    socket.on('error', fail)
    socket.on('connect', succeed)
  })
}

/** Names the lack of a source, which the code of the system does not. A closed connection holds its port for a minute. */
function explained(error: NetifError, isFree: boolean): NetifError {
  if (!isFree || error.code !== 'NETIF_ADDRESS_NOT_AVAILABLE') return error
  return new NetifError(error.code, `${error.message}: ${NO_SOURCE}`, { cause: error.cause })
}

/** The address to dial from; undefined leaves it to the system. */
function sourceOf({ remote, local, interfaceName }: DialOptions): TransportAddress | undefined {
  checkTransportAddress(remote)
  checkPort(remote.port, 1)
  if (local === undefined && interfaceName === undefined) return undefined
  const source = sourceAddress({
    local: local ?? anyAddress(remote),
    ...(interfaceName !== undefined && { interfaceName }),
  })
  if (familyOf(source.ip) !== familyOf(remote.ip)) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `cannot dial ${remote.ip} from ${source.ip}: two families`)
  }
  return source
}

function anyAddress({ ip }: TransportAddress): TransportAddress {
  return { ip: familyOf(ip) === 'IPv6' ? '::' : '0.0.0.0', port: 0 }
}

function describe({ remote, local }: DialOptions): string {
  const from = local === undefined ? '' : ` from ${formatTransportAddress(local)}`
  return `connect to ${formatTransportAddress(remote)}${from}`
}

function aborted(signal: AbortSignal | undefined, doing: string): NetifError {
  return new NetifError('NETIF_ABORTED', `gave up: ${doing}`, { cause: signal?.reason })
}
