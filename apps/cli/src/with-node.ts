import type { Node } from '@p2pd/node'
import { defaultIdentityFile, type StartOptions, startNode } from '@p2pd/node/node'
import type { Context } from './context.ts'

/**
 * Starts the user's node, runs something with it, and closes it. Servers that the user named must work; without
 * those of the built-in list a node still serves callers who know its address.
 */
export async function withNode(
  { identityFile, serversFile, output, interrupted }: Context,
  options: Pick<StartOptions, 'echo'>,
  run: (node: Node) => Promise<void>,
): Promise<void> {
  const servers = serversFile === undefined ? {} : { servers: serversFile }
  const node = await startNode({
    ...options,
    ...servers,
    identity: identityFile ?? defaultIdentityFile(),
    log: output.log,
  })
  try {
    interrupted.throwIfAborted()
    await node.ready().catch((error: Error) => {
      if (serversFile !== undefined) throw error
      output.error(`only callers who know the address can connect: ${error.message}`)
    })
    await run(node)
  } finally {
    await node.close()
  }
}
