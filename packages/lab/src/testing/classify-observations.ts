import type { TransportAddress } from '@p2pd/netif'
import type { Dependency } from '../nat/dependency.ts'
import type { Classification } from '../presets.ts'

/** What plain sockets saw of one protocol of a box. */
export interface Observations {
  /** An inside endpoint as seen by address 1 port 1, address 1 port 2, address 2 port 1; none: nothing got through. */
  readonly mapped: readonly (TransportAddress | undefined)[]
  readonly internal: TransportAddress
  /** External ports of `DELTA_PORTS`, each from a socket of its own. */
  readonly ports: readonly number[]
  /** After sending to address 1 port 1: did another port of address 1 get in, did address 2? */
  readonly admitsPort: boolean
  readonly admitsAddress: boolean
  /** Did a stranger reach a socket that had sent nothing? */
  readonly admitsStranger: boolean
}

/** Internal ports of the delta test: three in a row, then a leap. */
export const DELTA_PORTS = [41000, 41001, 41002, 41200]

/** Of a host that reached nobody. */
export function noObservations(internal: TransportAddress): Observations {
  return { mapped: [], internal, ports: [], admitsPort: false, admitsAddress: false, admitsStranger: false }
}

/** Puts observations in the words of the presets, by rules apart from any classifier's. */
export function classify(observations: Observations): Classification {
  const { mapped, internal } = observations
  const [first] = mapped
  if (first === undefined) return { type: 'blocked', delta: 'not-applicable' }
  if (first.ip === internal.ip)
    return { type: observations.admitsStranger ? 'open' : 'udp-firewall', delta: 'not-applicable' }
  return { type: classifyType(observations), delta: classifyDelta(observations.ports) }
}

function classifyType({ mapped, admitsPort, admitsAddress }: Observations): Classification['type'] {
  if (classifyMapping(mapped) !== 'endpoint-independent') return 'symmetric'
  if (admitsAddress) return 'full-cone'
  return admitsPort ? 'restricted' : 'port-restricted'
}

/** RFC 5780 §4.3, by hand. */
export function classifyMapping(mapped: Observations['mapped']): Dependency {
  const [first, otherPort, otherAddress] = mapped.map((address) => address && `${address.ip} ${address.port}`)
  if (first === otherAddress) return 'endpoint-independent'
  return first === otherPort ? 'address-dependent' : 'address-and-port-dependent'
}

function classifyDelta(ports: readonly number[]): Classification['delta'] {
  const steps = (values: readonly number[]) =>
    values.slice(1).map((value, i) => value - (values[i] as number))
  const [first, second, leap] = steps(ports) as [number, number, number]
  if (ports.every((port, i) => port === DELTA_PORTS[i])) return 'equal'
  if (String([first, second, leap]) === String(steps(DELTA_PORTS))) return 'preserving'
  if (first !== second) return 'random'
  return second === leap ? 'independent' : 'dependent'
}
