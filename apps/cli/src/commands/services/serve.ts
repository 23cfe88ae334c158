import type { PeerPipe } from '@p2pd/node'
import {
  contactsAdmission,
  defaultContactsFile,
  defaultPendingFile,
  formatEndpoint,
  parseServed,
  serveEndpoints,
} from '@p2pd/node/node'
import { type Context, untilInterrupted } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import { withNode } from '../../with-node.ts'

export interface ServeOptions {
  readonly allow?: readonly string[]
}

/** `p2pd serve`: offers ports of this host to peers that may use them. */
export async function serve(
  context: Context,
  texts: readonly string[],
  options: ServeOptions,
): Promise<void> {
  const { output, interrupted, env } = context
  const served = texts.map(parseServed)
  const { allow = ['contacts'] } = options
  const [contactsFile, pendingFile] = [defaultContactsFile(env), defaultPendingFile(env)]
  const admit = contactsAdmission({ allow, contactsFile, pendingFile })
  await withNode(context, { admit }, async (node) => {
    const withdraw = serveEndpoints(node, served, (pipe) => announce(context, pipe))
    node.onEvent((event) => {
      if (event.type !== 'waiting') return
      const { peer, service } = event.caller
      output.event({ event: 'waiting', peer, service })
      output.info(`${peer} waits for "${service}": p2pd peers accept ${peer}`)
    })
    for (const { name, endpoint } of served) {
      const to = formatEndpoint(endpoint)
      output.event({ event: 'serving', id: node.id, service: name, to })
      output.info(`Serving "${name}", which is ${to}. Callers run: p2pd forward LOCAL ${node.id}:${name}`)
    }
    await untilInterrupted(interrupted)
    withdraw()
  })
}

function announce(context: Context, pipe: PeerPipe): void {
  const { peer, service, connection } = pipe
  const { strategy } = connection
  context.output.event({ event: 'peer', peer, service, strategy })
  context.output.info(`${peer} uses "${service}" (${strategy})`)
  announcePaths(context, pipe)
}
