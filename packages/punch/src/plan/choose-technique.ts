import type { ImpossiblePair, Technique } from './plan.ts'
import { filtersByPort, portAssignmentOf, type PunchNat } from './punch-nat.ts'

/**
 * All that a pair depends on: whether the external port is known, and which packets the filter admits.
 *
 * A NAT that maps each peer to a new port filters by port, whatever its report says of the filter. Its answer
 * leaves from another mapping than the one that admitted the question.
 */
type NatClass = 'filters-by-port' | 'filters-by-address' | 'predictable' | 'random'

/** The decision table, for UDP and a first attempt. The columns mirror the rows. RFC 5128 §3.3, RFC 4787 §4, §5. */
const TABLE: Readonly<Record<NatClass, Readonly<Record<NatClass, Technique | 'impossible'>>>> = {
  'filters-by-port': {
    'filters-by-port': 'known-mappings',
    'filters-by-address': 'known-mappings',
    predictable: 'window',
    random: 'birthday',
  },
  'filters-by-address': {
    'filters-by-port': 'known-mappings',
    'filters-by-address': 'known-mappings',
    predictable: 'open-then-listen',
    random: 'open-then-listen',
  },
  predictable: {
    'filters-by-port': 'window',
    'filters-by-address': 'open-then-listen',
    predictable: 'window',
    random: 'impossible',
  },
  random: {
    'filters-by-port': 'birthday',
    'filters-by-address': 'open-then-listen',
    predictable: 'impossible',
    random: 'impossible',
  },
}

const BOTH_RANDOM = 'both NATs choose a random port for each peer, so neither side can guess one'
const RANDOM_AND_PREDICTABLE =
  'one NAT chooses a random port for each peer, and the other maps each peer to a port of its own'
const RANDOM_OVER_TCP = 'one NAT chooses a random port for each TCP peer, and the other filters by port'

/**
 * The technique for two NATs, or the reason why there is none. Both sides get the same answer. After the first
 * attempt the report of a filter is not believed.
 */
export function chooseTechnique(
  protocol: 'udp' | 'tcp',
  a: PunchNat,
  b: PunchNat,
  failedAttempts = 0,
): Technique | ImpossiblePair {
  if (a.type === 'blocked' || b.type === 'blocked') {
    return { reason: `one of the networks lets no ${protocol.toUpperCase()} through` }
  }
  const believed = believe(protocol, a, b)
  if (failedAttempts === 0 || believed !== 'open-then-listen') return believed
  // A technique for the stricter filter works with the reported one as well.
  const stricter = lookUp(protocol, strictClassOf(a), strictClassOf(b))
  return typeof stricter === 'object' ? believed : stricter
}

/** The technique for the filters as reported. An unknown one counts as strict, unless that rules out every technique. */
function believe(protocol: 'udp' | 'tcp', a: PunchNat, b: PunchNat): Technique | ImpossiblePair {
  const technique = lookUp(protocol, classOf(a), classOf(b))
  if (typeof technique === 'string') return technique
  return lookUp(protocol, classOf(lenient(a)), classOf(lenient(b)))
}

function lenient(nat: PunchNat): PunchNat {
  return nat.filtering === 'unknown' ? { ...nat, filtering: 'address-dependent' } : nat
}

function lookUp(protocol: 'udp' | 'tcp', a: NatClass, b: NatClass): Technique | ImpossiblePair {
  const technique = TABLE[a][b]
  // A kernel cannot dial as many ports as a search takes.
  if (technique === 'birthday' && protocol === 'tcp') return { reason: RANDOM_OVER_TCP }
  if (technique !== 'impossible') return technique
  return { reason: a === b ? BOTH_RANDOM : RANDOM_AND_PREDICTABLE }
}

function classOf(nat: PunchNat): NatClass {
  const strict = strictClassOf(nat)
  return strict === 'filters-by-port' && !filtersByPort(nat) ? 'filters-by-address' : strict
}

function strictClassOf(nat: PunchNat): Exclude<NatClass, 'filters-by-address'> {
  switch (portAssignmentOf(nat)) {
    case 'reused':
      return 'filters-by-port'
    case 'preserved':
    case 'sequential':
      return 'predictable'
    case 'random':
      return 'random'
  }
}
