import type { StrategyName } from '../report/report.ts'
import type { PunchTerms } from '../signalling/message.ts'
import type { AnswerContext, CallContext } from './context.ts'
import type { PeerKnowledge } from './peer-knowledge.ts'

/** A way to reach a peer: the caller's half and the callee's. */
export interface Strategy {
  readonly name: StrategyName
  /** Why this call cannot use the strategy; undefined when it can. */
  unusable(call: Omit<CallContext, 'requested'>): string | undefined
  /**
   * Runs the caller's half: adds attempts to the race as soon as the knowledge of the peer allows them. Returns the
   * function that ends it.
   */
  call(call: CallContext, peer: PeerKnowledge): () => void
  /**
   * Runs the callee's half of an offer that asks for the strategy: adds attempts to the race. Resolves with the local sides for
   * the answer, each at the place of the offered side it pairs with. Without such sides the list is empty.
   */
  answer(answer: AnswerContext): Promise<PunchTerms['sides']>
}
