import type { Clock } from '@p2pd/netif'
import type { ReceiveEvent } from '../events.ts'
import type { Summary } from '../manifest/summary.ts'
import type { ConflictPolicy } from '../receiving/plan-file.ts'
import type { DecideConflict } from './folder/file-store.ts'

/** No consent, and the reason, which the sender is given. */
export interface Refusal {
  readonly refusal: string
}

/** The answer of a receiver to an offer. */
export type Consent = boolean | Refusal

/** Choices of a receiver. */
export interface ReceiveOptions {
  /** Asks the user. Nothing is written before it resolves to `true`. */
  readonly consent: (offer: Summary) => Consent | Promise<Consent>
  /** Tells transfers of several peers apart, so that each resumes its own: a node id. */
  readonly peer: string
  /** The rule for a name that another content has. @default 'rename' */
  readonly conflict?: ConflictPolicy | DecideConflict | undefined
  /**
   * Encodes names that Windows, macOS or Linux refuse, or that differ in case alone. `false` encodes control
   * characters only. @default true
   */
  readonly portableNames?: boolean | undefined
  /** Cancels the transfer; a text as its reason reaches the sender. */
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: ReceiveEvent) => void) | undefined
  /** @default the system's clock */
  readonly clock?: Clock | undefined
}
