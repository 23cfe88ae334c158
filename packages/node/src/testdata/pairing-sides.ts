import { Dice, type ManualClock } from '@p2pd/netif/testing'
import { formatNodeId } from '../identity/node-id.ts'
import { chachaSealing } from '../nodejs/pairing/sealing.ts'
import type { PairingCode } from '../pairing/code.ts'
import { GuessingSide } from '../pairing/guessing-side.ts'
import type { Introduction } from '../pairing/introduction.ts'
import type { PairingSide } from '../pairing/pairing-machine.ts'
import { type PairingBroker, runPairing } from '../pairing/run-pairing.ts'
import { WaitingSide } from '../pairing/waiting-side.ts'

export const code: PairingCode = { number: 7421, secret: 123_456 }
export const wrong: PairingCode = { number: 7421, secret: 123_457 }
export const alice: Introduction = { id: formatNodeId(new Uint8Array(32).fill(1)), name: 'alice', purpose: '' }
export const bob: Introduction = { id: formatNodeId(new Uint8Array(32).fill(2)), name: 'bob', purpose: 'files' }

export function sideOf(introduction: Introduction, seed: number, own: PairingCode = code): PairingSide {
  const dice = new Dice(seed)
  const random = (length: number) => Uint8Array.from({ length }, () => dice.below(256))
  return { code: own, introduction, random, sealing: chachaSealing }
}

/** Runs a waiting side until its code may be shown. */
export async function waiting(broker: PairingBroker, clock: ManualClock, seed = 1) {
  const wrongs: number[] = []
  let isReady = false
  const machine = new WaitingSide(sideOf(alice, seed))
  const run = {
    broker,
    clock,
    onReady: () => void (isReady = true),
    onWrong: (left: number) => void wrongs.push(left),
  }
  const result = runPairing(machine, run)
  result.catch(() => {})
  await clock.advance(600)
  return { result, wrongs, isReady }
}

export const guess = (broker: PairingBroker, clock: ManualClock, seed: number, own = code) => {
  const result = runPairing(new GuessingSide(sideOf(bob, seed, own)), { broker, clock })
  result.catch(() => {})
  return result
}
