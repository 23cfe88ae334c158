import type { Gateway, Interface, InterfaceAddress } from './interface.ts'
import type { Family } from '../ip/family.ts'

/** A change between two readings of the NICs. */
export type InterfaceChange =
  | { readonly type: 'up' | 'down'; readonly interface: string }
  | {
      readonly type: 'address-added' | 'address-removed'
      readonly interface: string
      readonly address: InterfaceAddress
    }
  | {
      readonly type: 'gateway-changed'
      readonly interface: string
      readonly family: Family
      readonly before: readonly Gateway[]
      readonly after: readonly Gateway[]
    }
  | {
      readonly type: 'default-changed'
      readonly family: Family
      /** The default NIC's name; undefined when there is none. */
      readonly before: string | undefined
      readonly after: string | undefined
    }

const FAMILIES = ['IPv4', 'IPv6'] as const

/**
 * Compares two readings of the NICs. A NIC that appeared counts as down and empty before; one that went is so
 * now. Losses come before gains, NIC by NIC, and the defaults come last.
 */
export function diffInterfaces(before: readonly Interface[], after: readonly Interface[]): InterfaceChange[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  const pairs = names.map((name) => [find(before, name), find(after, name), name] as const)
  return [
    ...pairs.flatMap(([old, now, name]) => diffLost(name, old, now)),
    ...pairs.flatMap(([old, now, name]) => diffWon(name, old, now)),
    ...FAMILIES.flatMap((family) => diffDefault(family, before, after)),
  ]
}

function find(nics: readonly Interface[], wanted: string): Interface | undefined {
  return nics.find(({ name }) => name === wanted)
}

function diffLost(name: string, old: Interface | undefined, now: Interface | undefined): InterfaceChange[] {
  return [
    ...missing(old, now).map((address) => ({ type: 'address-removed', interface: name, address }) as const),
    ...(old?.up && !now?.up ? [{ type: 'down', interface: name } as const] : []),
  ]
}

function diffWon(name: string, old: Interface | undefined, now: Interface | undefined): InterfaceChange[] {
  return [
    ...(now?.up && !old?.up ? [{ type: 'up', interface: name } as const] : []),
    ...missing(now, old).map((address) => ({ type: 'address-added', interface: name, address }) as const),
    ...FAMILIES.flatMap((family) => diffGateways(name, family, old, now)),
  ]
}

/** The addresses of `from` that `other` lacks; another prefix length makes another address. */
function missing(from: Interface | undefined, other: Interface | undefined): InterfaceAddress[] {
  const known = new Set(other?.addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`))
  return from?.addresses.filter(({ ip, prefixLength }) => !known.has(`${ip}/${prefixLength}`)) ?? []
}

function diffGateways(
  name: string,
  family: Family,
  old: Interface | undefined,
  now: Interface | undefined,
): InterfaceChange[] {
  const [before, after] = [gatewaysOf(old, family), gatewaysOf(now, family)]
  const same = before.length === after.length && before.every((one, i) => sameGateway(one, after[i]))
  return same ? [] : [{ type: 'gateway-changed', interface: name, family, before, after }]
}

function gatewaysOf(nic: Interface | undefined, family: Family): Gateway[] {
  return nic?.gateways.filter((gateway) => gateway.family === family) ?? []
}

function sameGateway(a: Gateway, b: Gateway | undefined): boolean {
  return a.ip === b?.ip && a.metric === b.metric
}

function diffDefault(
  family: Family,
  nicsBefore: readonly Interface[],
  nicsAfter: readonly Interface[],
): InterfaceChange[] {
  const before = nicsBefore.find((nic) => nic.default[family])?.name
  const after = nicsAfter.find((nic) => nic.default[family])?.name
  return before === after ? [] : [{ type: 'default-changed', family, before, after }]
}
