import type { TransportAddress } from '@p2pd/netif'
import type { Packet } from '../packet.ts'
import { Mapping } from './mapping-table.ts'

/** The internal endpoint to which a box forwards an external one, on request of a host inside; undefined without one. */
export type ForwardedTo = (
  protocol: Packet['protocol'],
  external: TransportAddress,
  now: number,
) => TransportAddress | undefined

/** The connections that came in through forwarded ports. Anyone may begin one; only their packets leave by that port. */
export class PortForwarding {
  readonly #forwardedTo: ForwardedTo
  readonly #byExternal = new Map<string, Mapping>()
  readonly #byInternal = new Map<string, Mapping>()

  constructor(forwardedTo: ForwardedTo = () => undefined) {
    this.#forwardedTo = forwardedTo
  }

  /** The mapping of a packet that comes to a forwarded port. */
  fromOutside({ protocol, destination }: Packet, now: number): Mapping | undefined {
    const internal = this.#forwardedTo(protocol, destination, now)
    if (internal === undefined) return undefined
    const key = keyOf(protocol, destination)
    const before = this.#byExternal.get(key)
    if (before !== undefined && keyOf(protocol, before.internal) === keyOf(protocol, internal)) return before
    const mapping = new Mapping(protocol, internal, destination, Number.POSITIVE_INFINITY)
    this.#byExternal.set(key, mapping)
    this.#byInternal.set(keyOf(protocol, internal), mapping)
    return mapping
  }

  /** The mapping by which a remote endpoint has come in to the internal one that answers it. */
  fromInside({ protocol, source }: Packet, remote: TransportAddress, now: number): Mapping | undefined {
    const mapping = this.#byInternal.get(keyOf(protocol, source))
    return mapping?.session(remote, now) === undefined ? undefined : mapping
  }

  /** Whether a port is forwarded, and so not free for other mappings. */
  has(protocol: Packet['protocol'], external: TransportAddress, now: number): boolean {
    return this.#forwardedTo(protocol, external, now) !== undefined
  }

  clear(): void {
    this.#byExternal.clear()
    this.#byInternal.clear()
  }
}

function keyOf(protocol: Packet['protocol'], { ip, port }: TransportAddress): string {
  return `${protocol} ${ip} ${port}`
}
