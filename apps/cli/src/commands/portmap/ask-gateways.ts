import { type Family, familyOf, formatTransportAddress, type Interface } from '@p2pd/netif'
import {
  type FailedAttempt,
  type Lease,
  mappableAddresses,
  type Mapping,
  type PortMapper,
  type MappingTransport,
} from '@p2pd/portmap'
import { explainRefusals } from './explain-refusals.ts'

/** The port to ask for, and how. */
export interface PortWanted {
  readonly port: number
  readonly transports: readonly MappingTransport[]
}

/** A mapping as the command line prints it. */
export interface MappingLine extends Pick<Mapping, 'protocol' | 'transport' | 'gateway'> {
  readonly interface: string
  readonly internal: string
  /** `unknown:4000` where the gateway does not name its address. */
  readonly external: string
  readonly lifetimeSeconds: number
  readonly doubleNat: boolean
  readonly publishable: boolean
}

/** The answers of all gateways. */
export interface GatewayAnswers {
  readonly mappings: readonly MappingLine[]
  /** The reason when a family has no mapping: IPv4, say, while the firewall is open for IPv6. */
  readonly reasons: readonly string[]
}

/** Asks the gateways of every NIC for a port. Without a gateway it takes 2 s, and 20 s at one that falls silent. */
export async function askGateways(
  mapper: Pick<PortMapper, 'mapPort'>,
  nics: readonly Interface[],
  { port, transports }: PortWanted,
): Promise<GatewayAnswers> {
  const targets = nics.flatMap((nic) => addressesBehindGateways(nic).map((address) => ({ nic, address })))
  if (targets.length === 0)
    return {
      mappings: [],
      reasons: [
        'no gateway is known: no network interface here has a default route; connect to a network first',
      ],
    }
  const asked = targets.flatMap(({ nic, address }) =>
    transports.map(async (protocol) => {
      const lease = await mapper.mapPort({ port, protocol, interface: nic, address })
      return { nic, lease }
    }),
  )
  const answers = await Promise.all(asked)
  const mappings = answers.flatMap(({ nic, lease }) => lineOf(nic, lease) ?? [])
  const isRefused = answers.some(({ lease }) => lease.state.status === 'unmapped')
  const reasons = isRefused ? explainRefusals(answers.flatMap(({ lease }) => failedOf(lease))) : []
  return { mappings, reasons }
}

/** One line for people. */
export function formatMapping(line: MappingLine): string {
  const lifetime = line.lifetimeSeconds === 0 ? 'without an end' : `for ${line.lifetimeSeconds} s`
  const where = `${line.transport} ${line.external} -> ${line.internal}`
  const doubt = line.doubleNat
    ? '; another NAT stands behind this gateway, so that nobody comes in by it: forward the port there too, or ask the provider for a public IPv4 address'
    : ''
  return `${where} by ${line.protocol} of ${line.gateway} (${line.interface}), ${lifetime}${doubt}`
}

/** The first address of each family that leads to a gateway. */
function addressesBehindGateways(nic: Interface): string[] {
  if (!nic.up || nic.type === 'loopback') return []
  const addresses = mappableAddresses(nic)
  const first = (family: Family) =>
    nic.gateways.some((gateway) => gateway.family === family)
      ? addresses.filter((ip) => familyOf(ip) === family).slice(0, 1)
      : []
  return [...first('IPv4'), ...first('IPv6')]
}

function lineOf(nic: Interface, { state }: Lease): MappingLine | undefined {
  if (state.status !== 'mapped') return undefined
  const { protocol, transport, gateway, internal, external, lifetimeSeconds, doubleNat, publishable } =
    state.mapping
  const { ip, port } = external
  return {
    protocol,
    transport,
    interface: nic.name,
    gateway,
    internal: formatTransportAddress(internal),
    external: ip === undefined ? `unknown:${port}` : formatTransportAddress({ ip, port }),
    lifetimeSeconds,
    doubleNat,
    publishable,
  }
}

function failedOf({ state }: Lease): readonly FailedAttempt[] {
  return state.status === 'unmapped' ? state.failed : []
}
