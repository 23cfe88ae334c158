import { listenEverywhere } from './calls/listen.ts'
import type { Node, NodeOptions } from './node.ts'
import { RunningNode } from './running-node.ts'

/** Starts a node on the given runtime. Fails with `NODE_LISTEN` when it cannot listen on the port. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { runtime, port = 0 } = options
  const interfaces = await runtime.network.interfaces()
  const listening = await listenEverywhere(runtime.network, port)
  const node = new RunningNode(options, listening, interfaces)
  node.start()
  return node
}
