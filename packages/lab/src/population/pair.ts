import { createRandom } from '../random.ts'
import { type Peer, type Profile, samplePeer } from './peer.ts'

/** Two strangers, one of whom calls the other. */
export interface PeerPair {
  readonly caller: Peer
  readonly peer: Peer
  /** What everything random about their Internet is drawn from. */
  readonly seed: number
}

/** Draws a pair: the same one for a seed and a number, however many are drawn. */
export function samplePair(profile: Profile, seed: number, number: number): PeerPair {
  const random = createRandom(seed, `pair ${number}`)
  return {
    caller: samplePeer(profile, random),
    peer: samplePeer(profile, random),
    seed: Math.floor(random() * 2 ** 31),
  }
}
