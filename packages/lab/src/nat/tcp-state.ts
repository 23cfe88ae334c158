import type { Side } from '../middlebox.ts'
import type { TcpFlags } from '../packet.ts'
import type { Lifetimes } from './settings.ts'

/** What a box has seen of one TCP connection. RFC 5382 §5. */
export interface TcpState {
  readonly phase: 'opening' | 'established' | 'closed'
  /** Sides that sent a SYN: both, before anything is established. */
  readonly syn: readonly Side[]
  /** Sides that sent a FIN: after both the connection is over. */
  readonly fin: readonly Side[]
}

export const newTcpState: TcpState = { phase: 'opening', syn: [], fin: [] }

/** Follows a connection by the flags of one segment; simultaneous open is a connection like any other. */
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

/** How long a connection in this phase may be silent. */
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
