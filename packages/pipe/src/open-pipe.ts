import {
  checkPort,
  checkTransportAddress,
  type Family,
  familyOf,
  parseIpRange,
  race,
  type Route,
  scopeOf,
  type TransportAddress,
} from '@p2pd/netif'
import { pipeFromUdp } from './datagrams/datagram-pipe.ts'
import { withDeadline } from './deadline.ts'
import { checked, PipeError } from './pipe-error.ts'
import type { OpenTransport, Pipe } from './pipe.ts'
import type { PipePorts } from './ports.ts'
import { securePipe } from './streams/secure.ts'
import type { TlsOptions } from './streams/secure-stream.ts'
import { pipeFromStream } from './streams/stream-pipe.ts'
import type { Bounds } from './messages/waiters.ts'

/** Where a pipe leaves from: an address, a NIC, or a route. */
export interface Source {
  readonly local?: TransportAddress
  /** Leaves through this NIC whatever the routing table says. @default the routing table's choice */
  readonly interfaceName?: string
  /** Leaves from the address of this route (`interfaceRoutes`) that suits the destination. */
  readonly route?: Route
}

/** Where a pipe goes: an address, or a name to be resolved. */
export type Destination = TransportAddress | { readonly host: string; readonly port: number }

/** The pipe to open. */
export interface OpenOptions extends Source, Bounds {
  readonly transport: OpenTransport
  /** May be left out for UDP only: the pipe then talks to anybody, by `send(data, to)`. */
  readonly dest?: Destination
  /** For transport 'tls'. @default the system's certificates, and the name in `dest` */
  readonly tls?: TlsOptions
  /** Bounds resolving, dialling and TLS together. @default 10000 */
  readonly timeoutMs?: number
}

/** The kernel would try for two minutes; people give up after ten seconds. */
const OPEN_TIMEOUT_MS = 10_000

/**
 * Opens a pipe to `dest`, or, without it, a datagram pipe that talks to anybody.
 *
 * Rejects with `PIPE_INVALID_ARGUMENT`, `PIPE_FAMILY_MISMATCH`, `PIPE_RESOLVE`, `PIPE_TIMEOUT`, `PIPE_ABORTED`, `PIPE_TLS` or
 * `PIPE_UNSUPPORTED` (TLS without `secure`). Else it is the code of the system for the address that the resolver put first:
 * `PIPE_REFUSED`, `PIPE_RESET`, `PIPE_UNREACHABLE`, `PIPE_PERMISSION` or `PIPE_SYSTEM`.
 */
export async function openPipe(options: OpenOptions, ports: PipePorts): Promise<Pipe> {
  checkOpen(options)
  const { dest, timeoutMs = OPEN_TIMEOUT_MS, signal } = options
  const to = dest === undefined ? 'anybody' : formatDestination(dest)
  const bounds = { timeoutMs, ...(signal && { signal }) }
  return withDeadline(ports.clock, bounds, `open a ${options.transport} pipe to ${to}`, async (within) => {
    if (dest === undefined) return openUdp(undefined, options, ports)
    const addresses = await addressesOf(dest, options, within, ports)
    const attempts = addresses.map((remote) => (ended: AbortSignal) => openTo(remote, options, ended, ports))
    const discard = (late: Pipe) => void late.close()
    return race(attempts, { clock: ports.clock, signal: within, discard }).catch((error: unknown) => {
      throw error instanceof AggregateError ? firstOf(error) : error
    })
  })
}

/** The error of the address that the resolver put first: the others are its substitutes. RFC 6724 §6. */
function firstOf({ errors }: AggregateError): unknown {
  return errors[0] ?? new PipeError('PIPE_RESOLVE', 'no address to try')
}

function openTo(remote: TransportAddress, options: OpenOptions, signal: AbortSignal, ports: PipePorts) {
  if (options.transport === 'udp') return openUdp(remote, options, ports)
  return openStream(remote, options, signal, ports)
}

async function openStream(
  remote: TransportAddress,
  options: OpenOptions,
  signal: AbortSignal,
  { network, ...ports }: PipePorts,
): Promise<Pipe> {
  const { transport, interfaceName, dest, tls } = options
  const local = sourceOf(options, remote)
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
  options: OpenOptions,
  { network, clock, datagramStream }: PipePorts,
): Promise<Pipe> {
  const { interfaceName } = options
  const any = { ip: remote !== undefined && familyOf(remote.ip) === 'IPv6' ? '::' : '0.0.0.0', port: 0 }
  const bind = {
    local: sourceOf(options, remote) ?? any,
    ...(interfaceName !== undefined && { interfaceName }),
  }
  const socket = await network.bindUdp(bind)
  return pipeFromUdp(socket, { ...(remote && { remote }), clock, ...(datagramStream && { datagramStream }) })
}

async function addressesOf(
  dest: Destination,
  { local, route }: OpenOptions,
  signal: AbortSignal,
  { network }: PipePorts,
): Promise<TransportAddress[]> {
  if ('ip' in dest) return [dest]
  const family: Family | undefined = local === undefined ? route?.family : familyOf(local.ip)
  const ips = await network.resolve(dest.host, { ...(family && { family }), signal })
  return ips.map((ip) => ({ ip, port: dest.port }))
}

/** The source address: the one given, or the route's first that reaches as far as the destination. */
function sourceOf({ local, route }: OpenOptions, remote?: TransportAddress): TransportAddress | undefined {
  if (local !== undefined || route === undefined) return local
  const ips = route.nicAddresses.map((address) => parseIpRange(address).at(0))
  const isOnLink = (ip: string) => scopeOf(ip) === 'link'
  const fitting = ips.find((ip) => remote !== undefined && isOnLink(ip) === isOnLink(remote.ip))
  const ip = fitting ?? ips[0]
  if (ip === undefined) throw new PipeError('PIPE_INVALID_ARGUMENT', 'the route has no address to leave from')
  return { ip, port: 0 }
}

function checkOpen({ transport, dest, local, interfaceName, route }: OpenOptions): void {
  checkTransport(transport)
  if (local !== undefined) checked(() => checkTransportAddress(local))
  if (interfaceName === '') throw new PipeError('PIPE_INVALID_ARGUMENT', 'the name of a NIC is empty')
  if (dest === undefined) {
    if (transport === 'udp') return
    throw new PipeError('PIPE_INVALID_ARGUMENT', `a ${transport} pipe needs a destination`)
  }
  if (typeof dest !== 'object')
    throw new PipeError('PIPE_INVALID_ARGUMENT', `not a destination with a port: ${String(dest)}`)
  if ('ip' in dest) checked(() => checkTransportAddress(dest))
  checked(() => checkPort(dest.port, 1))
  const family = local === undefined ? route?.family : familyOf(local.ip)
  if ('ip' in dest && family !== undefined && family !== familyOf(dest.ip)) {
    const from = local?.ip ?? `an ${family} route`
    throw new PipeError('PIPE_FAMILY_MISMATCH', `no way from ${from} to ${dest.ip}: two families`)
  }
}

/** Throws unless the transport is one of the three. */
export function checkTransport(transport: OpenTransport): void {
  if (!['tcp', 'tls', 'udp'].includes(transport)) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `no transport ${JSON.stringify(transport)}: tcp, tls or udp`)
  }
}

function formatDestination(dest: Destination): string {
  const name = 'ip' in dest ? dest.ip : dest.host
  return `${name.includes(':') ? `[${name}]` : name}:${dest.port}`
}
