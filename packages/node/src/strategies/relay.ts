import { answerRelay } from './relays/callee-relay.ts'
import { CallerRelay } from './relays/caller-relay.ts'
import type { Strategy } from './strategy.ts'

/**
 * Strategy `relay`: the caller allocates a relayed address and offers it to the peer alone. The callee dials a TCP relay, and
 * sends to a UDP relay, on which a udx stream runs. The caller is still the TLS client. The server sees ciphertext, both
 * addresses and the times. RFC 8656, RFC 6062.
 */
export const relay: Strategy = {
  name: 'relay',
  unusable: ({ node, offerer, paths }) => {
    if (paths.reach === 'lan') return 'only paths inside this network are wanted'
    if (!node.relays?.isUsable) return 'name a TURN server in the servers file'
    return offerer === undefined ? 'the peer learns of a relay by signalling' : undefined
  },
  call(context, peer) {
    const reason = relay.unusable(context)
    if (reason === undefined) return new CallerRelay(context, peer).start()
    context.race.skip('relay', reason)
    return () => {}
  },
  async answer(context) {
    await answerRelay(context)
    return []
  },
}
