import type { TransportAddress } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'

/** A relay on loopback between two sockets; each sees the other at an address of the relay. */
export interface LossyRelay {
  /** The addresses that the first and the second socket send to. */
  readonly addresses: readonly [TransportAddress, TransportAddress]
  close(): void
}

/** Relays between two addresses, and drops every packet for which `loses` returns true. */
export async function relayBetween(
  ends: readonly [TransportAddress, TransportAddress],
  loses: () => boolean,
): Promise<LossyRelay> {
  const bind = () => systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
  const [first, second] = await Promise.all([bind(), bind()])
  first.onMessage((data) => void (loses() || second.send(Buffer.from(data), ends[1])))
  second.onMessage((data) => void (loses() || first.send(Buffer.from(data), ends[0])))
  return {
    addresses: [first.local, second.local],
    close: () => {
      first.close()
      second.close()
    },
  }
}
