import { NetifError, type Network, type TcpConnection, type TcpListener } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'

/** Listeners on one port of every address, in each family the host has. */
export interface Listening {
  readonly port: number
  /** Takes the incoming connections. */
  onConnection(receive: (connection: TcpConnection) => void): void
  close(): Promise<void>
}

/**
 * Listens on the same port for IPv4 and IPv6; port 0 lets the system choose. A host that lacks one family, or has the
 * port taken in it, is reachable over the other. Fails with `NODE_LISTEN` when neither works.
 */
export async function listenEverywhere(network: Network, port: number): Promise<Listening> {
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
    throw new NodeError('NODE_LISTEN', `the node can't listen: ${cause?.message}${remedyFor(cause)}`, {
      cause,
    })
  }
  return {
    port: first.local.port,
    onConnection: (receive) => {
      for (const listener of listeners) listener.onConnection(receive)
    },
    close: async () => void (await Promise.all(listeners.map((one) => one.close()))),
  }
}

/** Another port helps where this one is taken or forbidden, and nowhere else. */
function remedyFor(cause: Error | undefined): string {
  const isThePort =
    cause instanceof NetifError &&
    (cause.code === 'NETIF_ADDRESS_IN_USE' || cause.code === 'NETIF_PERMISSION')
  return isThePort ? '; choose another port, or 0 for any' : ''
}
