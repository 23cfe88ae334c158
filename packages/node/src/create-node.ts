import { listenEverywhere } from './calls/listen.ts'
import { timedSecure } from './handshake/timed-secure.ts'
import type { Node, NodeOptions } from './node.ts'
import { RunningNode } from './running-node.ts'

/** Starts a node on the given runtime. Fails with `NODE_LISTEN` when it cannot listen on the port. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { port = 0 } = options
  const runtime = { ...options.runtime, secure: timedSecure(options.runtime.secure, options.runtime.clock) }
  const interfaces = await runtime.network.interfaces()
  const listening = await listenEverywhere(runtime.network, port)
  const node = new RunningNode({ ...options, runtime }, listening, interfaces)
  node.start()
  return node
}
