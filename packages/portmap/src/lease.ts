import type { Interface } from '@p2pd/netif'
import type { Conflict, FailedAttempt, Mapping, MappingTransport } from './mapping.ts'

/** The port to map. */
export interface PortRequest {
  /** The port that the program listens on. */
  readonly port: number
  readonly protocol: MappingTransport
  /** The NIC, whose gateways are asked. */
  readonly interface: Interface
  /**
   * The address of the NIC that the port is on. An IPv6 address asks for an opening in the gateway's firewall.
   * @default the first of `mappableAddresses`
   */
  readonly address?: string
  /** The external port to ask for; gateways may give another. @default the internal one */
  readonly externalPort?: number
  /** The address that a STUN server sees this NIC at, when it is known. @default unknown */
  readonly stunIp?: string
  /** Ends the lease. */
  readonly signal?: AbortSignal
}

/** Where a lease stands. */
export type LeaseState =
  /** The gateways are being asked. */
  | { readonly status: 'asking' }
  /** A gateway has granted it; `conflicts` are others' mappings that were in the way. */
  | { readonly status: 'mapped'; readonly mapping: Mapping; readonly conflicts: readonly Conflict[] }
  /** There is none now. It is asked for again from time to time, and a late answer counts. */
  | {
      readonly status: 'unmapped'
      readonly reason: UnmappedReason
      readonly failed: readonly FailedAttempt[]
      /** Whether a gateway's answer shows that another NAT stands behind it. */
      readonly doubleNat: boolean
    }
  | { readonly status: 'closed' }

/**
 * - `no-gateway`: the NIC has none, or none answered
 * - `refused`: `failed` says why
 * - `expired`: it ended before it could be renewed
 */
export type UnmappedReason = 'no-gateway' | 'refused' | 'expired'

/** A mapping that is kept until it is closed: renewed, asked for anew when it was lost, and released. */
export interface Lease {
  readonly state: LeaseState
  /** Listens for changes; returns what stops it. */
  onChange(listener: (state: LeaseState) => void): () => void
  /**
   * Tells which address a STUN server sees; the mapping is judged by it from now on. Throws `NETIF_INVALID_ARGUMENT` for
   * a malformed address.
   */
  compareWithStun(stunIp: string | undefined): void
  /** Releases the mapping; resolves within a second, whether the gateway has answered or not. It never rejects. */
  close(): Promise<void>
}
