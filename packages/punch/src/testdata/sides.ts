import { type Dependency, portAssignmentOf, type PunchNat } from '../plan/punch-nat.ts'
import { endpointsWanted, type LocalSide } from '../plan/side.ts'

/** The 7 x 5 kinds of NAT, as reports. */
const TYPES = [
  'open',
  'udp-firewall',
  'full-cone',
  'restricted',
  'port-restricted',
  'symmetric',
  'blocked',
] as const
const DELTAS = ['equal', 'preserving', 'independent', 'dependent', 'random'] as const
export type Kind = `${(typeof TYPES)[number]}-${(typeof DELTAS)[number]}`
export const kinds = TYPES.flatMap((type) => DELTAS.map((delta): Kind => `${type}-${delta}`))

const FILTERING: Readonly<Record<string, Dependency>> = {
  open: 'endpoint-independent',
  'full-cone': 'endpoint-independent',
  restricted: 'address-dependent',
}

/** A side behind this kind of NAT, at an address of its own, with as many endpoints as an attempt wants. */
export function sideOf(kind: Kind, name: 'a' | 'b', failedAttempts = 0): LocalSide {
  const cut = kind.lastIndexOf('-')
  const [type, delta] = [kind.slice(0, cut), kind.slice(cut + 1)]
  const external = name === 'a' ? '192.0.2.1' : '198.51.100.1'
  const ip = name === 'a' ? '10.0.0.1' : '10.0.1.1'
  const nat: PunchNat = {
    type,
    mapping: type === 'symmetric' ? 'address-and-port-dependent' : 'endpoint-independent',
    filtering: FILTERING[type] ?? 'address-and-port-dependent',
    delta: { type: delta, value: delta === 'dependent' ? 5 : 1 },
    portRange: [1024, 65535],
    externalAddresses: [external],
  }
  const wanted = endpointsWanted(nat, failedAttempts)
  const locals = Array.from({ length: Math.max(1, wanted) }, (_, i) => ({ ip, port: 5000 + i }))
  const step = portAssignmentOf(nat) === 'sequential' ? nat.delta.value : 1
  const endpoints = Array.from({ length: wanted }, (_, i) => ({ ip: external, port: 40_000 + step * i }))
  return { nat, locals, hosts: locals.slice(0, 1), endpoints: type === 'blocked' ? [] : endpoints }
}
