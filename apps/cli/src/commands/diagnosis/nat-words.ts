/** The parts of a report that a line has room for. A later daemon may use words that are not known here. */
export interface NatFacts {
  readonly type: string
  readonly delta: { readonly type: string; readonly value: number }
  readonly confidence: number
}

/** The types as the page names them. RFC 4787 §4, §5. */
const TITLES: Readonly<Record<string, string>> = {
  open: 'no NAT',
  'udp-firewall': 'no NAT, a firewall',
  'full-cone': 'full cone',
  restricted: 'restricted cone',
  'port-restricted': 'port-restricted cone',
  symmetric: 'symmetric, another port for each peer',
  blocked: 'blocked',
}

/** The verdict about a NAT in a few words. A report that was not tested holds assumptions, which nobody should read as results. */
export function natWords({ type, delta, confidence }: NatFacts): string {
  if (confidence === 0) return 'unknown'
  const ports = portWords(delta)
  return `${TITLES[type] ?? 'unknown'}${ports === '' ? '' : `, external ports ${ports}`}`
}

/** The rule for the next external port; nothing where none is translated. RFC 4787 §4.2. */
function portWords({ type, value }: NatFacts['delta']): string {
  switch (type) {
    case 'not-applicable':
      return ''
    case 'equal':
      return 'the same as inside'
    case 'preserving':
      return 'at a fixed distance from those inside'
    case 'independent':
      return `each the last one ${signed(value)}`
    case 'dependent':
      return `the last one ${signed(value)} for each step inside`
    case 'random':
      return 'at random'
    default:
      return 'unknown'
  }
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`
}
