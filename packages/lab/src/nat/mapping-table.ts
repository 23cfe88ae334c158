import type { TransportAddress } from '@p2pd/netif'
import type { Packet } from '../packet.ts'
import { newTcpState, type TcpState } from './tcp-state.ts'

/** Traffic between a mapping and one remote endpoint, on which filters decide. */
export interface Session {
  readonly tcp: TcpState
  readonly expiresAt: number
}

/** Interval of removing expired mappings; an expired mapping is unused before that. */
const SWEEP_MS = 10_000

/** An internal endpoint and its external endpoint. RFC 4787 §4. */
export class Mapping {
  readonly protocol: Packet['protocol']
  readonly internal: TransportAddress
  readonly external: TransportAddress
  readonly #dieAt: number
  readonly #sessions = new Map<string, Map<number, Session>>()
  #expiresAt = 0

  constructor(
    protocol: Packet['protocol'],
    internal: TransportAddress,
    external: TransportAddress,
    dieAt: number,
  ) {
    this.protocol = protocol
    this.internal = internal
    this.external = external
    this.#dieAt = dieAt
  }

  isAlive(now: number): boolean {
    return now < this.#dieAt && now < this.#expiresAt
  }

  /** The live session with a remote endpoint. */
  session({ ip, port }: TransportAddress, now: number): Session | undefined {
    const session = this.#sessions.get(ip)?.get(port)
    return session !== undefined && now < session.expiresAt ? session : undefined
  }

  /** Whether there is a live session with any port of an address. */
  hasSessionWith(ip: string, now: number): boolean {
    for (const session of this.#sessions.get(ip)?.values() ?? []) if (now < session.expiresAt) return true
    return false
  }

  /** Makes the session with a remote endpoint live until `expiresAt`. */
  keep({ ip, port }: TransportAddress, tcp: TcpState = newTcpState, expiresAt: number): void {
    let ofAddress = this.#sessions.get(ip)
    if (ofAddress === undefined) this.#sessions.set(ip, (ofAddress = new Map()))
    const before = ofAddress.get(port)?.expiresAt
    ofAddress.set(port, { tcp, expiresAt })
    if (expiresAt >= this.#expiresAt) this.#expiresAt = expiresAt
    else if (before === this.#expiresAt) this.#expiresAt = this.#latestExpiry()
  }

  /** Removes expired sessions. */
  prune(now: number): void {
    for (const [ip, ofAddress] of this.#sessions) {
      for (const [port, session] of ofAddress) if (session.expiresAt <= now) ofAddress.delete(port)
      if (ofAddress.size === 0) this.#sessions.delete(ip)
    }
  }

  #latestExpiry(): number {
    let latest = 0
    for (const ofAddress of this.#sessions.values())
      for (const { expiresAt } of ofAddress.values()) latest = Math.max(latest, expiresAt)
    return latest
  }
}

/** The mappings of a box, found from either side. With overloading an external endpoint has one for each remote key. */
export class MappingTable {
  readonly #overloading: boolean
  readonly #byInternal = new Map<string, Mapping>()
  readonly #byExternal = new Map<string, Mapping>()
  readonly #keysOf = new Map<Mapping, { readonly internal: string; readonly external: string }>()
  #sweepAt = 0

  constructor({ overloading = false }: { readonly overloading?: boolean } = {}) {
    this.#overloading = overloading
  }

  /** Finds a mapping; `remoteKey` selects among those of one internal endpoint. */
  fromInside(
    protocol: Packet['protocol'],
    internal: TransportAddress,
    remoteKey: string,
    now: number,
  ): Mapping | undefined {
    return this.#live(this.#byInternal.get(`${endpointKey(protocol, internal)} ${remoteKey}`), now)
  }

  /** Finds a mapping; `remoteKey` selects among those that share an external endpoint. */
  fromOutside(
    protocol: Packet['protocol'],
    external: TransportAddress,
    remoteKey: string,
    now: number,
  ): Mapping | undefined {
    return this.#live(this.#byExternal.get(this.#externalKey(protocol, external, remoteKey)), now)
  }

  add(mapping: Mapping, remoteKey: string): void {
    const { protocol, internal, external } = mapping
    const keys = {
      internal: `${endpointKey(protocol, internal)} ${remoteKey}`,
      external: this.#externalKey(protocol, external, remoteKey),
    }
    this.#byInternal.set(keys.internal, mapping)
    this.#byExternal.set(keys.external, mapping)
    this.#keysOf.set(mapping, keys)
  }

  /** Removes expired mappings and sessions, at most every `SWEEP_MS`. */
  sweep(now: number): void {
    if (now < this.#sweepAt) return
    this.#sweepAt = now + SWEEP_MS
    for (const mapping of this.#keysOf.keys()) {
      if (this.#live(mapping, now) !== undefined) mapping.prune(now)
    }
  }

  clear(): void {
    this.#byInternal.clear()
    this.#byExternal.clear()
    this.#keysOf.clear()
  }

  get size(): number {
    return this.#keysOf.size
  }

  #live(mapping: Mapping | undefined, now: number): Mapping | undefined {
    if (mapping === undefined || mapping.isAlive(now)) return mapping
    const keys = this.#keysOf.get(mapping)
    this.#byInternal.delete(keys?.internal ?? '')
    this.#byExternal.delete(keys?.external ?? '')
    this.#keysOf.delete(mapping)
    return undefined
  }

  #externalKey(protocol: Packet['protocol'], external: TransportAddress, remoteKey: string): string {
    const key = endpointKey(protocol, external)
    return this.#overloading ? `${key} ${remoteKey}` : key
  }
}

function endpointKey(protocol: Packet['protocol'], { ip, port }: TransportAddress): string {
  return `${protocol} ${ip} ${port}`
}
