import type { OpenTransport, Pipe, PipeServer } from '@p2pd/pipe'
import { listen, openPipe } from '@p2pd/pipe/node'
import { certificate } from './certificate.ts'

/** Two ends of one pipe over loopback, and the server between them. */
export interface PipePair {
  readonly client: Pipe
  readonly served: Pipe
  readonly server: PipeServer
  close(): Promise<void>
}

/** Opens a pair; over UDP the server's pipe exists from the first datagram on, which is taken here. */
export async function openPair(transport: OpenTransport, ip = '127.0.0.1'): Promise<PipePair> {
  const server = await listen({ transport, local: { ip, port: 0 }, tls: certificate })
  const accepted = server.accept({ timeoutMs: 5000 })
  const client = await openPipe({ transport, dest: server.local, tls: { ca: certificate.cert } })
  if (transport === 'udp') await client.send('first')
  const served = await accepted
  if (transport === 'udp') await served.recv({ timeoutMs: 5000 })
  const close = async () => {
    await Promise.all([client.close(), server.close()])
  }
  return { client, served, server, close }
}

/** The end of a pipe: its error, or undefined for a normal end. */
export function closeOf(pipe: Pipe): Promise<unknown> {
  return new Promise((resolve) => void pipe.onClose((error) => resolve(error)))
}
