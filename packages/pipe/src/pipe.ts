import type { ByteStream, TransportAddress } from '@p2pd/netif'
import type { Overflow } from './messages/message-queue.ts'
import type { Filter, Message } from './messages/pattern.ts'
import type { CloseListener, ErrorListener } from './messages/pipe-events.ts'
import type { Bounds } from './messages/waiters.ts'

/**
 * The transport that a pipe is opened over: `tcp`, `tls` over TCP, or `udp` for datagrams. RFC 9293, RFC 8446, RFC 768.
 */
export type OpenTransport = 'tcp' | 'tls' | 'udp'

/**
 * The carrier of the bytes of a pipe. `udx` is a reliable stream over a punched UDP path, `session` a connection that
 * changes its paths. These two names do not say whether the pipe is encrypted: the maker of the pipe knows.
 */
export type Transport = OpenTransport | 'udx' | 'session'

/** The message to wait for, and how long. */
export interface RecvOptions extends Filter, Bounds {}

/** The messages to copy into a queue of one's own, and how many may wait there. */
export interface SubscribeOptions extends Filter {
  /** Messages that may wait; 1 MiB bounds them as well. @default 1024 */
  readonly limit?: number
  /** @default 'pause' on a stream, 'drop-oldest' on datagrams, which cannot pause */
  readonly overflow?: Overflow
}

/** Messages of one kind, in the order they came. Iterating ends when the pipe closes. */
export interface Subscription extends AsyncIterable<Message> {
  /** Messages lost because the queue was full. */
  readonly dropped: number
  recv(bounds?: Bounds): Promise<Message>
  close(): void
}

/** Takes a message. While its promise is pending no other message comes: that is back-pressure. */
export type MessageHandler = (data: Uint8Array, from: TransportAddress) => unknown

/**
 * The messages of a pipe. Each goes to every subscription and handler that wants it, and to one
 * waiting `recv`. A message that none of them wants waits for the next `recv`, or for the first that subscribes.
 */
export interface MessageSource extends AsyncIterable<Message> {
  /**
   * Takes the first message that is wanted. `PIPE_TIMEOUT`, `PIPE_EMPTY`, `PIPE_CLOSED` and `PIPE_QUEUE_FULL` (of messages that
   * are not wanted) tell why not.
   */
  recv(options?: RecvOptions): Promise<Message>
  subscribe(options?: SubscribeOptions): Subscription
  /** Calls back with each message; returns what stops it. */
  onMessage(handler: MessageHandler, options?: SubscribeOptions): () => void
}

/** Two pipes that have been joined. */
export interface PipeRelay {
  /** Resolves when both pipes have closed; their `onClose` tell of errors. */
  readonly ended: Promise<void>
}

/** A way to and from one peer (a datagram pipe without `remote`: many), the same over TCP, TLS and UDP. */
export interface Pipe extends MessageSource {
  readonly transport: Transport
  readonly local: TransportAddress
  /** Missing on a datagram pipe that talks to anybody. */
  readonly remote?: TransportAddress
  readonly closed: boolean
  /**
   * Resolves when the peer has agreed to the pipe, rejects when it has not. Sending and receiving do not wait for it.
   * @default the peer agreed before there was a pipe
   */
  readonly opened?: Promise<unknown>
  /**
   * The pipe as a Duplex, with back-pressure both ways. From then on bytes are read here and no longer
   * as messages; what `recv` left unread comes first. A datagram is one chunk.
   */
  readonly stream: ByteStream
  /**
   * Resolves when the stream has room for more; `to` is for datagram pipes without `remote`. On datagram pipes it rejects with
   * `PIPE_TOO_LARGE`, or with `PIPE_QUEUE_FULL` when too many wait to be acknowledged.
   */
  send(data: Uint8Array | string, to?: TransportAddress): Promise<void>
  /** Joins two pipes, so that each sends what the other receives, until either ends. */
  relay(other: Pipe): PipeRelay
  /** Calls back exactly once, with the error unless it was a normal end; after the close too. */
  onClose(listener: CloseListener): () => void
  /** Calls back with `PIPE_CALLBACK` when a callback of this pipe threw; without a listener the console gets it. */
  onError(listener: ErrorListener): () => void
  /** Sends what is on its way, then closes; bytes not yet received are given up. */
  close(): Promise<void>
}
