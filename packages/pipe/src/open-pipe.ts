import { checkPort, checkTransportAddress, type Family, familyOf, type TransportAddress } from '@p2pd/netif'
import { pipeFromUdp } from './datagram-pipe.ts'
import { withDeadline } from './deadline.ts'
import { checked, PipeError, toPipeError } from './pipe-error.ts'
import type { Pipe, Transport } from './pipe.ts'
import type { PipePorts } from './ports.ts'
import { securePipe, type TlsOptions } from './secure.ts'
import { pipeFromStream } from './stream-pipe.ts'
import type { Bounds } from './waiters.ts'

/** Where a pipe leaves from: an address, a NIC, or both. A route of `@p2pd/netif` is one. */
export interface Source {
  readonly local?: TransportAddress
  /** Leaves through this NIC whatever the routing table says. @default the routing table's choice */
  readonly interfaceName?: string
}

/** Where a pipe goes: an address, or a name to be resolved. */
export type Destination = TransportAddress | { readonly host: string; readonly port: number }

/** What pipe to open. */
export interface OpenOptions extends Source, Bounds {
  readonly transport: Transport
  /** May be left out for UDP only: the pipe then talks to anybody, by `send(data, to)`. */
  readonly dest?: Destination
  /** For transport 'tls'. @default the system's certificates, and the name in `dest` */
  readonly tls?: TlsOptions
  /** Bounds resolving, dialling and TLS together. @default 10000 */
  readonly timeoutMs?: number
}

/** The kernel would try for two minutes; people give up after ten seconds. */
const OPEN_TIMEOUT_MS = 10_000

/** Opens a pipe to `dest`, or, without it, a datagram pipe that talks to anybody. */
export async function openPipe(options: OpenOptions, ports: PipePorts): Promise<Pipe> {
  checkOpen(options)
  const { transport, dest, timeoutMs = OPEN_TIMEOUT_MS, signal } = options
  const doing = `open a ${transport} pipe to ${dest === undefined ? 'anybody' : formatDestination(dest)}`
  const bounds = { timeoutMs, ...(signal && { signal }) }
  return withDeadline(ports.clock, bounds, doing, async (within) => {
    if (dest === undefined) return openUdp(undefined, options, ports)
    const addresses = await addressesOf(dest, options, within, ports)
    return firstThatWorks(addresses, (remote) => openTo(remote, options, within, ports), within)
  })
}

function openTo(remote: TransportAddress, options: OpenOptions, signal: AbortSignal, ports: PipePorts) {
  if (options.transport === 'udp') return openUdp(remote, options, ports)
  return openStream(remote, options, signal, ports)
}

async function openStream(
  remote: TransportAddress,
  { transport, local, interfaceName, dest, tls }: OpenOptions,
  signal: AbortSignal,
  { network, ...ports }: PipePorts,
): Promise<Pipe> {
  const source = { ...(local && { local }), ...(interfaceName !== undefined && { interfaceName }) }
  const connection = await network.dial({ remote, ...source, signal })
  const { stream } = connection
  const pipe = pipeFromStream(stream, {
    transport: 'tcp',
    local: connection.local,
    remote: connection.remote,
    clock: ports.clock,
  })
  if (transport === 'tcp') return pipe
  const serverName = dest !== undefined && 'host' in dest ? { serverName: dest.host } : {}
  return securePipe(pipe, 'client', { tls: { ...serverName, ...tls }, signal }, ports)
}

async function openUdp(
  remote: TransportAddress | undefined,
  { local, interfaceName }: OpenOptions,
  { network, clock, datagramStream }: PipePorts,
): Promise<Pipe> {
  const any = { ip: remote !== undefined && familyOf(remote.ip) === 'IPv6' ? '::' : '0.0.0.0', port: 0 }
  const bind = { local: local ?? any, ...(interfaceName !== undefined && { interfaceName }) }
  const socket = await network.bindUdp(bind)
  return pipeFromUdp(socket, { ...(remote && { remote }), clock, ...(datagramStream && { datagramStream }) })
}

async function addressesOf(
  dest: Destination,
  { local }: OpenOptions,
  signal: AbortSignal,
  { network }: PipePorts,
): Promise<TransportAddress[]> {
  if ('ip' in dest) return [dest]
  const family: Family | undefined = local && familyOf(local.ip)
  const ips = await network.resolve(dest.host, { ...(family && { family }), signal })
  return ips.map((ip) => ({ ip, port: dest.port }))
}

/** Tries the addresses of a name in the resolver's order; the last error is the one thrown. */
async function firstThatWorks(
  addresses: readonly TransportAddress[],
  open: (remote: TransportAddress) => Promise<Pipe>,
  signal: AbortSignal,
): Promise<Pipe> {
  let failure: unknown
  for (const remote of addresses) {
    try {
      return await open(remote)
    } catch (error) {
      failure = error
      if (signal.aborted) break
    }
  }
  throw toPipeError(failure, 'open the pipe')
}

function checkOpen({ transport, dest, local, interfaceName }: OpenOptions): void {
  checkTransport(transport)
  if (local !== undefined) checked(() => checkTransportAddress(local))
  if (interfaceName === '') throw new PipeError('PIPE_INVALID_ARGUMENT', 'the name of a NIC is empty')
  if (dest === undefined) {
    if (transport === 'udp') return
    throw new PipeError('PIPE_INVALID_ARGUMENT', `a ${transport} pipe needs a destination`)
  }
  if ('ip' in dest) checked(() => checkTransportAddress(dest))
  checked(() => checkPort(dest.port, 1))
  if ('ip' in dest && local !== undefined && familyOf(local.ip) !== familyOf(dest.ip)) {
    throw new PipeError('PIPE_FAMILY_MISMATCH', `no way from ${local.ip} to ${dest.ip}: two families`)
  }
}

/** Throws unless the transport is one of the three. */
export function checkTransport(transport: Transport): void {
  if (!['tcp', 'tls', 'udp'].includes(transport)) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `no transport ${JSON.stringify(transport)}: tcp, tls or udp`)
  }
}

function formatDestination(dest: Destination): string {
  const name = 'ip' in dest ? dest.ip : dest.host
  return `${name.includes(':') ? `[${name}]` : name}:${dest.port}`
}
