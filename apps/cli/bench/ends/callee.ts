/**
 * The far end of `commands-forward.ts`, in a process of its own: a node that serves the ports of the programs. Its arguments
 * name them. It sends its address first. A message follows for each pipe that has ended, and for each question about its
 * processor time.
 */
import { createIdentity, parseServed, serveEndpoints, startNode } from '@p2pd/node/node'

const send = (message: unknown) => process.send?.(message)

const node = await startNode({
  servers: { stun: [], turn: [], mqtt: [] },
  identity: createIdentity(),
  portMapping: false,
  admit: () => true,
})
serveEndpoints(node, process.argv.slice(2).map(parseServed))
node.serve('pipe', (pipe) => {
  let bytes = 0
  pipe.stream.on('data', (data: Uint8Array) => (bytes += data.length))
  pipe.stream.on('end', () => {
    pipe.stream.end()
    send({ bytes })
  })
})
send({ address: await node.address() })
process.on('message', () => send(process.cpuUsage()))
process.once('disconnect', () => process.exit())
