import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { expect, test } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import { resolve } from '@p2pd/netif/node'
import { echo, type Pipe, type OpenTransport } from '@p2pd/pipe'
import { listen, openPipe } from '@p2pd/pipe/node'
import { certificate } from '../../test/certificate.ts'

const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' } as const

/** The one echo program: a client and a server, whatever is between them. */
async function echoOnce(
  transport: OpenTransport,
  local: TransportAddress,
  data: Uint8Array,
): Promise<Uint8Array> {
  const server = await listen({ transport, local, tls: certificate })
  server.onPipe(echo)
  const pipe = await openPipe({ transport, dest: server.local, tls: { ca: certificate.cert } })
  await pipe.send(data)
  const echoed = await receive(pipe, data.length)
  await Promise.all([pipe.close(), server.close()])
  return echoed
}

async function receive(pipe: Pipe, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let got = 0; got < length; got += chunks.at(-1)?.length ?? 0) {
    chunks.push((await pipe.recv({ timeoutMs: 5000 })).data)
  }
  return Buffer.concat(chunks)
}

const combinations = (['tcp', 'udp', 'tls'] as const).flatMap((transport) =>
  (['IPv4', 'IPv6'] as const).map((family) => ({ transport, family })),
)

test.each(combinations)('C8: one echo program, client and server: $transport over $family', async (way) => {
  const data = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(await echoOnce(way.transport, { ip: LOOPBACK[way.family], port: 0 }, data)).toEqual(
    Buffer.from(data),
  )
})

test.each(combinations)('C13: any bytes pass: a lone newline over $transport, $family', async (way) => {
  const data = Buffer.from('\n')
  expect(await echoOnce(way.transport, { ip: LOOPBACK[way.family], port: 0 }, data)).toEqual(data)
})

test.each(['tcp', 'tls'] as const)('C13: 10 MB of random bytes pass unchanged over %s', async (transport) => {
  const data = randomBytes(10_000_000)
  const server = await listen({ transport, local: { ip: '127.0.0.1', port: 0 }, tls: certificate })
  server.onPipe(echo)
  const pipe = await openPipe({ transport, dest: server.local, tls: { ca: certificate.cert } })
  const [echoed] = await Promise.all([receive(pipe, data.length), pipe.send(data)])
  expect(data.equals(echoed)).toBe(true)
  await Promise.all([pipe.close(), server.close()])
})

test.each(['tcp', 'udp'] as const)('C14: a %s pipe from a domain name', async (transport) => {
  const [ip = ''] = await resolve('localhost')
  const server = await listen({ transport, local: { ip, port: 0 } })
  server.onPipe(echo)
  const dest = { host: 'localhost', port: server.local.port }
  const pipe = await openPipe({ transport, dest })
  expect(pipe.remote).toEqual(server.local)
  await pipe.send('named')
  expect(String((await pipe.recv({ timeoutMs: 5000 })).data)).toBe('named')
  await Promise.all([pipe.close(), server.close()])
})

test('C14: a name that does not exist is reported as one', async () => {
  const dest = { host: 'nobody.invalid', port: 1 }
  await expect(openPipe({ transport: 'tcp', dest, timeoutMs: 5000 })).rejects.toMatchObject({
    code: expect.stringMatching(/^PIPE_(RESOLVE|TIMEOUT)$/),
  })
})

test.each(['tcp', 'udp'] as const)('C14: an IPv6 literal in any spelling, over %s', async (transport) => {
  const server = await listen({ transport, local: { ip: '::1', port: 0 } })
  server.onPipe(echo)
  const pipe = await openPipe({ transport, dest: { ip: '0:0:0:0:0:0:0:1', port: server.local.port } })
  await pipe.send('literal')
  expect(String((await pipe.recv({ timeoutMs: 5000 })).data)).toBe('literal')
  await Promise.all([pipe.close(), server.close()])
})

const [linkLocal] = Object.entries(networkInterfaces()).flatMap(([nic, addresses]) =>
  (addresses ?? [])
    .filter(({ address }) => address.startsWith('fe80:'))
    .map(({ address }) => `${address}%${nic}`),
)

test.each(['tcp', 'udp'] as const)('C14: a link-local address with its scope, over %s', async (transport) => {
  if (linkLocal === undefined) {
    const dest = { ip: 'fe80::1%nowhere', port: 1 }
    const pipe = openPipe({ transport: 'tcp', dest })
    await expect(pipe).rejects.toMatchObject({ code: expect.stringMatching(/^PIPE_/) })
    return
  }
  const server = await listen({ transport, local: { ip: linkLocal, port: 0 } })
  server.onPipe(echo)
  const pipe = await openPipe({ transport, dest: { ip: linkLocal, port: server.local.port } })
  await pipe.send('scoped')
  expect(String((await pipe.recv({ timeoutMs: 5000 })).data)).toBe('scoped')
  expect(pipe.remote?.ip).toBe(linkLocal)
  await Promise.all([pipe.close(), server.close()])
})
