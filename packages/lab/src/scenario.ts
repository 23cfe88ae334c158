import type { Family } from '@p2pd/netif'
import type { NftablesOptions } from './kernel/routers/real-router.ts'
import type { LinkSettings } from './link.ts'
import type { BoxSettings } from './nat/settings.ts'
import type { PresetName } from './presets.ts'

/**
 * A network as plain data: what both Internets are built from. JSON carries it.
 * Hosts and boxes share one set of names; `internet` is the name of what is outside everything.
 */
export interface Scenario {
  /** Everything drawn is drawn from this. @default 1 */
  readonly seed?: number
  readonly hosts: readonly HostEntry[]
  readonly boxes?: readonly BoxEntry[]
  /** Host names for the resolver: each stands for literal addresses or names of hosts here. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  /** What `lab run` starts, in this order. */
  readonly programs?: readonly ProgramEntry[]
}

/** A computer. */
export interface HostEntry {
  readonly name: string
  /** The box it is behind; several give it a NIC behind each. @default 'internet' */
  readonly behind?: string | readonly string[]
  /** @default ['IPv4'] */
  readonly families?: readonly Family[]
  /** Addresses per family and NIC: STUN servers have two (RFC 5780). @default 1 */
  readonly addresses?: number
  readonly link?: LinkSettings
}

/** A NAT, a firewall or a plain router. */
export interface BoxEntry {
  readonly name: string
  /** The box it is behind in turn. @default 'internet' */
  readonly behind?: string
  readonly preset?: PresetName
  /** Taken over the preset's; without a preset it has to say what kind of box it is. */
  readonly settings?: BoxSettings | Partial<BoxSettings>
  /** IPv4 addresses of its inside, when it translates: `192.168.1.0/24`. @default one of its own */
  readonly subnet?: string
  /** In the kernel Internet a real router stands here, and the settings above say what it is like. @default a model */
  readonly nftables?: NftablesOptions
  readonly link?: LinkSettings
}

/** A program to run on a host of the kernel Internet. */
export interface ProgramEntry {
  readonly host: string
  /** Program and arguments. */
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** The run goes on until every program but these has ended, then ends these. @default false */
  readonly background?: boolean
}

/** The name of the network outside every box. */
export const INTERNET = 'internet'
