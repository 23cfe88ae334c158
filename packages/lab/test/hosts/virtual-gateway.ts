import type { VirtualBox, VirtualHost, VirtualInternet } from '@p2pd/lab'
import { type GatewayScript, ScriptedGateway } from '@p2pd/portmap/testing'

/** Lets a box answer PCP, NAT-PMP or UPnP as the script says, and forward the ports that it has mapped. */
export function virtualGateway(
  net: VirtualInternet,
  box: VirtualBox,
  script: Partial<GatewayScript>,
): Promise<ScriptedGateway> {
  return gatewayAt(net, box, net.gateway(box), { family: 'IPv4', script })
}

/** Lets the firewall of a box open ports on request, over PCP or UPnP. RFC 6887 §2.1, WANIPv6FirewallControl:1. */
export function virtualFirewall(
  net: VirtualInternet,
  box: VirtualBox,
  script: Partial<GatewayScript>,
): Promise<ScriptedGateway> {
  return gatewayAt(net, box, net.gateway(box), { family: 'IPv6', script })
}

async function gatewayAt(
  net: VirtualInternet,
  box: VirtualBox,
  { network }: VirtualHost,
  { family, script }: { readonly family: 'IPv4' | 'IPv6'; readonly script: Partial<GatewayScript> },
): Promise<ScriptedGateway> {
  const [externalIp = ''] = box.external
  const place = { network, clock: net.clock, ip: box.plan.inside[family] }
  const gateway = new ScriptedGateway(place, { externalIp, ...script })
  await gateway.start()
  box.forwardedTo = (protocol, external, now) => {
    if (protocol === 'icmp') return undefined
    const row = gateway.table.find(protocol, external.port, now)
    // A firewall opens one address; a NAT has forgotten which of its own was asked for.
    if (row === undefined || (family === 'IPv6' && row.client !== external.ip)) return undefined
    return { ip: row.client, port: row.internalPort }
  }
  return gateway
}
