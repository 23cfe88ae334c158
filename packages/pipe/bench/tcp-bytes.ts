/** Bytes a second through a TCP pipe, as a ratio to a raw `net.Socket`. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen, openPipe } from '@p2pd/pipe/node'
import { compare } from './measure/compare.ts'

const CHUNK = new Uint8Array(65_536)
const TOTAL = 64 * 1_048_576
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

async function raw(): Promise<number> {
  const server = createServer({ noDelay: true }).listen(LOOPBACK.port, LOOPBACK.ip)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect({ port, host: LOOPBACK.ip, noDelay: true })
  const [served] = await accepted
  let got = 0
  const done = new Promise<void>((resolve) => {
    served.on('data', (chunk) => {
      got += chunk.length
      if (got >= TOTAL) resolve()
    })
  })
  const start = performance.now()
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) {
    if (!client.write(CHUNK)) await once(client, 'drain')
  }
  await done
  const rate = TOTAL / (performance.now() - start)
  client.destroy()
  server.close()
  return rate
}

async function ours(): Promise<number> {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  const client = await openPipe({ transport: 'tcp', dest: server.local })
  const served = await server.accept()
  let got = 0
  const done = new Promise<void>((resolve) => {
    served.onMessage((data) => {
      got += data.length
      if (got >= TOTAL) resolve()
    })
  })
  const start = performance.now()
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) await client.send(CHUNK)
  await done
  const rate = TOTAL / (performance.now() - start)
  await Promise.all([client.close(), server.close()])
  return rate
}

await compare('TCP pipe, bytes a second, of a net.Socket', 0.9, { raw, ours })
