import type { ConnectMethod } from './method.ts'
import type { GatewayProtocol } from './peer.ts'

/** The same pairs with some methods switched off, to show what these methods add. */
export interface Variant {
  readonly name: string
  readonly allows: (method: ConnectMethod) => boolean
}

const punches = (method: ConnectMethod) => method.technique !== undefined

const mappingBy = (name: string, protocol: GatewayProtocol): Variant => ({
  name: `port mapping by ${name} alone`,
  allows: ({ mapped }) => mapped === undefined || mapped.includes(protocol),
})

/** The first variant has all methods; each of the others lacks some. */
export const variants: readonly Variant[] = [
  { name: 'nothing', allows: () => true },
  { name: 'no TCP punching', allows: ({ strategy }) => strategy !== 'tcp-punch' },
  { name: 'no UDP punching', allows: ({ strategy }) => strategy !== 'udp-punch' },
  { name: 'no prediction windows', allows: ({ technique }) => technique !== 'window' },
  { name: 'no birthday', allows: ({ technique }) => technique !== 'birthday' },
  { name: 'no open, then listen', allows: ({ technique }) => technique !== 'open-then-listen' },
  { name: 'no port mapping', allows: ({ mapped }) => mapped === undefined },
  mappingBy('UPnP', 'upnp'),
  mappingBy('NAT-PMP', 'nat-pmp'),
  mappingBy('PCP', 'pcp'),
  { name: 'no direct and reverse', allows: punches },
  {
    name: 'known mappings only',
    allows: (method) =>
      method.mapped === undefined && (!punches(method) || method.technique === 'known-mappings'),
  },
  {
    name: 'known UDP mappings only',
    allows: ({ strategy, technique }) => strategy === 'udp-punch' && technique === 'known-mappings',
  },
  { name: 'no punching', allows: (method) => !punches(method) },
  {
    name: 'no punching or port mapping',
    allows: (method) => !punches(method) && method.mapped === undefined,
  },
]
