import type { NatReport } from '@p2pd/client'

/** A NAT in words. */
export interface NatWords {
  /** The verdict, in a word or two. */
  readonly title: string
  /** The meaning for calls, as a sentence. */
  readonly meaning: string
  readonly mapping: string
  readonly filtering: string
  readonly ports: string
  readonly confidence: string
}

const TITLES: Readonly<Record<string, string>> = {
  open: 'no NAT',
  'udp-firewall': 'firewall',
  'full-cone': 'full cone',
  restricted: 'restricted cone',
  'port-restricted': 'port-restricted cone',
  symmetric: 'symmetric',
  blocked: 'blocked',
}

const MEANINGS: Readonly<Record<string, string>> = {
  open: 'Peers can dial this host.',
  'udp-firewall':
    'No NAT translates the address, and a firewall lets in the answers of peers alone. Punching works.',
  'full-cone': 'Any peer gets in once a mapping is open.',
  restricted: 'A peer gets in once this host has sent to its address. Punching works.',
  'port-restricted': 'A peer gets in once this host has sent to its address and port. Punching works.',
  blocked: 'No answer came back. Calls need another protocol, or a relay.',
}

const MAPPINGS: Readonly<Record<string, string>> = {
  'endpoint-independent': 'one external port for all peers',
  'address-dependent': 'another external port for each address',
  'address-and-port-dependent': 'another external port for each peer',
}

const FILTERINGS: Readonly<Record<string, string>> = {
  'endpoint-independent': 'lets everyone in',
  'address-dependent': 'lets addresses in that were sent to',
  'address-and-port-dependent': 'lets addresses and ports in that were sent to',
}

/** Says a report in words; an unknown part is `unknown`. RFC 4787 §4, §5. */
export function natWords(report: NatReport): NatWords {
  const { type, mapping, filtering, confidence } = report
  return {
    title: TITLES[type] ?? 'unknown',
    meaning: type === 'symmetric' ? symmetricMeaning(report) : (MEANINGS[type] ?? 'Nothing is known yet.'),
    mapping: MAPPINGS[mapping] ?? 'unknown',
    filtering: FILTERINGS[filtering] ?? 'unknown',
    ports: portWords(report),
    confidence: confidenceWords(confidence),
  }
}

function symmetricMeaning({ delta }: NatReport): string {
  return delta.type === 'random'
    ? 'Each peer sees another port at random. Punching works with cones; two such NATs need a relay.'
    : 'Each peer sees another port, and the next one can be predicted. Punching works with most NATs.'
}

/** The rule for the next external port. RFC 4787 §4.2. */
function portWords({ delta }: NatReport): string {
  const { type, value } = delta
  const step = `${value > 0 ? '+' : ''}${value}`
  switch (type) {
    case 'not-applicable':
      return 'not translated'
    case 'equal':
      return 'the same as inside'
    case 'preserving':
      return 'at a fixed distance from the one inside'
    case 'independent':
      return `the last one ${step}`
    case 'dependent':
      return `the last one ${step} for each step inside`
    case 'random':
      return 'random'
    default:
      return 'unknown'
  }
}

/** A probability in words: people read "0.7" in as many ways as there are people. */
export function confidenceWords(confidence: number): string {
  const percent = `${Math.round(confidence * 100)} %`
  if (confidence >= 0.95) return `certain (${percent})`
  if (confidence >= 0.75) return `likely (${percent})`
  if (confidence >= 0.4) return `a guess (${percent})`
  return `not measured (${percent})`
}
