/**
 * One pipe over TCP, TLS and UDP, client and server, IPv4 and IPv6. Send, receive by pattern and sender,
 * subscribe, iterate, relay, or use it as a Duplex.
 *
 * A pipe adds nothing to the bytes. Messages of a stream are chunks as they arrive. Messages of a datagram
 * pipe are datagrams; `acknowledge`, which both ends must ask for, is the one exception. A pipe neither
 * authenticates peers by node id nor gets through NATs; `@p2pd/node` does. This entry takes network
 * and clock as arguments; `@p2pd/pipe/node` has the same functions for the machine that it runs on.
 *
 * @example
 * ```ts
 * import { echo } from '@p2pd/pipe'
 * import { listen, openPipe } from '@p2pd/pipe/node'
 *
 * const server = await listen({ transport: 'tcp', local: { ip: '::1', port: 0 } })
 * server.onPipe(echo)
 * const pipe = await openPipe({ transport: 'tcp', dest: server.local })
 * await pipe.send('hello')
 * const { data } = await pipe.recv({ match: /hello/, timeoutMs: 1000 })
 * await pipe.close()
 * await server.close()
 * ```
 *
 * RFC 768, 862, 6298, 8085, 8305, 8446, 9293.
 *
 * @packageDocumentation
 */
export type { PipeListener } from './servers/acceptor.ts'
export {
  type AcknowledgedOptions,
  type AcknowledgedPipe,
  acknowledge,
} from './datagrams/acknowledged-pipe.ts'
export { type Daemon, type DaemonOptions, type Reach, startDaemon } from './servers/daemon.ts'
export {
  type DatagramEnd,
  type DatagramPipeOptions,
  type DatagramStream,
  pipeFromUdp,
} from './datagrams/datagram-pipe.ts'
export { echo } from './servers/echo.ts'
export { type ListenOptions, listen, type PipeServer } from './servers/listen.ts'
export type { Overflow } from './messages/message-queue.ts'
export { type Destination, type OpenOptions, openPipe, type Source } from './open-pipe.ts'
export type { Filter, Message, Pattern, TextPattern } from './messages/pattern.ts'
export type {
  MessageHandler,
  MessageSource,
  OpenTransport,
  Pipe,
  RecvOptions,
  PipeRelay,
  SubscribeOptions,
  Subscription,
  Transport,
} from './pipe.ts'
export { type FromNetif, PipeError, type PipeErrorCode } from './pipe-error.ts'
export type { CloseListener, ErrorListener } from './messages/pipe-events.ts'
export type { PipePorts, StreamPorts } from './ports.ts'
export { securePipe } from './streams/secure.ts'
export type { SecureStream, TlsOptions } from './streams/secure-stream.ts'
export { type OpeningStream, pipeFromStream, type StreamPipeOptions } from './streams/stream-pipe.ts'
export type { Bounds } from './messages/waiters.ts'
