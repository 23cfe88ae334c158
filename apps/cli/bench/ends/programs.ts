/**
 * The programs at both ends of a forwarding: a sink, an echo, and a client. They have a process of their own, so that their
 * processor time is not counted as the nodes'. They send the ports of the servers, then the bytes of each connection to the
 * sink when it has ended. A message names a port to dial and how many bytes to write.
 */
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

const BLOCK = Buffer.alloc(65_536)
const send = (message: unknown) => process.send?.(message)

const sink = createServer((socket) => {
  let bytes = 0
  socket.on('data', (data) => (bytes += data.length))
  socket.on('end', () => {
    socket.end()
    send({ bytes })
  })
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

async function write({ port, bytes }: { port: number; bytes: number }): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  for (let sent = 0; sent < bytes; sent += BLOCK.length) {
    if (!socket.write(BLOCK)) await once(socket, 'drain')
  }
  socket.end()
}

process.on('message', (task) => void write(task as { port: number; bytes: number }))
send({ sink: await portOf(sink), echo: await portOf(echo) })
process.once('disconnect', () => process.exit())
