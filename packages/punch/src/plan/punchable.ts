import { birthdayChance } from './birthday.ts'
import { chooseTechnique } from './choose-technique.ts'
import type { Technique } from './plan.ts'
import { portAssignmentOf, type PunchNat } from './punch-nat.ts'

/** A NAT, and how sure its report is. */
export interface AssessedNat extends PunchNat {
  /** 0 to 1. @default 1 */
  readonly confidence?: number
}

/** The side that has to guess the other's external port. */
export type Guesser = 'neither' | 'a' | 'b' | 'both'

/** Whether and how two NATs can be punched. */
export interface Punchability {
  /** `impossible`: the pair needs a relay. */
  readonly technique: Technique | 'impossible'
  /** 0 to 1: the share of first attempts that connect when no packet is lost. */
  readonly expected: number
  readonly guesser: Guesser
  /** Why the pair is impossible. */
  readonly reason?: string
}

/** The share of attempts that connect when neither side guesses; the rest is left to chance. */
const KNOWN_PORT_CHANCE = 0.99
/** Another host may hold the external port that a NAT preserves. */
const PRESERVED_CHANCE = 0.97
/** Other hosts may move a counter beyond the window. */
const SEQUENTIAL_CHANCE = 0.98

/** Tells whether two NATs can be punched, by the table that `planPunch` uses. Pure; b and a give the mirror image. */
export function punchable(a: AssessedNat, b: AssessedNat, protocol: 'udp' | 'tcp'): Punchability {
  const technique = chooseTechnique(protocol, a, b)
  if (typeof technique === 'object') {
    const { reason } = technique
    return { technique: 'impossible', expected: 0, guesser: guesserOf(a, b), reason }
  }
  if (technique === 'known-mappings' || technique === 'open-then-listen') {
    return { technique, expected: KNOWN_PORT_CHANCE, guesser: 'neither' }
  }
  const guessed = [a, b].filter((nat) => portAssignmentOf(nat) !== 'reused')
  const expected = guessed.reduce((product, nat) => product * chanceOf(nat, technique), KNOWN_PORT_CHANCE)
  return { technique, expected: Math.round(expected * 1000) / 1000, guesser: guesserOf(a, b) }
}

/** A side guesses when the other's NAT does not reuse the mapping. Blocked networks leave nothing to guess. */
function guesserOf(a: PunchNat, b: PunchNat): Guesser {
  if (a.type === 'blocked' || b.type === 'blocked') return 'neither'
  const [reusedA, reusedB] = [a, b].map((nat) => portAssignmentOf(nat) === 'reused')
  if (reusedA) return reusedB ? 'neither' : 'a'
  return reusedB ? 'b' : 'both'
}

/** The chance that the peer finds the port of this NAT. With a pool the peer has to guess the address as well. */
function chanceOf(nat: AssessedNat, technique: 'window' | 'birthday'): number {
  const addresses = Math.max(1, nat.externalAddresses.length)
  if (technique === 'birthday') {
    const [low, high] = nat.portRange
    return birthdayChance((high - low + 1) * addresses)
  }
  const chance = portAssignmentOf(nat) === 'preserved' ? PRESERVED_CHANCE : SEQUENTIAL_CHANCE
  return ((nat.confidence ?? 1) * chance) / addresses
}
