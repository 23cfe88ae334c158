import type { Family } from '@p2pd/netif'
import type { IcmpError, IcmpPacket } from '../../packet.ts'

type Kind = IcmpPacket['kind']

/** Type and code of each kind, for errors that a box makes. RFC 792; RFC 4443 §3, §4. */
const NUMBERS: Record<Family, Record<Kind, readonly [type: number, code: number]>> = {
  IPv4: {
    'echo-request': [8, 0],
    'echo-reply': [0, 0],
    'host-unreachable': [3, 1],
    'port-unreachable': [3, 3],
    'administratively-prohibited': [3, 13],
    'time-exceeded': [11, 0],
  },
  IPv6: {
    'echo-request': [128, 0],
    'echo-reply': [129, 0],
    'host-unreachable': [1, 3],
    'port-unreachable': [1, 4],
    'administratively-prohibited': [1, 1],
    'time-exceeded': [3, 0],
  },
}

const UNREACHABLE_CODES: Record<Family, Readonly<Record<number, IcmpError>>> = {
  IPv4: {
    0: 'host-unreachable',
    1: 'host-unreachable',
    3: 'port-unreachable',
    9: 'administratively-prohibited',
    10: 'administratively-prohibited',
    13: 'administratively-prohibited',
  },
  IPv6: {
    0: 'host-unreachable',
    1: 'administratively-prohibited',
    3: 'host-unreachable',
    4: 'port-unreachable',
    5: 'administratively-prohibited',
    6: 'administratively-prohibited',
  },
}

/** Type and code of a kind. RFC 792; RFC 4443 §3, §4. */
export function icmpNumbers(family: Family, kind: Kind): readonly [type: number, code: number] {
  return NUMBERS[family][kind]
}

/** The kind of a type and code; undefined where lab routers do not carry it (neighbour discovery, "too big"). */
export function icmpKind(family: Family, type: number, code: number): Kind | undefined {
  const numbers = NUMBERS[family]
  if (type === numbers['echo-request'][0]) return 'echo-request'
  if (type === numbers['echo-reply'][0]) return 'echo-reply'
  if (type === numbers['time-exceeded'][0]) return 'time-exceeded'
  return type === numbers['host-unreachable'][0] ? UNREACHABLE_CODES[family][code] : undefined
}
