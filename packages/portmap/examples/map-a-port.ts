// Asks the gateway for a port. Here that is a NAT-PMP server of ten lines on this machine, so that this runs offline.
// With `--real` it is the gateway of the default NIC.
import { systemNetwork } from '@p2pd/netif/node'
import { openPortMapper } from '@p2pd/portmap'
import { systemPorts } from '@p2pd/portmap/node'

const gateway = await systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
gateway.onMessage((request, from) => {
  const opcode = request[1] ?? 0
  if (request[0] !== 0) return
  // The external address, or a mapping as it was asked for. RFC 6886 §3.2, §3.3.
  const answer = opcode === 0 ? [203, 0, 113, 7] : [...request.slice(4, 8), ...request.slice(8, 12)]
  gateway.send(Uint8Array.of(0, opcode | 0x80, 0, 0, 0, 0, 0, 1, ...answer), from)
})

const real = process.argv.includes('--real')
const nics = await systemNetwork.interfaces()
const nic = nics.find(({ type, default: { IPv4 } }) => (real ? IPv4 : type === 'loopback'))
if (nic === undefined) throw new Error('no NIC to map a port on')
const gateways = [{ family: 'IPv4', ip: '127.0.0.1', metric: 0 } as const]
const policy = { serverPort: gateway.local.port, ssdpPort: gateway.local.port, allowLoopback: true }

const mapper = await openPortMapper(systemPorts, real ? {} : { policy })
const lease = await mapper.mapPort({
  port: 4000,
  protocol: 'tcp',
  interface: real ? nic : { ...nic, gateways },
})

const { state } = lease
if (state.status === 'mapped') {
  const { protocol, external, lifetimeSeconds, publishable } = state.mapping
  console.log(
    `${external.ip}:${external.port} by ${protocol} for ${lifetimeSeconds} s, publishable: ${publishable}`,
  )
} else if (state.status === 'unmapped') {
  console.log(`no mapping: ${state.reason}`)
  for (const { gateway: ip, protocol, reason } of state.failed)
    console.log(`  ${ip} over ${protocol}: ${reason}`)
}

await mapper.close()
gateway.close()
