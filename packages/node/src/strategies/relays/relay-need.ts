import { planPunch } from '@p2pd/punch'
import { canSendTo } from '../../candidates/base.ts'
import type { CallContext } from '../context.ts'
import type { PeerKnowledge } from '../peer-knowledge.ts'
import { isUnpredictable } from './own-nats.ts'

/** A relay is paid for by the byte: other strategies have this time to find a path. */
const DELAY_MS = 1_000

/** Finds out when a call needs a relay, and why. */
export class RelayNeed {
  readonly #context: CallContext
  readonly #peer: PeerKnowledge
  #isNeeded = false

  constructor(context: CallContext, peer: PeerKnowledge) {
    this.#context = context
    this.#peer = peer
  }

  /** Calls back once, perhaps at once; returns the function that stops it. */
  watch(onNeeded: (cause: string) => void): () => void {
    const { node, startedAt } = this.#context
    const need = (cause: string) => {
      if (this.#isNeeded) return
      this.#isNeeded = true
      onNeeded(cause)
    }
    const known = this.#causeFromTheStart
    if (known !== undefined) need(known)
    const cancel = node.runtime.clock.at(startedAt + DELAY_MS, () => {
      need(`no other path was found within ${DELAY_MS / 1000} s`)
    })
    const stop = this.#peer.onChange(() => {
      if (this.#cannotMeet) need('the two NATs cannot meet')
      if (this.#isOutOfReach) need('the two hosts share no family of addresses')
    })
    return () => {
      this.#isNeeded = true
      cancel()
      stop()
    }
  }

  /** An allocation takes as long as the offer: where one is probable, both begin together. */
  get #causeFromTheStart(): string | undefined {
    const { node, strategies, relay } = this.#context
    if (strategies.every((name) => name === 'relay')) return 'only a relay was asked for'
    if (relay === 'early') return 'no other path was as fast'
    return isUnpredictable(node.natReports()) ? 'nobody can predict the ports of this NAT' : undefined
  }

  /** Whether no packet leads from this host to any address that the peer announces. */
  get #isOutOfReach(): boolean {
    const { isDescribed, candidates } = this.#peer
    const interfaces = this.#context.node.interfaces()
    return isDescribed && candidates.length > 0 && !candidates.some(({ ip }) => canSendTo(ip, interfaces))
  }

  /** Whether both peers have sides to punch from, and no pair of them can be punched. */
  get #cannotMeet(): boolean {
    const pairs = this.#peer.checklists.flatMap((list) => list.pairs)
    return (
      pairs.length > 0 &&
      pairs.every(({ local, remote }) => {
        const { protocol } = local
        const plan = planPunch(local.side, remote, { protocol, controlling: true, failedAttempts: 0 })
        return plan.technique === 'impossible'
      })
    )
  }
}
