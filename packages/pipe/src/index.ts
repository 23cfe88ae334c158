/**
 * One pipe over TCP, TLS and UDP.
 *
 * @packageDocumentation
 */
export type { PipeListener } from './acceptor.ts'
export { type AcknowledgedOptions, type AcknowledgedPipe, acknowledge } from './acknowledged-pipe.ts'
export { type Daemon, type DaemonOptions, type Reach, startDaemon } from './daemon.ts'
export {
  type DatagramEnd,
  type DatagramPipeOptions,
  type DatagramStream,
  pipeFromUdp,
} from './datagram-pipe.ts'
export { echo } from './echo.ts'
export { type ListenOptions, listen, type PipeServer } from './listen.ts'
export type { Overflow } from './message-queue.ts'
export { type Destination, type OpenOptions, openPipe, type Source } from './open-pipe.ts'
export type { Filter, Message, Pattern, TextPattern } from './pattern.ts'
export type {
  MessageHandler,
  MessageSource,
  Pipe,
  RecvOptions,
  Relay,
  SubscribeOptions,
  Subscription,
  Transport,
} from './pipe.ts'
export { PipeError, type PipeErrorCode } from './pipe-error.ts'
export type { CloseListener, ErrorListener } from './pipe-events.ts'
export type { PipePorts, StreamPorts } from './ports.ts'
export { type SecureStream, securePipe, type TlsOptions } from './secure.ts'
export { pipeFromStream, type StreamPipeOptions } from './stream-pipe.ts'
export type { Bounds } from './waiters.ts'
