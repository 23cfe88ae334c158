import { parseEndpoint, parseRemoteService } from '@p2pd/node/node'

/** One local end, and the service that it leads to or that leads to it. */
export interface Forwarding {
  readonly local: string
  /** As the user wrote it, a name perhaps. */
  readonly target: string
  readonly service: string
}

/** The pairs of ends that a command line names. Throws `NODE_BAD_OPTION`. */
export function parseForwardings(ends: readonly string[], isReverse: boolean): readonly Forwarding[] {
  return ends.flatMap((local, index) => {
    if (index % 2 === 1) return []
    const type = local === '-' && !isReverse ? '-' : parseEndpoint(local).type
    return [{ local, ...parseRemoteService(ends[index + 1] ?? '', type, isReverse) }]
  })
}
