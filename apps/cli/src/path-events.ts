import { formatTransportAddress } from '@p2pd/netif'
import type { PathEvent, PeerPipe } from '@p2pd/node'
import type { Context } from './context.ts'

/** Prints an event for each change of the path under a pipe: `path`, `suspended`, `resumed`. */
export function announcePaths({ output }: Context, pipe: Pick<PeerPipe, 'onPathChange'>): void {
  pipe.onPathChange((event) => {
    output.event(fieldsOf(event))
    output.info(textOf(event))
  })
}

function fieldsOf(event: PathEvent): { readonly event: PathEvent['type'] } & Record<string, unknown> {
  const { type, ...fields } = event
  if (event.type !== 'path') return { event: type, ...fields }
  const { strategy, reason } = event
  const [local, remote] = [event.local, event.remote].map(formatTransportAddress)
  return { event: type, strategy, local, remote, reason }
}

function textOf(event: PathEvent): string {
  switch (event.type) {
    case 'path':
      return `Now by ${event.strategy} to ${formatTransportAddress(event.remote)}: ${event.reason}`
    case 'suspended':
      return `No path for now: ${event.reason}`
    case 'resumed':
      return `Connected again after ${Math.round(event.afterMs)} ms`
  }
}
