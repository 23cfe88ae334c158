import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { systemClock } from '@p2pd/netif/node'
import type { Pipe } from '@p2pd/pipe'
import { listen, openPipe } from '@p2pd/pipe/node'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

const TRANSPORTS = ['tcp', 'tls', 'udp'] as const
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

test.each(TRANSPORTS)('C10: message, open and close callbacks, plain and async: %s', async (transport) => {
  const pair = await openPair(transport)
  const log: string[] = []
  const messages = new Promise<void>((resolve) => {
    pair.served.onMessage((data) => void log.push(`plain ${String(data)}`))
    pair.served.onMessage(async (data) => {
      await Promise.resolve()
      log.push(`async ${String(data)}`)
      resolve()
    })
  })
  pair.client.onClose(() => void log.push('plain close'))
  pair.client.onClose(async () => {
    await Promise.resolve()
    log.push('async close')
  })
  await pair.client.send('hello')
  await messages
  await pair.client.close()
  await new Promise(setImmediate)
  expect(log).toEqual(['plain hello', 'async hello', 'plain close', 'async close'])
  await pair.close()
})

test.each(TRANSPORTS)('C10: an async open callback gets the pipe: %s', async (transport) => {
  const pair = await openPair(transport)
  const greeted = new Promise<string>((resolve) => {
    pair.server.onPipe(async (pipe) => {
      await Promise.resolve()
      resolve(String((await pipe.recv()).data))
    })
  })
  const second = await openPipe({ transport, dest: pair.server.local, tls: { verify: false } })
  await second.send('hello')
  expect(await greeted).toBe('hello')
  await Promise.all([second.close(), pair.close()])
})

test.each(TRANSPORTS)('C10: closing inside the callbacks does not hang: %s', async (transport) => {
  const pair = await openPair(transport)
  const closed = closeOf(pair.served)
  pair.served.onMessage(async () => {
    await pair.served.close()
  })
  pair.served.onClose(() => pair.served.close())
  await pair.client.send('close')
  expect(await closed).toBeUndefined()
  expect(pair.served.closed).toBe(true)
  await pair.close()
})

test.each(TRANSPORTS)(
  'C10: a close callback runs once, and when added after the close: %s',
  async (transport) => {
    const pair = await openPair(transport)
    let calls = 0
    pair.client.onClose(() => void calls++)
    await Promise.all([pair.client.close(), pair.client.close()])
    await pair.client.close()
    expect(await closeOf(pair.client)).toBeUndefined()
    expect(calls).toBe(1)
    await pair.close()
  },
)

test.each(TRANSPORTS)(
  'C10: a callback that throws is reported and the pipe lives on: %s',
  async (transport) => {
    const pair = await openPair(transport)
    const reported = new Promise<unknown>((resolve) => void pair.served.onError(resolve))
    pair.served.onMessage((data) => {
      if (String(data) === 'throw') throw new Error('in the callback')
      return pair.served.send(data)
    })
    await pair.client.send('throw')
    expect(await reported).toMatchObject({ code: 'PIPE_CALLBACK', cause: new Error('in the callback') })
    await pair.client.send('echo')
    expect(String((await pair.client.recv({ timeoutMs: 5000 })).data)).toBe('echo')
    await pair.close()
  },
)

test.each(TRANSPORTS)('C11: a server hands out clients in order: %s', async (transport) => {
  const server = await listen({ transport: transport === 'tls' ? 'tcp' : transport, local: LOOPBACK })
  const clients: Pipe[] = []
  for (let i = 0; i < 10; i++) {
    const client = await openPipe({ transport: server.transport, dest: server.local })
    await client.send(String(i))
    clients.push(client)
  }
  for (const client of clients) {
    const served = await server.accept({ timeoutMs: 5000 })
    expect(served.remote?.port).toBe(client.local.port)
    expect(String((await served.recv({ timeoutMs: 5000 })).data)).toBe(String(clients.indexOf(client)))
  }
  await expect(server.accept({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'PIPE_EMPTY' })
  await Promise.all([...clients, server].map((each) => each.close()))
})

test('C11: iterating a server ends when it closes', async () => {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  const client = await openPipe({ transport: 'tcp', dest: server.local })
  const seen: unknown[] = []
  for await (const pipe of server) {
    seen.push(pipe.remote?.port)
    void server.close()
  }
  expect(seen).toEqual([client.local.port])
  await client.close()
})

async function rawClient(): Promise<{ raw: Socket; served: Pipe; close(): Promise<void> }> {
  const server = await listen({ transport: 'tcp', local: LOOPBACK })
  const raw = connect(server.local.port, server.local.ip)
  raw.on('error', () => {})
  const served = await server.accept({ timeoutMs: 5000 })
  return { raw, served, close: () => server.close() }
}

test('C11: a FIN ends a pipe, after what was sent before it', async () => {
  const { raw, served, close } = await rawClient()
  raw.end('last words')
  const closed = closeOf(served)
  const seen: string[] = []
  for await (const { data } of served) seen.push(String(data))
  expect(seen.join('')).toBe('last words')
  expect(await closed).toBeUndefined()
  await expect(served.recv()).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  await expect(served.send('x')).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  await close()
})

test('C11: a FIN ends a pipe that nobody has read', async () => {
  const { raw, served, close } = await rawClient()
  raw.end()
  expect(await closeOf(served)).toBeUndefined()
  await close()
})

test('C11: a peer that closes its side first still gets the answer', async () => {
  const { raw, served, close } = await rawClient()
  served.onMessage(async (data) => {
    await new Promise(setImmediate)
    await served.send(data)
  })
  raw.end('question')
  const answer: Buffer[] = []
  for await (const chunk of raw) answer.push(chunk as Buffer)
  expect(String(Buffer.concat(answer))).toBe('question')
  await close()
})

test('C11: a RST ends a pipe with an error', async () => {
  const { raw, served, close } = await rawClient()
  const closed = closeOf(served)
  const received = served.recv()
  raw.resetAndDestroy()
  await expect(received).rejects.toMatchObject({ code: 'PIPE_RESET' })
  expect(await closed).toMatchObject({ code: 'PIPE_RESET' })
  await close()
})

test.each(['tcp', 'tls'] as const)('C11: a server restarts on its port at once: %s', async (transport) => {
  let pair = await openPair(transport)
  const { local } = pair.server
  await pair.close()
  for (let i = 0; i < 3; i++) {
    const server = await listen({ transport: 'tcp', local })
    const client = await openPipe({ transport: 'tcp', dest: local })
    const served = await server.accept({ timeoutMs: 5000 })
    expect(served.remote).toEqual(client.local)
    await Promise.all([server.close(), client.close()])
  }
  pair = await openPair('udp')
  await pair.close()
  await (await listen({ transport: 'udp', local: pair.server.local })).close()
})

test.each(['tcp', 'tls'] as const)(
  'after the own close a reader does not hear of the peer: %s',
  async (transport) => {
    const pair = await openPair(transport)
    const waiting = pair.client.recv()
    const refused = expect(waiting).rejects.toMatchObject({ message: 'recv: the pipe is closed' })
    await pair.client.close()
    await refused
    await expect(pair.client.recv()).rejects.toMatchObject({ message: 'recv: the pipe is closed' })
    await pair.close()
  },
)

test('closing waits for what was sent, even when the closer has unread bytes', async () => {
  const pair = await openPair('tcp')
  const size = 1_000_000
  await pair.client.send('never read')
  void pair.served.send(new Uint8Array(size))
  const closing = pair.served.close()
  let got = 0
  for await (const { data } of pair.client) got += data.length
  await closing
  expect(got).toBe(size)
  await pair.close()
})

test('a slow reader bounds memory: the sender waits', async () => {
  const pair = await openPair('tcp')
  await pair.client.send('start')
  await pair.served.recv()
  const chunk = new Uint8Array(65_536)
  let accepted = 0
  const sending = (async () => {
    for (; accepted < 1000; accepted++) await pair.client.send(chunk)
  })()
  // Kernel buffers (a few MiB), Node's and ours fill up; then nothing moves for 200 turns of the loop.
  for (let last = -1, still = 0; still < 200; still = accepted === last ? still + 1 : 0) {
    last = accepted
    await new Promise(setImmediate)
  }
  expect(accepted).toBeLessThan(500)
  let got = 0
  while (got < 1000 * chunk.length) got += (await pair.served.recv({ timeoutMs: 5000 })).data.length
  await sending
  await pair.close()
})

test('a peer that never closes its side delays a close by a second, not for ever', async () => {
  const held: Socket[] = []
  const holding = createServer({ allowHalfOpen: true }, (socket) => void held.push(socket.resume()))
  holding.listen(0, '127.0.0.1')
  await once(holding, 'listening')
  const { port } = holding.address() as { port: number }
  const pipe = await openPipe({ transport: 'tcp', dest: { ip: '127.0.0.1', port } })
  const startedAt = systemClock.now()
  await pipe.close()
  expect(systemClock.now() - startedAt).toBeGreaterThan(900)
  expect(pipe.closed).toBe(true)
  for (const socket of held) socket.destroy()
  holding.close()
  await once(holding, 'close')
})
