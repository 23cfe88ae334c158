import type { Dependency } from './dependency.ts'
import {
  type BoxBehaviour,
  type BoxSettings,
  boxBehaviourOf,
  type DeltaSetting,
  type FirewallSettings,
  type NatSettings,
  type TrafficSettings,
} from './settings.ts'

const LETTERS: Record<Dependency, string> = {
  'endpoint-independent': 'EI',
  'address-dependent': 'AD',
  'address-and-port-dependent': 'APD',
}

/** One line for tables and test names: `EI mapping, APD filtering, equal ports`. */
export function describeNat(settings: BoxSettings): string {
  switch (settings.kind) {
    case 'open':
      return 'open'
    case 'firewall':
      return describeFirewall(settings)
    default:
      return describeTranslator(settings)
  }
}

function describeFirewall({ filtering = 'address-and-port-dependent', traffic }: FirewallSettings): string {
  return [`firewall, ${LETTERS[filtering]} filtering`, ...describePassing(traffic?.passes)].join(', ')
}

function describeTranslator(settings: NatSettings): string {
  const udp = describeBehaviour(boxBehaviourOf(settings, 'udp'))
  const tcp = describeBehaviour(boxBehaviourOf(settings, 'tcp'))
  const { ports, unsolicited, traffic } = settings
  const notes = [
    ...(ports?.addresses === undefined || ports.addresses === 1 ? [] : [`${ports.addresses} addresses`]),
    ...(ports?.blockSize ? [`blocks of ${ports.blockSize}`] : []),
    ...describeSharing(settings),
    ...(unsolicited?.tcp === 'rst' ? ['RST to strangers'] : []),
    ...describePassing(traffic?.passes),
    ...(traffic?.maxUdpBytes === undefined ? [] : [`UDP up to ${traffic.maxUdpBytes} bytes`]),
  ]
  return [udp === tcp ? udp : `UDP ${udp}; TCP ${tcp}`, ...notes].join(', ')
}

function describeSharing({ ports, secondary }: NatSettings): string[] {
  return [
    ...(ports?.protocols === 'together' ? ['the same for UDP and TCP'] : []),
    ...(ports?.parity ? ['parity kept'] : []),
    ...(ports?.overloading ? ['ports overloaded'] : []),
    ...(ports?.splitAddresses ? ['other addresses for TCP'] : []),
    ...(ports?.pooling === 'arbitrary' ? ['any address'] : []),
    ...(secondary === undefined ? [] : ['another rule for busy ports']),
  ]
}

function describeBehaviour({ mapping, filtering, delta }: BoxBehaviour): string {
  return `${LETTERS[mapping]} mapping, ${LETTERS[filtering]} filtering, ${describeDelta(delta)} ports`
}

/** `equal`, `independent +1`, `random`. */
export function describeDelta({ type, value }: DeltaSetting): string {
  if (type === 'equal' || type === 'random' || value === undefined) return type
  return `${type} ${value < 0 ? '' : '+'}${value}`
}

const PASSING = { 'no-udp': 'no UDP', 'no-tcp': 'no TCP', 'web-only': 'only TCP to 80 and 443' }

function describePassing(passes: TrafficSettings['passes'] = 'everything'): string[] {
  return passes === 'everything' ? [] : [PASSING[passes]]
}
