import { createIdentity, startInfra, startNode } from 'p2pd'

// Servers of our own, so that this runs offline; without `servers` a node uses public ones.
const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
const { servers } = infra

const alice = await startNode({ servers, identity: createIdentity() })
alice.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))

const bob = await startNode({ servers, identity: createIdentity() })
const pipe = await bob.connect(alice.id)
await pipe.send('hello')
const { data } = await pipe.recv({ timeoutMs: 5000 })
console.log(`"${new TextDecoder().decode(data)}" came back by ${pipe.connection.strategy}`)

await bob.close()
await alice.close()
await infra.close()
