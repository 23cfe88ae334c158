import type { TcpPacket } from '../../packet.ts'

/** States of a connection. RFC 9293 §3.3.2. */
export type TcpStateName =
  | 'closed'
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'

/** Why a connection ended early. */
export type TcpFailure = 'refused' | 'reset' | 'timeout' | 'unreachable'

/** An output of the machine, for its host. */
export type TcpOutput =
  | { readonly type: 'segment'; readonly segment: TcpPacket }
  | { readonly type: 'connected' }
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** The peer will send no more. */
  | { readonly type: 'end' }
  /** Written bytes were acknowledged. */
  | { readonly type: 'progress' }
  | { readonly type: 'failed'; readonly why: TcpFailure }
