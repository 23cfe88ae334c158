import type { TransportAddress } from '@p2pd/netif'
import type { Dependency } from '../nat/dependency.ts'
import type { Classification } from '../preset.ts'

/** The observations of plain sockets about one protocol of a box. */
export interface Observations {
  /** The endpoint seen by address 1 port 1, address 1 port 2, address 2 port 1; undefined: nothing got through. */
  readonly mapped: readonly (TransportAddress | undefined)[]
  readonly internal: TransportAddress
  /** External ports of `DELTA_PORTS`, each from a new socket. */
  readonly ports: readonly number[]
  /** After sending to address 1 port 1: whether another port of address 1 gets in, and whether address 2 does. */
  readonly admitsPort: boolean
  readonly admitsAddress: boolean
  /** Whether a stranger reaches a socket that has sent nothing. */
  readonly admitsStranger: boolean
}

/** Internal ports of the delta test: three neighbours, then one far away. */
export const DELTA_PORTS = [41000, 41001, 41002, 41200]

/** The observations of a host that reached no server. */
export function noObservations(internal: TransportAddress): Observations {
  return { mapped: [], internal, ports: [], admitsPort: false, admitsAddress: false, admitsStranger: false }
}

/** Classifies observations as the presets do, independently of the classifier of `@p2pd/nat`. */
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

/** The mapping by a plain form of RFC 5780 §4.3. */
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
