import { expect, test } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { echo } from '@p2pd/pipe'
import { acknowledge, listen, openPipe } from '@p2pd/pipe/node'
import { openPair } from '../../test/pipe-pair.ts'

const LOOPBACK = { ip: '127.0.0.1', port: 0 }
const anybody = () => openPipe({ transport: 'udp', local: LOOPBACK })
const toText = ({ data }: { data: Uint8Array }) => String(data)

test('one pipe talks to anybody, by `from` and `to`', async () => {
  const [server, alice, bob] = await Promise.all([anybody(), anybody(), anybody()])
  server.onMessage((data, from) => server.send(data, from))
  await alice.send('alice', server.local)
  await bob.send('bob', server.local)
  const fromServer = { from: server.local, timeoutMs: 5000 }
  expect([toText(await alice.recv(fromServer)), toText(await bob.recv(fromServer))]).toEqual(['alice', 'bob'])
  await Promise.all([server, alice, bob].map((pipe) => pipe.close()))
})

test('C9: recv by sender, with port 0 for any', async () => {
  const [server, alice, bob] = await Promise.all([anybody(), anybody(), anybody()])
  await alice.send('from alice', server.local)
  await bob.send('from bob', server.local)
  expect(toText(await server.recv({ from: bob.local, timeoutMs: 5000 }))).toBe('from bob')
  expect(toText(await server.recv({ from: LOOPBACK, timeoutMs: 5000 }))).toBe('from alice')
  await expect(server.recv({ from: LOOPBACK, timeoutMs: 10 })).rejects.toMatchObject({ code: 'PIPE_TIMEOUT' })
  await Promise.all([server, alice, bob].map((pipe) => pipe.close()))
})

test('a pipe with a remote hears nobody else', async () => {
  const { client, served, server, close } = await openPair('udp')
  const stranger = await anybody()
  await stranger.send('forged', client.local)
  await served.send('genuine')
  expect(toText(await client.recv({ timeoutMs: 5000 }))).toBe('genuine')
  await expect(client.send('x', stranger.local)).rejects.toMatchObject({ code: 'PIPE_INVALID_ARGUMENT' })
  await client.send('x', server.local)
  await Promise.all([stranger.close(), close()])
})

test('a server’s pipe that closed comes anew with the next datagram', async () => {
  const { client, served, server, close } = await openPair('udp')
  await served.close()
  await client.send('again')
  const next = await server.accept({ timeoutMs: 5000 })
  expect(next).not.toBe(served)
  expect(toText(await next.recv({ timeoutMs: 5000 }))).toBe('again')
  await close()
})

test('a full server ends its quietest datagram pipe, and refuses streams', async () => {
  const udp = await listen({ transport: 'udp', local: LOOPBACK, maxPipes: 1 })
  const clients = await Promise.all([1, 2].map(() => openPipe({ transport: 'udp', dest: udp.local })))
  await clients[0]?.send('1')
  const first = await udp.accept({ timeoutMs: 5000 })
  await clients[1]?.send('2')
  await udp.accept({ timeoutMs: 5000 })
  expect(first.closed).toBe(true)
  const tcp = await listen({ transport: 'tcp', local: LOOPBACK, maxPipes: 1 })
  const kept = await openPipe({ transport: 'tcp', dest: tcp.local })
  const refused = await openPipe({ transport: 'tcp', dest: tcp.local })
  await expect(refused.recv({ timeoutMs: 5000 })).rejects.toMatchObject({
    code: expect.stringMatching(/^PIPE_(CLOSED|RESET)$/),
  })
  await Promise.all([udp, tcp, kept, refused, ...clients].map((each) => each.close()))
})

/** A wire that passes a datagram on only when `lets` says so; both ends know it as their peer. */
async function wire(to: TransportAddress, lets: () => boolean) {
  const [near, far] = await Promise.all([1, 2].map(() => systemNetwork.bindUdp({ local: LOOPBACK })))
  if (near === undefined || far === undefined) throw new Error('unreachable')
  let client: TransportAddress | undefined
  near.onMessage((data, from) => {
    client = from
    if (lets()) far.send(data, to)
  })
  far.onMessage((data) => {
    if (client !== undefined && lets()) near.send(data, client)
  })
  return { local: near.local, close: () => [near, far].forEach((socket) => socket.close()) }
}

test('C15: over a socket that loses every third datagram each arrives exactly once', async () => {
  const server = await listen({ transport: 'udp', local: LOOPBACK })
  let count = 0
  const lossy = await wire(server.local, () => ++count % 3 !== 0)
  const received: string[] = []
  server.onPipe((pipe) => {
    acknowledge(pipe).onMessage((data) => void received.push(String(data)))
  })
  const client = acknowledge(await openPipe({ transport: 'udp', dest: lossy.local }))
  // The first tells the round trip, which the others are sent again by.
  await client.send('first')
  const sent = Array.from({ length: 40 }, (_, i) => `datagram ${i}`)
  await Promise.all(sent.map((text) => client.send(text)))
  expect([...received].sort()).toEqual(['first', ...sent].sort())
  await Promise.all([client.close(), server.close()])
  lossy.close()
})

test('C15: gives up when nobody answers, and when the pipe closes', async () => {
  const [pipe, silent] = await Promise.all([openPair('udp'), anybody()])
  const lonely = await openPipe({ transport: 'udp', dest: silent.local, local: LOOPBACK })
  const sender = acknowledge(lonely, { giveUpMs: 50 })
  const startedAt = systemClock.now()
  await expect(sender.send('x')).rejects.toMatchObject({ code: 'PIPE_GAVE_UP' })
  expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(49)
  const other = acknowledge(pipe.client)
  const pending = other.send('x')
  await other.close()
  await expect(pending).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  await expect(other.send('x')).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  await Promise.all([pipe.close(), silent.close(), sender.close()])
})

test('C15: acknowledgements are refused where they make no sense', async () => {
  const [{ client, close }, server] = await Promise.all([openPair('tcp'), anybody()])
  const refused = expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT' })
  expect(() => acknowledge(client)).toThrow(refused)
  expect(() => acknowledge(server)).toThrow(refused)
  echo(client)
  await Promise.all([close(), server.close()])
})
