import { Type } from 'typebox'

/** Further fields may come with later versions. */
const open = { additionalProperties: true }

const Dependency = Type.String({
  description: 'endpoint-independent, address-dependent, address-and-port-dependent or unknown',
})

/** The verdict on a NAT. RFC 4787 §4, §5. */
export const NatReport = Type.Object(
  {
    type: Type.String({
      description: 'open, udp-firewall, full-cone, restricted, port-restricted, symmetric or blocked',
    }),
    mapping: Dependency,
    filtering: Dependency,
    delta: Type.Object({
      type: Type.String({
        description: 'not-applicable, equal, preserving, independent, dependent or random',
      }),
      value: Type.Number({ description: 'the step from one external port to the next' }),
    }),
    portRange: Type.Array(Type.Number(), { description: 'first and last external port, as observed' }),
    pooledAddresses: Type.Boolean(),
    hairpin: Type.Boolean(),
    confidence: Type.Number({ description: '0 to 1' }),
    evidence: Type.Array(Type.String(), { description: 'the reasons, as sentences' }),
    externalAddresses: Type.Array(Type.String(), { description: 'most often seen first' }),
  },
  open,
)

/** The NAT in front of a NIC, as one protocol meets it. */
export const InterfaceNat = Type.Object(
  {
    interface: Type.String({ description: 'the name of the NIC' }),
    family: Type.String({ description: 'IPv4 or IPv6' }),
    protocol: Type.String({ description: 'udp or tcp' }),
    report: NatReport,
  },
  open,
)

/** A NIC of this host. */
export const NetworkInterface = Type.Object(
  {
    name: Type.String(),
    humanName: Type.String(),
    index: Type.Integer(),
    up: Type.Boolean(),
    type: Type.String(),
    addresses: Type.Array(Type.Object({ ip: Type.String() }, open)),
    gateways: Type.Array(Type.Object({ ip: Type.String() }, open)),
  },
  open,
)

/** A broker that the node listens on. */
export const Broker = Type.Object({
  url: Type.String(),
  state: Type.String({ description: 'connecting, up or down' }),
  reason: Type.Optional(Type.String({ description: 'why it is not up' })),
  localAddress: Type.Optional(
    Type.String({ description: 'the address of this host that the connection leaves from' }),
  ),
})
