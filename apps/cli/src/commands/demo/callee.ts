import { createIdentity, startNode } from '@p2pd/node/node'
import type { PeerPipe, Servers } from '@p2pd/node'
import { receive, sendRandom } from './transfer.ts'

/** A message of the demo's callee to its parent. */
export type CalleeNews =
  | { readonly type: 'ready'; readonly id: string }
  /** All bytes of a pipe have come, or left. */
  | { readonly type: 'received' | 'sent'; readonly hash: string }
  | { readonly type: 'failed'; readonly reason: string }

/** The callee of a demo, a process of its own: receives on each pipe so many bytes, then sends as many. Ends with its parent. */
async function serve(servers: Servers, bytes: number): Promise<void> {
  const node = await startNode({ servers, identity: createIdentity() })
  process.once('disconnect', () => void node.close())
  node.onPipe((pipe) => {
    exchange(pipe, bytes).catch((error: Error) => tell({ type: 'failed', reason: error.message }))
  })
  await node.ready()
  tell({ type: 'ready', id: node.id })
}

async function exchange(pipe: PeerPipe, bytes: number): Promise<void> {
  tell({ type: 'received', hash: await receive(pipe, bytes) })
  tell({ type: 'sent', hash: await sendRandom(pipe, bytes) })
}

function tell(news: CalleeNews): void {
  if (process.connected) process.send?.(news)
}

process.once('message', ({ servers, bytes }: { readonly servers: Servers; readonly bytes: number }) => {
  serve(servers, bytes).catch((error: Error) => tell({ type: 'failed', reason: error.message }))
})
// Both are for the parent to handle: it tells this process when the demo is over.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
