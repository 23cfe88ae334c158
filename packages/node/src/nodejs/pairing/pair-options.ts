import type { Introduction } from '../../pairing/introduction.ts'

/** How two programs pair. */
export interface PairOptions {
  /** URLs of the brokers: both sides need one in common. */
  readonly brokers: readonly string[]
  /** The own node id, for the other side. */
  readonly id: string
  /** The name by which this side introduces itself. @default the name of the host */
  readonly name?: string | undefined
  /** The service that this side offers, or wants to use. @default none: the two sides become contacts */
  readonly purpose?: string | undefined
  /** The code of the other side. @default this side makes one, and waits */
  readonly code?: string | undefined
  /** Called with the code when the other side may use it. */
  readonly onCode?: ((code: string) => void) | undefined
  /** Called when the other side has guessed wrong, with the number of guesses that are left. */
  readonly onWrong?: ((left: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A pairing that has succeeded. */
export interface Paired {
  /** The introduction of the other side. Its name is not escaped for a terminal. */
  readonly peer: Introduction
  /** Resolves when the brokers are closed: a lost last message is sent again until then. */
  readonly ended: Promise<void>
}
