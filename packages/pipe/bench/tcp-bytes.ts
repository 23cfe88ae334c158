/** Bytes a second through a TCP pipe, as a ratio to a raw `net.Socket`. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen, openPipe } from '@p2pd/pipe/node'
import { compare } from './measure/compare.ts'
import { pipeRate, streamRate } from './measure/throughput.ts'

const TOTAL = 64 * 1_048_576
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

async function raw(): Promise<number> {
  const server = createServer({ noDelay: true }).listen(LOOPBACK.port, LOOPBACK.ip)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect({ port, host: LOOPBACK.ip, noDelay: true })
  const [served] = await accepted
  const rate = await streamRate(client, served, TOTAL)
  client.destroy()
  server.close()
  return rate
}

async function ours(): Promise<number> {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  const client = await openPipe({ transport: 'tcp', dest: server.local })
  const served = await server.accept()
  const rate = await pipeRate(client, served, TOTAL)
  await Promise.all([client.close(), server.close()])
  return rate
}

await compare('TCP pipe, bytes a second, of a net.Socket', 0.9, { raw, ours })
