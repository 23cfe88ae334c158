import type { Network, TcpConnection, TcpListener } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'

/** Listeners on one port of every address, in each family the host has. */
export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens on the same port for IPv4 and IPv6. A host that lacks one family, or has the port taken in it, is
 * reachable over the other.
 */
export async function listenEverywhere(
  network: Network,
  port: number,
  receive: (connection: TcpConnection) => void,
): Promise<Listening> {
  const listeners: TcpListener[] = []
  const faults: Error[] = []
  for (const ip of ['0.0.0.0', '::']) {
    try {
      listeners.push(await network.listenTcp({ local: { ip, port: listeners[0]?.local.port ?? port } }))
    } catch (error) {
      faults.push(error as Error)
    }
  }
  const [first] = listeners
  if (first === undefined) {
    const [cause] = faults
    throw new NodeError(
      'NODE_LISTEN',
      `the node can't listen: ${cause?.message}; choose another port, or 0 for any`,
      { cause },
    )
  }
  for (const listener of listeners) listener.onConnection(receive)
  return {
    port: first.local.port,
    close: async () => void (await Promise.all(listeners.map((one) => one.close()))),
  }
}
