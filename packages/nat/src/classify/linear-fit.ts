import type { Allocation } from './allocations.ts'

/** External port = internal port + `offset`, folded every `modulus` ports; 0 for never. */
export interface LinearRule {
  readonly offset: number
  readonly modulus: number
}

/** Width of the default range: a NAT that adds a constant folds there. RFC 4787 §4.2.1. */
const WHOLE_WIDTH = 64512

/** Carriers assign blocks of 512 ports and more; a smaller modulus is a coincidence. */
const MIN_MODULUS = 256

/** Enough to find a rule; the search takes the cube of this. */
const MAX_CLUES = 6

/** All clues may by chance lie several turns apart. */
const TURNS = [1, 2, 3, 4]

/** The rules that some of the points suggest: equal, constant distance, either of them folded. */
export function linearRules(points: readonly Allocation[]): LinearRule[] {
  const offsets = points.map(({ internalPort, externalPort }) => externalPort - internalPort)
  const clues = [...new Set(offsets)].slice(0, MAX_CLUES)
  const moduli = new Set([0, WHOLE_WIDTH])
  const differences = clues.flatMap((a, i) => [a, ...clues.slice(i + 1).map((b) => b - a)]).map(Math.abs)
  for (const a of differences) {
    for (const b of differences) {
      const common = greatestCommonDivisor(a, b)
      for (const modulus of TURNS.map((turns) => common / turns))
        if (Number.isInteger(modulus) && modulus >= MIN_MODULUS && modulus < WHOLE_WIDTH) moduli.add(modulus)
    }
  }
  return [0, ...clues].flatMap((offset) => [...moduli].map((modulus) => ({ offset, modulus })))
}

/** Whether a point obeys a rule. */
export function obeys({ internalPort, externalPort }: Allocation, { offset, modulus }: LinearRule): boolean {
  const off = externalPort - internalPort - offset
  return modulus === 0 ? off === 0 : off % modulus === 0
}

/** Whether the points' external ports lie within one turn of the rule. */
export function withinOneTurn(points: readonly Allocation[], { modulus }: LinearRule): boolean {
  if (modulus === 0) return true
  const ports = points.map(({ externalPort }) => externalPort)
  return Math.max(...ports) - Math.min(...ports) < modulus
}

/** Whether the modulus costs no guess: the rule does not fold, or folds at the usual end. */
export function isUsualModulus({ modulus }: LinearRule): boolean {
  return modulus === 0 || modulus === WHOLE_WIDTH
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
