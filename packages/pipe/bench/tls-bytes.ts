/** Bytes a second through a TLS pipe, as a ratio to a raw `tls.TLSSocket`. */
import { once } from 'node:events'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { listen, openPipe } from '@p2pd/pipe/node'
import { certificate } from '../test/certificate.ts'
import { compare } from './measure/compare.ts'

const CHUNK = new Uint8Array(65_536)
const TOTAL = 32 * 1_048_576
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

async function raw(): Promise<number> {
  const server = createServer({ ...certificate, noDelay: true }).listen(LOOPBACK.port, LOOPBACK.ip)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const client = connect({ port, host: LOOPBACK.ip, ca: certificate.cert })
  const [[served]] = await Promise.all([accepted, once(client, 'secureConnect')])
  let got = 0
  const done = new Promise<void>((resolve) => {
    served.on('data', (chunk: Uint8Array) => {
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
  const server = await listen({ transport: 'tls', local: LOOPBACK, tls: certificate })
  const client = await openPipe({ transport: 'tls', dest: server.local, tls: { ca: certificate.cert } })
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

await compare('TLS pipe, bytes a second, of a tls.TLSSocket', 0.95, { raw, ours })
