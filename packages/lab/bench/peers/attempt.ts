import type { PairGroup } from './pairs.ts'
import type { SideName } from './sides.ts'
import type { SystemName } from './systems.ts'

/** The way of the bytes, by the packets that left the caller's host. */
export type Way = 'direct' | 'relayed' | 'none'

/** A cold call is the first act of a new program; a warm one comes from a program that has been idle for a while. */
export const startKinds = ['cold', 'warm'] as const
export type StartKind = (typeof startKinds)[number]

/** One call between two new processes. */
export interface Attempt {
  readonly system: SystemName
  readonly caller: SideName
  readonly callee: SideName
  readonly group: PairGroup
  readonly start: StartKind
  readonly way: Way
  /** To the first echo: from the loaded modules for a cold call, from the call for a warm one. */
  readonly firstByteMs?: number
  readonly bytesPerSecond?: number
  /** Resident memory of the caller with one connection. */
  readonly rssBytes?: number
  /** Processor time of the caller until the first echo, the import included. */
  readonly cpuMs?: number
  /** Until the modules of the caller were loaded. */
  readonly importMs?: number
  /** Why it failed. */
  readonly reason?: string
}
