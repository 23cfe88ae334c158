// Starts a node and its REST API, and calls the node itself by HTTP, as a program in any other language would.
import { startDaemon } from '@p2pd/daemon'
import { createIdentity, startNode } from '@p2pd/node/node'

const node = await startNode({ servers: { stun: [], turn: [], mqtt: [] }, identity: createIdentity() })
const daemon = await startDaemon({ node, port: 0 })

const get = async (path: string) => (await (await fetch(daemon.url + path)).json()) as Record<string, unknown>
const { strategy } = await get('/p2p/open/me/self')
await get(`/p2p/send/me/${encodeURIComponent('ECHO hello')}`)
const { data } = await get('/p2p/recv/me')
console.log(`${String(strategy)}: ${String(data)}`)

await daemon.close()
