import { systemRandom } from '@p2pd/netif/node'
import * as acknowledged from '../datagrams/acknowledged-pipe.ts'
import type { ByteStream, UdpSocket } from '@p2pd/netif'
import * as daemon from '../servers/daemon.ts'
import * as datagram from '../datagrams/datagram-pipe.ts'
import * as server from '../servers/listen.ts'
import * as opening from '../open-pipe.ts'
import type { Pipe } from '../pipe.ts'
import type { PipePorts } from '../ports.ts'
import * as secure from '../streams/secure.ts'
import * as stream from '../streams/stream-pipe.ts'
import { openingStream } from './opening-stream.ts'
import { systemPorts } from './system-ports.ts'

/**
 * Opens a pipe to `dest`, or, without it, a datagram pipe that talks to anybody.
 *
 * Rejects with `PIPE_INVALID_ARGUMENT`, `PIPE_FAMILY_MISMATCH`, `PIPE_RESOLVE`, `PIPE_TIMEOUT`, `PIPE_ABORTED`, `PIPE_TLS`,
 * or the code of the system for the address that the resolver put first.
 */
export function openPipe(options: opening.OpenOptions, ports: PipePorts = systemPorts): Promise<Pipe> {
  return opening.openPipe(options, ports)
}

/**
 * Listens on an address. Rejects with `PIPE_INVALID_ARGUMENT`, or a code of the system, such as `PIPE_ADDRESS_IN_USE` and
 * `PIPE_ADDRESS_NOT_AVAILABLE`.
 */
export function listen(
  options: server.ListenOptions,
  ports: PipePorts = systemPorts,
): Promise<server.PipeServer> {
  return server.listen(options, ports)
}

/** Listens on all addresses of a reach, with every transport, on one port. Rejects as `listen` does. */
export function startDaemon(
  options: daemon.DaemonOptions,
  ports: PipePorts = systemPorts,
): Promise<daemon.Daemon> {
  return daemon.startDaemon(options, ports)
}

/**
 * Wraps an open pipe in TLS, and returns the pipe that carries the plain text. Rejects with `PIPE_TLS`, or with
 * `PIPE_INVALID_ARGUMENT` for a pipe that does not run over TCP.
 */
export function securePipe(
  pipe: Pipe,
  role: 'client' | 'server',
  options: Parameters<typeof secure.securePipe>[2] = {},
): Promise<Pipe> {
  return secure.securePipe(pipe, role, options, systemPorts)
}

/** Makes a pipe of a connected stream: a `net.Socket`, a `tls.TLSSocket`, any Duplex. */
export function pipeFromStream(duplex: ByteStream, options: Omit<stream.StreamPipeOptions, 'clock'>): Pipe {
  return stream.pipeFromStream(duplex, { openingStream, ...options, clock: systemPorts.clock })
}

/** Makes a pipe of a bound socket. Throws `NETIF_INVALID_ARGUMENT` when `remote.ip` is not an address. */
export function pipeFromUdp(
  socket: UdpSocket,
  options: Pick<datagram.DatagramPipeOptions, 'remote'> = {},
): Pipe {
  return datagram.pipeFromUdp(socket, { ...options, ...systemPorts })
}

/**
 * Delivers each datagram exactly once over a pipe that loses, repeats and reorders; both ends wrap theirs. Throws
 * `PIPE_INVALID_ARGUMENT` for a stream pipe, or one without a remote.
 */
export function acknowledge(
  pipe: Pipe,
  options: Pick<acknowledged.AcknowledgedOptions, 'giveUpMs'> = {},
): acknowledged.AcknowledgedPipe {
  return acknowledged.acknowledge(pipe, { ...options, clock: systemPorts.clock, random: systemRandom })
}
