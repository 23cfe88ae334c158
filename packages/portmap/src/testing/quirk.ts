import type { GatewayScript, IgdScript } from './gateway-script.ts'

/** The protocol that a quirk shows in. */
export type Asked = 'pcp' | 'nat-pmp' | 'upnp' | 'all'

/** A gateway while its quirks are applied. */
export interface Draft {
  readonly script: { -readonly [Field in keyof GatewayScript]?: GatewayScript[Field] }
  readonly igd: IgdScript | undefined
  isFull: boolean
  isPortTaken: boolean
}

/** Something that gateways have been seen to do. */
export interface Quirk {
  readonly name: string
  readonly of: Asked
  /** The part of the script that it changes: a gateway has one quirk of each. */
  readonly part: string
  /** Whether nothing is mapped over the protocol with it. @default false */
  readonly stops?: boolean
  /** @default false */
  readonly needsMulticast?: boolean
  readonly apply: (draft: Draft) => unknown
}

/** Another address of the gateway on the LAN. */
export const SECOND_ADDRESS = '192.168.1.254'
