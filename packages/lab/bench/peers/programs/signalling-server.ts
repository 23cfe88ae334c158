/** Passes each line of one connection to the others, as a signalling server of WebRTC does. `node PROGRAM HOST PORT`. */
import { createServer, type Socket } from 'node:net'

const [, , host = '', port = '0'] = process.argv
const sockets = new Set<Socket>()

createServer((socket) => {
  socket.setNoDelay(true)
  sockets.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
  socket.on('data', (data) => {
    for (const other of sockets) if (other !== socket) other.write(data)
  })
}).listen(Number(port), host, () => process.stdout.write('{"ready":true}\n'))
