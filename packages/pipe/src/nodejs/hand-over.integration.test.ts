import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { duplexPair } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { TransportAddress as Address } from '@p2pd/netif'
import { handOver, listen, openPipe, pipeFromStream, receivePipe } from '@p2pd/pipe/node'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

/** Runs a program in a child process until `use` is done. */
async function withChild(source: string, use: (child: ReturnType<typeof fork>) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-pipe-'))
  const file = join(folder, 'child.mjs')
  await writeFile(file, source)
  const child = fork(file, [], { execArgv: [] })
  try {
    await use(child)
  } finally {
    child.kill()
    await once(child, 'exit')
    await rm(folder, { recursive: true })
  }
}

// Plain JavaScript, because a child process has no jest to translate it: what `receivePipe` does.
const ECHO = `process.on('message', (message, socket) => {
  socket.unshift(Buffer.from(message.unread, 'base64'))
  socket.pipe(socket)
})`

test('C17: an open pipe’s socket goes to a child process, with what was not yet read', async () => {
  const server = await listen({ transport: 'tcp', local: { ip: '127.0.0.1', port: 0 } })
  const client = await openPipe({ transport: 'tcp', dest: server.local })
  const served = await server.accept({ timeoutMs: 5000 })
  await client.send('hello ')
  await served.recv({ match: /hello/, timeoutMs: 5000 })
  await client.send('unread ')
  const closed = closeOf(served)
  await withChild(ECHO, async (child) => {
    await handOver(served, child)
    expect(await closed).toBeUndefined()
    await client.send('and after')
    let echoed = ''
    while (!echoed.endsWith('after')) echoed += String((await client.recv({ timeoutMs: 5000 })).data)
    expect(echoed).toBe('unread and after')
    await client.close()
  })
  await server.close()
})

test('C17: the pipe of a session stays, with an error that says why', async () => {
  const [near] = duplexPair()
  const [local, remote] = [1, 2].map((port) => ({ ip: '192.0.2.1', port })) as [Address, Address]
  const pipe = pipeFromStream(near, { transport: 'session', local, remote })
  await withChild(ECHO, async (child) => {
    const refused = { code: 'PIPE_UNSUPPORTED', message: expect.stringContaining('the socket of a session') }
    await expect(handOver(pipe, child)).rejects.toMatchObject(refused)
  })
  expect(near.destroyed).toBe(false)
  near.destroy()
})

test('C17: bytes that arrive while the socket is on its way are not lost', async () => {
  const { client, served, close } = await openPair('tcp')
  const size = 4_000_000
  await withChild(ECHO, async (child) => {
    const sending = client.send(new Uint8Array(size))
    await handOver(served, child)
    let got = 0
    while (got < size) got += (await client.recv({ timeoutMs: 5000 })).data.length
    await sending
    expect(got).toBe(size)
    await client.close()
  })
  await close()
})

test('C17: a TLS or datagram pipe cannot go, and says so', async () => {
  for (const transport of ['tls', 'udp'] as const) {
    const { client, close } = await openPair(transport)
    await expect(handOver(client, undefined as never)).rejects.toMatchObject({
      code: 'PIPE_UNSUPPORTED',
      message: expect.stringContaining(transport),
    })
    await close()
  }
})

test('other messages of a parent process are not taken for a pipe', () => {
  expect(receivePipe({ type: 'p2pd-pipe' }, undefined)).toBeUndefined()
  expect(receivePipe(null, undefined)).toBeUndefined()
})
