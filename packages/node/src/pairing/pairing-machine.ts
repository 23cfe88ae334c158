import type { RandomBytes } from '@p2pd/netif'
import type { NodeError } from '../node-error.ts'
import type { PairingCode } from './code.ts'
import type { Introduction } from './introduction.ts'
import type { Sealing } from './pairing-keys.ts'

/** An action that a side of a pairing asks its driver for. */
export type PairingOutput =
  | {
      readonly type: 'publish'
      readonly topic: string
      readonly payload: Uint8Array
      readonly retain?: boolean
    }
  | { readonly type: 'wake'; readonly at: number }
  /** The number is ours: the code may be shown. */
  | { readonly type: 'ready' }
  /** Somebody guessed wrong; so many guesses are left. */
  | { readonly type: 'wrong'; readonly left: number }
  /** Both sides have the same code. */
  | { readonly type: 'done'; readonly peer: Introduction }
  | { readonly type: 'fail'; readonly error: NodeError }

/** One side of a pairing, without I/O. */
export interface PairingMachine {
  /** Topics whose messages the side wants. */
  readonly topics: readonly string[]
  wake(now: number): PairingOutput[]
  receive(topic: string, payload: Uint8Array, now: number): PairingOutput[]
  /** The user ends the side: what it holds at the brokers is freed. */
  abort(): PairingOutput[]
}

/** The parts of a side. */
export interface PairingSide {
  readonly code: PairingCode
  readonly introduction: Introduction
  readonly random: RandomBytes
  readonly sealing: Sealing
}
