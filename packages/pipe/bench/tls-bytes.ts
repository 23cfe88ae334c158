/** Bytes a second through a TLS pipe, as a ratio to a raw `tls.TLSSocket`. */
import { once } from 'node:events'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { listen, openPipe } from '@p2pd/pipe/node'
import { certificate } from '../test/certificate.ts'
import { compare } from './measure/compare.ts'
import { pipeRate, streamRate } from './measure/throughput.ts'

const TOTAL = 32 * 1_048_576
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

async function raw(): Promise<number> {
  const server = createServer({ ...certificate, noDelay: true }).listen(LOOPBACK.port, LOOPBACK.ip)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const client = connect({ port, host: LOOPBACK.ip, ca: certificate.cert })
  const [[served]] = await Promise.all([accepted, once(client, 'secureConnect')])
  const rate = await streamRate(client, served, TOTAL)
  client.destroy()
  server.close()
  return rate
}

async function ours(): Promise<number> {
  const server = await listen({ transport: 'tls', local: LOOPBACK, tls: certificate })
  const client = await openPipe({ transport: 'tls', dest: server.local, tls: { ca: certificate.cert } })
  const served = await server.accept()
  const rate = await pipeRate(client, served, TOTAL)
  await Promise.all([client.close(), server.close()])
  return rate
}

await compare('TLS pipe, bytes a second, of a tls.TLSSocket', 0.95, { raw, ours })
