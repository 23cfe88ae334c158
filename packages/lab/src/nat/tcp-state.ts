import type { Side } from '../middlebox.ts'
import type { TcpFlags } from '../packet.ts'
import type { Lifetimes } from './settings.ts'

/** The state of a TCP connection in a box. RFC 5382 §5. */
export interface TcpState {
  readonly phase: 'opening' | 'established' | 'closed'
  /** Sides that sent a SYN: both, in an established connection. */
  readonly syn: readonly Side[]
  /** Sides that sent a FIN: both, in a closed connection. */
  readonly fin: readonly Side[]
}

export const newTcpState: TcpState = { phase: 'opening', syn: [], fin: [] }

/** The state after a segment with these flags. A simultaneous open is a connection like any other. */
export function followTcp(state: TcpState, flags: TcpFlags, from: Side): TcpState {
  if (flags.rst) return { ...state, phase: 'closed' }
  if (flags.syn) {
    const before = state.phase === 'closed' ? newTcpState : state
    return before.syn.includes(from) ? before : { ...before, syn: [...before.syn, from] }
  }
  if (flags.fin && !state.fin.includes(from)) {
    const fin = [...state.fin, from]
    return { ...state, fin, phase: fin.length === 2 ? 'closed' : state.phase }
  }
  const handshakeDone = state.phase === 'opening' && state.syn.length === 2 && flags.ack
  return handshakeDone ? { ...state, phase: 'established' } : state
}

/** The lifetime of a connection in this state without traffic. */
export function tcpLifetime(state: TcpState, lifetimes: Lifetimes): number {
  switch (state.phase) {
    case 'opening':
      return lifetimes.halfOpenMs
    case 'established':
      return lifetimes.establishedMs
    case 'closed':
      return lifetimes.closedMs
  }
}
