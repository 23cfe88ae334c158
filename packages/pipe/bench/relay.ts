/** Bytes a second through `relay`, as a ratio to `a.pipe(b); b.pipe(a)` of raw sockets. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from '@p2pd/pipe/node'
import { compare } from './measure/compare.ts'

const CHUNK = new Uint8Array(65_536)
const TOTAL = 32 * 1_048_576
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

/** Both ways are measured from the same raw ends: what differs is the middle. */
async function transfer(from: Socket, to: Socket): Promise<number> {
  let got = 0
  const done = new Promise<void>((resolve) => {
    to.on('data', (chunk) => {
      got += chunk.length
      if (got >= TOTAL) resolve()
    })
  })
  const start = performance.now()
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) {
    if (!from.write(CHUNK)) await once(from, 'drain')
  }
  await done
  const rate = TOTAL / (performance.now() - start)
  from.destroy()
  to.destroy()
  return rate
}

function dial(port: number): Socket {
  return connect({ port, host: LOOPBACK.ip, noDelay: true }).on('error', () => {})
}

async function raw(): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }).listen(LOOPBACK.port, LOOPBACK.ip)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const middle: Socket[] = []
  const ends: Socket[] = []
  for (let i = 0; i < 2; i++) {
    ends.push(dial(port))
    const [served] = (await once(server, 'connection')) as [Socket]
    middle.push(served.on('error', () => {}))
  }
  const [a, b] = middle as [Socket, Socket]
  a.pipe(b)
  b.pipe(a)
  const rate = await transfer(...(ends as [Socket, Socket]))
  a.destroy()
  b.destroy()
  server.close()
  return rate
}

async function ours(): Promise<number> {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  const ends = [dial(server.local.port), dial(server.local.port)] as [Socket, Socket]
  const [a, b] = [await server.accept(), await server.accept()]
  a.relay(b)
  const rate = await transfer(...ends)
  await server.close()
  return rate
}

await compare('relay of two pipes, bytes a second, of a.pipe(b); b.pipe(a)', 0.9, { raw, ours })
