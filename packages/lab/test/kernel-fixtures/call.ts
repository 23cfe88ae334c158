import type { CallOptions, NodeError } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'

// Calls a target as a new node, and prints what came of it: SERVERS-FILE TARGET OPTIONS-AS-JSON.
const [, , servers = '', target = '', options = '{}'] = process.argv
const node = await startNode({ servers, identity: createIdentity() })
await node.ready().catch(() => {})
const startedAt = performance.now()
const elapsedMs = () => performance.now() - startedAt
try {
  const { remote, connection } = await node.connect(target, JSON.parse(options) as CallOptions)
  const { strategy, report } = connection
  console.log(JSON.stringify({ ip: remote?.ip, strategy, report, elapsedMs: elapsedMs() }))
} catch (error) {
  const { code, message, report } = error as NodeError
  console.log(JSON.stringify({ code, message, report, elapsedMs: elapsedMs() }))
}
await node.close()
