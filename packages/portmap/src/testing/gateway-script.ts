import type { Clock, Network } from '@p2pd/netif'
import type { MappingTransport } from '../mapping.ts'
import type { MappingTable } from './mapping-table.ts'

/** How a gateway behaves; every field can be changed while it runs. */
export interface GatewayScript {
  /** Its external address; empty: none. */
  externalIp: string
  /** false: no answer; a number: that result code; 'nat-pmp': the answer of a gateway that only knows NAT-PMP. */
  pcp: boolean | number | 'nat-pmp'
  /** Whether nothing listens on the port of PCP and NAT-PMP. */
  closed: boolean
  /** false: no answer; a number: that result code. */
  natPmp: boolean | number
  /** How long it answers nothing once it is asked for a mapping: one that allows no port searches all of them. */
  deafMs: number
  igd: IgdScript | undefined
  /** The lifetime of PCP's errors; miniupnpd writes 0 for long ones. */
  errorSeconds: number
  /** Before this time it answers nothing. */
  silentUntil: number
  /** The lifetime that it grants for the one it is asked for. */
  grant: (seconds: number) => number
  /** The address that its UDP answers come from, when it is not the one that was asked. */
  answerFrom: string | undefined
  /** The gateway of the next network, which it asks in its turn: it is a PCP proxy. RFC 7648 §3. */
  upstream: UpstreamGateway | undefined
}

/** The part of a gateway that a proxy before it asks. */
export interface UpstreamGateway {
  /** Maps a port of a host, or prolongs it; the external end, or undefined when the gateway refuses. */
  mapFor(request: UpstreamRequest): { readonly ip: string; readonly port: number } | undefined
  unmapFor(request: Pick<UpstreamRequest, 'transport' | 'client' | 'port'>): void
}

/** The port of a proxy's own external address. */
export interface UpstreamRequest {
  readonly transport: MappingTransport
  readonly client: string
  readonly port: number
  readonly lifetimeSeconds: number
  readonly nonce: string
}

/** Where it runs. */
export interface GatewayPlace {
  readonly network: Network
  readonly clock: Clock
  readonly ip: string
  /** @default 5351 */
  readonly serverPort?: number
  /** @default 1900 */
  readonly ssdpPort?: number
}

/** How its UPnP side behaves. */
export interface IgdScript {
  version?: 1 | 2
  /** Its connection services, best last or first as the test likes. @default one WANIPConnection of its version */
  services?: readonly {
    readonly name: string
    readonly version: number
    readonly connected?: boolean
    readonly externalIp?: string
  }[]
  /** An error code for an action, or undefined to go on. */
  error?: (action: string, args: ReadonlyMap<string, string>) => number | undefined
  /** LOCATIONs to answer with. @default the right one */
  locations?: readonly string[]
  /** The address that searches are answered from. @default the gateway's */
  answerFrom?: string
  /** The port that searches are answered from. @default the one of SSDP */
  answerPort?: number
  /** Whether hosts may open pinholes. @default true */
  pinholeAllowed?: boolean
  /** Answers only searches that were sent to it alone, or only those sent to all. @default both */
  answersOnly?: 'unicast' | 'multicast'
  /** Control URLs as the description writes them. @default `/control/N` */
  controlUrl?: (index: number) => string
  urlBase?: string
  /** How bodies are sent. @default 'length' */
  body?: 'length' | 'chunked' | 'close' | 'endless' | 'lf'
  /** Changes a whole answer. */
  rewrite?: (response: string) => string
  delayMs?: number
  httpPort?: number
  /** The lease that it shows for a row. */
  leaseShown?: (secondsLeft: number) => number
}

/** The gateway that a UPnP side belongs to. */
export interface IgdOwner {
  readonly place: GatewayPlace
  readonly script: GatewayScript
  readonly table: MappingTable
  readonly now: number
  note(name: string): void
}
