/**
 * The far end of `commands-forward.ts`, in a separate process: a node that serves ports, and the programs behind them. Its
 * parent gets the address of the node, and then a message for each transfer that has arrived.
 */
import { createServer, type Server } from 'node:net'
import { createIdentity, parseServed, serveEndpoints, startNode } from '@p2pd/node/node'

const send = (message: unknown) => process.send?.(message)

/** Counts the bytes of each connection and reports them at its end. */
const sink = createServer((socket) => {
  let bytes = 0
  socket.on('data', (data) => (bytes += data.length))
  socket.on('end', () => void (socket.end(), send({ bytes })))
  socket.on('error', () => {})
})
const echo = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  socket.pipe(socket)
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
  return (server.address() as { port: number }).port
}

const node = await startNode({
  servers: { stun: [], turn: [], mqtt: [] },
  identity: createIdentity(),
  portMapping: false,
  admit: () => true,
})
const echoPort = await portOf(echo)
const served = [`sink=${await portOf(sink)}`, `echo=${echoPort}`]
serveEndpoints(node, served.map(parseServed))
node.serve('pipe', (pipe) => {
  let bytes = 0
  pipe.stream.on('data', (data: Uint8Array) => (bytes += data.length))
  pipe.stream.on('end', () => {
    pipe.stream.end()
    send({ bytes })
  })
})
send({ address: await node.address(), echo: echoPort })
process.once('disconnect', () => process.exit())
