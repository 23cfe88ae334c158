import type { VirtualHost } from '@p2pd/lab'
import { type TcpConnection } from '@p2pd/netif'
import type { NodeOptions } from '@p2pd/node'

type OpenRelay = NonNullable<NodeOptions['openRelay']>
type Take = (connection: TcpConnection) => void

/** The port of the server for its clients. */
let nextPort = 3478

/**
 * Plays a TURN server with TCP allocations on a virtual host: whoever dials a relayed address is joined to a connection that
 * the client dials. It asks for no permission. RFC 6062 §4.
 */
export function virtualRelay(server: VirtualHost, client: VirtualHost): OpenRelay {
  return async () => {
    const { ip } = server
    const [port, relayedPort] = [nextPort++, 40_000 + nextPort]
    const waiting: TcpConnection[] = []
    const listeners = new Set<Take>()
    const data = await server.network.listenTcp({ local: { ip, port } })
    const relayed = await server.network.listenTcp({ local: { ip, port: relayedPort } })
    data.onConnection(({ stream }) => join(stream, waiting.shift()?.stream))
    relayed.onConnection((inbound) => {
      waiting.push(inbound)
      void client.network.dial({ remote: { ip, port } }).then(({ stream }) => {
        const connection = { stream, local: { ip, port: relayedPort }, remote: inbound.remote }
        for (const take of listeners) take(connection as TcpConnection)
      })
    })
    const close = async () => {
      await Promise.all([data.close(), relayed.close()])
    }
    return {
      local: { ip, port: relayedPort },
      permit: () => Promise.resolve(),
      onConnection: (take: Take) => {
        listeners.add(take)
        return () => void listeners.delete(take)
      },
      close,
      release: close,
    } as unknown as Awaited<ReturnType<OpenRelay>>
  }
}

function join(one: TcpConnection['stream'], other: TcpConnection['stream'] | undefined): void {
  if (other === undefined) return void one.destroy()
  one.pipe(other).pipe(one)
  one.once('close', () => other.destroy())
  other.once('close', () => one.destroy())
}
