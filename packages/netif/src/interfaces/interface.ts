import type { Family } from '../ip/family.ts'

/** The type of a NIC, as far as the system reports it. */
export type InterfaceType = 'ethernet' | 'wifi' | 'mobile' | 'vpn' | 'bridge' | 'loopback' | 'virtual'

/** How far an address reaches. RFC 4007 §4, RFC 1918, RFC 4193, RFC 6598. */
export type Scope = 'host' | 'link' | 'private' | 'global'

/** An address of a NIC. */
export interface InterfaceAddress {
  readonly family: Family
  /** Without prefix length and without scope: `192.168.1.5`, `fe80::1`. */
  readonly ip: string
  readonly prefixLength: number
  readonly scope: Scope
  /** A privacy address that the system will replace. RFC 8981. */
  readonly temporary: boolean
  /** Still valid, but not to be used for new connections. RFC 4862 §5.5.4. */
  readonly deprecated: boolean
}

/** A router that a NIC reaches the rest of the world through. */
export interface Gateway {
  readonly family: Family
  readonly ip: string
  /** The system prefers the lowest. */
  readonly metric: number
}

/** A network interface (NIC) as plain data: it survives JSON. */
export interface Interface {
  readonly name: string
  /** The name people know it by; the same as `name` except on Windows and macOS. */
  readonly humanName: string
  readonly index: number
  /** `aa:bb:cc:dd:ee:ff`, or undefined for a NIC that has none. */
  readonly mac?: string
  readonly mtu: number
  readonly up: boolean
  readonly type: InterfaceType
  readonly addresses: readonly InterfaceAddress[]
  readonly gateways: readonly Gateway[]
  /** Whether the system sends what has no better route through this NIC, per family. */
  readonly default: Readonly<Record<Family, boolean>>
  /** Families with a default route through this NIC that has no router, as point-to-point links have it. */
  readonly defaultRoute?: Readonly<Partial<Record<Family, true>>>
  /** The address of this NIC that the kernel picks as source for the Internet, per family, where that is known. */
  readonly source?: Readonly<Partial<Record<Family, string>>>
  /** Set where the system does not list its NICs: the addresses are the kernel's choice of source for the Internet. */
  readonly inferred?: true
}
