import type { TransportAddress } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import type { LocalSide } from '@p2pd/punch'

/** One host's side on loopback: nothing is translated, and its peer is on the same host. */
export function loopbackSide(local: TransportAddress): LocalSide {
  const nat = {
    type: 'open',
    mapping: 'endpoint-independent',
    filtering: 'endpoint-independent',
    delta: { type: 'not-applicable', value: 0 },
    portRange: [1024, 65535],
    externalAddresses: ['127.0.0.1'],
  } as const
  return { nat, endpoints: [local], hosts: [local], locals: [local] }
}

/** A TCP port that was free a moment ago. */
export async function freeTcpPort(ip: string): Promise<TransportAddress> {
  const listener = await systemNetwork.listenTcp({ local: { ip, port: 0 } })
  await listener.close()
  return listener.local
}
