import type { VirtualBox, VirtualInternet } from '@p2pd/lab'
import { type GatewayScript, ScriptedGateway } from '@p2pd/portmap/testing'

/** Lets a box answer PCP, NAT-PMP or UPnP as the script says, and forward the ports that it has mapped. */
export async function virtualGateway(
  net: VirtualInternet,
  box: VirtualBox,
  script: Partial<GatewayScript>,
): Promise<ScriptedGateway> {
  const { network, ip } = net.gateway(box)
  const [externalIp = ''] = box.external
  const gateway = new ScriptedGateway({ network, clock: net.clock, ip }, { externalIp, ...script })
  await gateway.start()
  box.forwardedTo = (protocol, external, now) => {
    if (protocol === 'icmp') return undefined
    const row = gateway.table.find(protocol, external.port, now)
    return row && { ip: row.client, port: row.internalPort }
  }
  return gateway
}
