import { birthdayChance } from './birthday.ts'
import type { NatReport } from './report.ts'

/**
 * How two NATs can be punched.
 *
 * - `known-mapping`: both dial the mapping that a server saw
 * - `open-then-listen`: one side opens towards the other's address and listens; the other dials its mapping
 * - `port-window`: the guessing side dials a window of predicted ports
 * - `birthday`: many sockets on one side, many guesses on the other
 * - `relay`: nothing can be guessed
 */
export type PunchTechnique = 'known-mapping' | 'open-then-listen' | 'port-window' | 'birthday' | 'relay'

/** Which side does not know the other's port. */
export type Guesser = 'neither' | 'a' | 'b' | 'both'

/** Whether and how two NATs let a connection through. */
export interface Punchability {
  readonly technique: PunchTechnique
  /** 0 to 1: how often one attempt works where nothing is lost. */
  readonly expected: number
  readonly guesser: Guesser
  /** Why there is nothing but a relay. */
  readonly reason?: string
}

/** All that matters of a NAT here: whether its next port is known, and who may answer to it. */
export type PunchClass = 'filters-by-port' | 'admits-address' | 'predictable' | 'random' | 'blocked'

type Cell = readonly [PunchTechnique, Guesser]

/** RFC 4787's mapping and filtering, pair by pair. Row: a; column: b. */
const TABLE: Readonly<
  Record<Exclude<PunchClass, 'blocked'>, Readonly<Record<Exclude<PunchClass, 'blocked'>, Cell>>>
> = {
  'filters-by-port': {
    'filters-by-port': ['known-mapping', 'neither'],
    'admits-address': ['known-mapping', 'neither'],
    predictable: ['port-window', 'a'],
    random: ['birthday', 'a'],
  },
  'admits-address': {
    'filters-by-port': ['known-mapping', 'neither'],
    'admits-address': ['known-mapping', 'neither'],
    predictable: ['open-then-listen', 'neither'],
    random: ['open-then-listen', 'neither'],
  },
  predictable: {
    'filters-by-port': ['port-window', 'b'],
    'admits-address': ['open-then-listen', 'neither'],
    predictable: ['port-window', 'both'],
    random: ['relay', 'both'],
  },
  random: {
    'filters-by-port': ['birthday', 'b'],
    'admits-address': ['open-then-listen', 'neither'],
    predictable: ['relay', 'both'],
    random: ['relay', 'both'],
  },
}

/** What a path without guessing leaves to chance. */
const KNOWN = 0.99

/** The class that a report stands for; of what is unknown the commonest. */
export function punchClassOf({ type, delta }: NatReport): PunchClass {
  switch (type) {
    case 'blocked':
      return 'blocked'
    case 'open':
    case 'full-cone':
    case 'restricted':
      return 'admits-address'
    case 'udp-firewall':
    case 'port-restricted':
      return 'filters-by-port'
    case 'symmetric':
      return delta.type === 'random' ? 'random' : 'predictable'
  }
}

/** Looks a pair of NATs up in the table. Pure, and the same from both sides. RFC 5128 §3.3, RFC 4787 §4, §5. */
export function punchable(a: NatReport, b: NatReport, protocol: 'udp' | 'tcp'): Punchability {
  const [classA, classB] = [punchClassOf(a), punchClassOf(b)]
  if (classA === 'blocked' || classB === 'blocked') {
    const who = classA === 'blocked' ? 'a' : 'b'
    return relay('neither', `${protocol.toUpperCase()} is blocked at ${who}`)
  }
  const [technique, guesser] = TABLE[classA][classB]
  if (technique === 'relay')
    return relay(guesser, 'both sides map by destination, and at least one at random')
  if (technique === 'birthday' && protocol === 'tcp')
    return relay(guesser, 'TCP cannot try as many random ports as that takes')
  const guessed = [
    ...(guesser === 'a' || guesser === 'both' ? [b] : []),
    ...(guesser === 'b' || guesser === 'both' ? [a] : []),
  ]
  const chances = guessed.map((report) => chanceOf(report, technique))
  return { technique, guesser, expected: round(chances.reduce((product, chance) => product * chance, KNOWN)) }
}

function relay(guesser: Guesser, reason: string): Punchability {
  return { technique: 'relay', expected: 0, guesser, reason }
}

/** How likely the port of this side is found. With a pool the address has to be guessed as well. */
function chanceOf(report: NatReport, technique: PunchTechnique): number {
  const addresses = Math.max(1, report.externalAddresses.length)
  if (technique !== 'birthday') return windowChance(report) / addresses
  const [low, high] = report.portRange
  return birthdayChance((high - low + 1) * addresses)
}

function windowChance({ confidence, delta }: NatReport): number {
  // A port kept may be in use; a counter's next ones are all in the window.
  return confidence * (delta.type === 'equal' || delta.type === 'preserving' ? 0.97 : 0.98)
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
