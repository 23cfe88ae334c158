import {
  type BindOptions,
  checkPort,
  checkTransportAddress,
  type DialOptions,
  type Interface,
  type Network,
  type ResolveOptions,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import type { AgentClient } from './agent/agent-client.ts'
import type { AgentConnection } from './agent/agent-protocol.ts'
import { remoteConnection } from './agent/agent-stream.ts'

/** The network of a kernel host, for use in the lab's process through the agent on the host. */
export function kernelNetwork(agent: AgentClient): Network {
  return {
    interfaces: async () => (await agent.call({ method: 'interfaces' }).result) as readonly Interface[],
    resolve: async (host, { signal, ...options }: ResolveOptions = {}) =>
      (await agent.call({ method: 'resolve', host, options }, signal).result) as readonly string[],
    bindUdp: (options) => bindUdp(agent, options),
    listenTcp: (options) => listenTcp(agent, options),
    dial: (options) => dial(agent, options),
  }
}

async function dial(agent: AgentClient, { signal, ...options }: DialOptions): Promise<TcpConnection> {
  const { result } = agent.call({ method: 'dial', options }, signal)
  return remoteConnection(agent, (await result) as AgentConnection)
}

async function bindUdp(agent: AgentClient, options: BindOptions): Promise<UdpSocket> {
  const { id: socket, result } = agent.call({ method: 'bindUdp', options })
  const listeners = new Set<(data: Uint8Array, from: TransportAddress) => void>()
  agent.listen(`socket ${socket}`, (event) => {
    if (event.type === 'datagram') for (const listener of listeners) listener(event.data, event.from)
  })
  const local = (await result) as TransportAddress
  return {
    local,
    send(data, to, ttl) {
      checkTransportAddress(to)
      checkPort(to.port, 1)
      agent.say({ type: 'send', socket, data, to, ...(ttl !== undefined && { ttl }) })
    },
    onMessage(listener) {
      // A new function each time, so that one listener can be added twice.
      const hear: typeof listener = (data, from) => listener(data, from)
      listeners.add(hear)
      return () => listeners.delete(hear)
    },
    close() {
      agent.unlisten(`socket ${socket}`)
      agent.say({ type: 'close', socket })
    },
  }
}

async function listenTcp(agent: AgentClient, options: BindOptions): Promise<TcpListener> {
  const { id: listener, result } = agent.call({ method: 'listenTcp', options })
  const listeners = new Set<(connection: TcpConnection) => void>()
  agent.listen(`listener ${listener}`, (event) => {
    if (event.type !== 'accepted') return
    const connection = remoteConnection(agent, event.connection)
    if (listeners.size === 0) connection.stream.destroy()
    for (const listen of listeners) listen(connection)
  })
  const local = (await result) as TransportAddress
  return {
    local,
    onConnection(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    close: async () => void (await agent.call({ method: 'closeListener', listener }).result),
  }
}
