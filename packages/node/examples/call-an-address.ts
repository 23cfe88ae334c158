import { createIdentity, startNode } from '@p2pd/node/node'

// Without servers a node can still be called by those who know its address.
const servers = { stun: [], turn: [], mqtt: [] }
const callee = await startNode({ servers, identity: createIdentity(), echo: true })
const caller = await startNode({ servers, identity: createIdentity() })

const pipe = await caller.connect(await callee.address())
await pipe.send('hello')
const { data } = await pipe.recv({ timeoutMs: 5000 })
console.log(
  `${pipe.peer === callee.id ? 'the right peer' : 'a stranger'} says ${new TextDecoder().decode(data)}`,
)
for (const line of pipe.connection.report) console.log(line.strategy, line.remote, line.outcome)

await caller.close()
await callee.close()
