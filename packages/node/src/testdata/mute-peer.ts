/** A program of its own: a node that takes everything on its pipes. It prints its address, and is there to be killed. */
import { createIdentity, startNode } from '@p2pd/node/node'

const node = await startNode({ servers: { stun: [], turn: [], mqtt: [] }, identity: createIdentity() })
node.onPipe(({ stream }) => void stream.resume())
console.log(await node.address())
