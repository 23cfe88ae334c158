import type { Family } from '@p2pd/netif'
import type { NftablesOptions } from './kernel/routers/real-router.ts'
import type { LinkSettings } from './link.ts'
import type { BoxSettings } from './nat/settings.ts'
import type { PresetName } from './preset.ts'

/**
 * A network as plain data (JSON), from which both Internets are built. Hosts and boxes share one set of names;
 * `internet` is the network outside all boxes.
 */
export interface Scenario {
  /** The seed of all randomness. @default 1 */
  readonly seed?: number
  readonly hosts: readonly HostEntry[]
  readonly boxes?: readonly BoxEntry[]
  /** Names for the resolver; each stands for literal addresses or names of hosts in this scenario. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  /** TURN servers on hosts of the scenario. `lab run` starts them; `startTurnServers` does in either Internet. */
  readonly turn?: readonly TurnEntry[]
  /** Programs that `lab run` starts, in this order. */
  readonly programs?: readonly ProgramEntry[]
}

/** A computer. */
export interface HostEntry {
  readonly name: string
  /** The box that the host is behind; several give it a NIC behind each. @default 'internet' */
  readonly behind?: string | readonly string[]
  /** @default ['IPv4'] */
  readonly families?: readonly Family[]
  /** Addresses per family and NIC. A STUN server has two (RFC 5780). @default 1 */
  readonly addresses?: number
  readonly link?: LinkSettings
}

/** A NAT, a firewall or a plain router. */
export interface BoxEntry {
  readonly name: string
  /** The outer box that this box is behind. @default 'internet' */
  readonly behind?: string
  readonly preset?: PresetName
  /** Overrides settings of the preset; without a preset it needs `kind`. */
  readonly settings?: BoxSettings | Partial<BoxSettings>
  /** The IPv4 subnet inside, when the box translates: `192.168.1.0/24`. @default a subnet of its own */
  readonly subnet?: string
  /** In the kernel Internet a real router replaces the model; the settings above describe it. @default a model */
  readonly nftables?: NftablesOptions
  readonly link?: LinkSettings
}

/** A TURN server on a host: the embedded one, with its faults. It answers STUN, too. */
export interface TurnEntry {
  /** At the first two addresses of each family of this host. */
  readonly host: string
  /** UDP and TCP. @default 3478 */
  readonly port?: number
  /** @default 'u' */
  readonly username?: string
  /** @default 'p' */
  readonly credential?: string
  /** False makes it a server without TCP allocations, as many are. RFC 6062. @default true */
  readonly relaysTcp?: boolean
  /** Allocations of the user at one time; more get 486. @default 100 */
  readonly quota?: number
  /** `blocked`: requests over UDP are lost. @default 'open' */
  readonly udp?: 'open' | 'blocked'
  /** The server dies so long after its start, with its allocations. @default never */
  readonly diesAtMs?: number
  /** A server that has died starts again so long after its first start. @default never */
  readonly returnsAtMs?: number
}

/** A program to run on a host of the kernel Internet. */
export interface ProgramEntry {
  readonly host: string
  /** Program and arguments. */
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** The run does not wait for this program, and ends it after the others. @default false */
  readonly background?: boolean
}

/** The name of the network outside every box. */
export const INTERNET = 'internet'
