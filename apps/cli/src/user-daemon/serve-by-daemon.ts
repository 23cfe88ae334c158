import { formatEndpoint, type ServedEndpoint, type ServedListeners, serveEndpoints } from '@p2pd/node/node'
import { resolve } from 'node:path'
import type { DaemonNode } from './daemon-node.ts'

/**
 * Offers services by the node of the daemon. They end with the command. The daemon connects callers to endpoints; where a caller
 * is to have a port of this host, this process listens.
 */
export async function serveByDaemon(
  node: DaemonNode,
  served: readonly ServedEndpoint[],
  { allow, listeners }: { readonly allow: readonly string[]; readonly listeners: ServedListeners },
): Promise<void> {
  const offers: Promise<void>[] = []
  const serve: Parameters<typeof serveEndpoints>[0]['serve'] = (name, handler) => {
    offers.push(node.serve(name, allow, handler))
    return () => {} // It ends with the command.
  }
  serveEndpoints({ serve }, served.filter(isReverse), listeners)
  await Promise.all(offers)
  const others = served.filter((one) => !isReverse(one))
  for (const one of others) await node.offer(one.name, { to: absolute(one), allow })
}

/** Changes who may use the services of this command. */
export async function allowByDaemon(
  node: DaemonNode,
  served: readonly ServedEndpoint[],
  allow: readonly string[],
): Promise<void> {
  for (const one of served)
    await node.offer(one.name, isReverse(one) ? { allow } : { to: absolute(one), allow })
}

function isReverse({ isReverse: is }: ServedEndpoint): boolean {
  return is === true
}

/** The daemon has another working directory. */
function absolute({ endpoint }: ServedEndpoint): string {
  return formatEndpoint(endpoint.type === 'unix' ? { ...endpoint, path: resolve(endpoint.path) } : endpoint)
}
