/** A DHT of public nodes, one at each address, and a relay beside the first. `node PROGRAM PORT ADDRESS...`. */
import { loadModule } from './end.ts'

const [, , portWanted = '0', ...hosts] = process.argv
const port = Number(portWanted)
const [first = ''] = hosts
const { default: DHT } = await loadModule('hyperdht')
const { Server: RelayServer } = (await loadModule('blind-relay')).default

const bootstrap = [`${first}:${port}`]
const nodes = []
for (const host of hosts) {
  const known = host === first ? [] : bootstrap
  const node = new DHT({ host, port, bootstrap: known, ephemeral: false, firewalled: false })
  await node.fullyBootstrapped()
  nodes.push(node)
}

const relayNode = new DHT({ host: first, port: port + 1, bootstrap, ephemeral: false, firewalled: false })
await relayNode.fullyBootstrapped()
const relay = new RelayServer({
  createStream: (options: object) => relayNode.createRawStream({ ...options, framed: true }),
})
const keyPair = DHT.keyPair()
const server = relayNode.createServer((socket: { remotePublicKey: Uint8Array }) => {
  relay.accept(socket, { id: socket.remotePublicKey }).on('error', () => {})
})
await server.listen(keyPair)
process.stdout.write(`${JSON.stringify({ bootstrap, relay: keyPair.publicKey.toString('hex') })}\n`)
