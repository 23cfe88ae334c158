import type { Family, InterfaceAddress, TransportAddress } from '@p2pd/netif'
import type { PipeListener } from './acceptor.ts'
import { listen, type PipeServer } from './listen.ts'
import { PipeError } from '../pipe-error.ts'
import type { ErrorListener } from '../messages/pipe-events.ts'
import type { OpenTransport } from '../pipe.ts'
import type { PipePorts } from '../ports.ts'
import type { TlsOptions } from '../streams/secure-stream.ts'

/** The addresses that a daemon listens on: every one, this machine's own, or its private networks'. */
export type Reach = 'all' | 'loopback' | 'lan'

/** The addresses, transports and callbacks of a daemon. */
export interface DaemonOptions {
  readonly reach: Reach
  /** One port for all transports and addresses; 0 takes one that is free for all. */
  readonly port: number
  readonly onPipe: PipeListener
  /** @default ['tcp', 'udp'] */
  readonly transports?: readonly OpenTransport[]
  /** For transport 'tls': key and certificate. */
  readonly tls?: TlsOptions
  /** @default the console gets it */
  readonly onError?: ErrorListener
}

/** A program that listens until it is closed. */
export interface Daemon {
  readonly port: number
  readonly servers: readonly PipeServer[]
  /** Frees the port and closes the pipes. */
  close(): Promise<void>
}

const ADDRESSES = {
  all: { IPv4: '0.0.0.0', IPv6: '::' },
  loopback: { IPv4: '127.0.0.1', IPv6: '::1' },
} as const

/** A port that the system finds free for one socket may be taken for the next; ten in a row are not. */
const PORT_TRIES = 10

/** Listens on all addresses of a reach, with every transport, on one port. Rejects as `listen` does. */
export async function startDaemon(options: DaemonOptions, ports: PipePorts): Promise<Daemon> {
  const { transports = ['tcp', 'udp'] } = options
  const ips = await addressesWithin(options.reach, ports)
  const wanted = ips.flatMap((ip) => transports.map((transport) => ({ ip, transport })))
  for (let tries = 1; ; tries++) {
    try {
      return await listenOnAll(wanted, options, ports)
    } catch (error) {
      const taken = error instanceof PipeError && error.code === 'PIPE_ADDRESS_IN_USE'
      if (!taken || options.port !== 0 || tries === PORT_TRIES) throw error
    }
  }
}

interface Wanted {
  readonly ip: string
  readonly transport: OpenTransport
}

async function listenOnAll(wanted: readonly Wanted[], options: DaemonOptions, ports: PipePorts) {
  const servers: PipeServer[] = []
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()))
  }
  try {
    for (const { ip, transport } of wanted) {
      const port = servers[0]?.local.port ?? options.port
      const server = await listenOn({ ip, port }, transport, options, ports)
      if (server === undefined) continue
      server.onPipe(options.onPipe)
      servers.push(server)
    }
    const port = servers[0]?.local.port
    if (port !== undefined) return { port, servers, close }
  } catch (error) {
    await close()
    throw error
  }
  throw new PipeError('PIPE_ADDRESS_NOT_AVAILABLE', `no address to listen on: ${options.reach}`)
}

async function listenOn(
  local: TransportAddress,
  transport: OpenTransport,
  { tls, onError }: DaemonOptions,
  ports: PipePorts,
): Promise<PipeServer | undefined> {
  try {
    return await listen({ transport, local, ...(tls && { tls }), ...(onError && { onError }) }, ports)
  } catch (error) {
    const code = error instanceof PipeError ? error.code : undefined
    // A host without this family still serves the other; one without both has got an error above.
    if (code === 'PIPE_ADDRESS_NOT_AVAILABLE') return undefined
    if (code !== 'PIPE_ADDRESS_IN_USE') throw error
    const told = `${transport} port ${local.port} of ${local.ip} is in use: is another instance running?`
    throw new PipeError('PIPE_ADDRESS_IN_USE', told, { cause: error })
  }
}

async function addressesWithin(reach: Reach, { network }: PipePorts): Promise<string[]> {
  if (reach !== 'lan') {
    const byFamily: Record<Family, string> | undefined = ADDRESSES[reach]
    if (byFamily === undefined) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', `no reach ${JSON.stringify(reach)}: all, loopback or lan`)
    }
    return [byFamily.IPv4, byFamily.IPv6]
  }
  const up = (await network.interfaces()).filter((nic) => nic.up && nic.type !== 'loopback')
  return up.flatMap((nic) => nic.addresses.filter(isLan).map((address) => withZone(address, nic.name)))
}

function isLan({ scope }: InterfaceAddress): boolean {
  return scope === 'private' || scope === 'link'
}

/** RFC 4007 §11. */
function withZone({ ip, scope, family }: InterfaceAddress, nic: string): string {
  return scope === 'link' && family === 'IPv6' ? `${ip}%${nic}` : ip
}
