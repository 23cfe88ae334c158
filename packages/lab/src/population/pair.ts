import { createRandom } from '../random.ts'
import { type Peer, type Profile, samplePeer } from './peer.ts'

/** Two peers of the population; the first calls the second. */
export interface PeerPair {
  readonly caller: Peer
  readonly peer: Peer
  /** The seed of their Internet. */
  readonly seed: number
}

/** Draws a pair, which depends only on the seed and its number. */
export function samplePair(profile: Profile, seed: number, number: number): PeerPair {
  const random = createRandom(seed, `pair ${number}`)
  return {
    caller: samplePeer(profile, random),
    peer: samplePeer(profile, random),
    seed: Math.floor(random() * 2 ** 31),
  }
}
