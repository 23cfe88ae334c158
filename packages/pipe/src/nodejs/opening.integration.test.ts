import { type Duplex, duplexPair } from 'node:stream'
import { expect, test } from '@jest/globals'
import { readExactly, readPrefix } from '@p2pd/netif'
import { PipeError } from '@p2pd/pipe'
import { openPipe, pipeFromStream } from '@p2pd/pipe/node'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

const [LOCAL, REMOTE] = [
  { ip: '192.0.2.1', port: 1 },
  { ip: '192.0.2.2', port: 2 },
]

/** A pipe whose maker takes a reply of two bytes off the stream first, and its peer. */
function openingPipe() {
  const [stream, peer] = duplexPair() as [Duplex, Duplex]
  const opened = readPrefix(stream, () => readExactly(stream, 2))
  const pipe = pipeFromStream(stream, { transport: 'udx', local: LOCAL, remote: REMOTE, opened })
  return { pipe, peer, opened }
}

/** The text that came from a stream so far. */
function textOf(stream: Duplex): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}

test('a pipe that is being opened sends at once, and its messages begin behind the reply', async () => {
  const { pipe, peer } = openingPipe()
  const sent = textOf(peer)
  const first = pipe.recv()
  const seen: string[] = []
  pipe.onMessage((data) => seen.push(Buffer.from(data).toString()))
  await pipe.send('question')
  await new Promise(setImmediate)
  expect(sent()).toBe('question')
  peer.write('OK')
  await new Promise(setImmediate)
  expect(seen).toEqual([])
  peer.write('message')
  expect(Buffer.from((await first).data).toString()).toBe('message')
  expect([pipe.transport, seen]).toEqual(['udx', ['message']])
  peer.resume().end()
  await pipe.close()
})

test('the reply and the first message may come in one chunk', async () => {
  const { pipe, peer } = openingPipe()
  peer.write('OKmessage')
  expect(Buffer.from((await pipe.recv()).data).toString()).toBe('message')
  peer.resume().end()
  await pipe.close()
})

test('the stream of a pipe that is being opened begins behind the reply, too, and ends with the peer', async () => {
  const { pipe, peer } = openingPipe()
  const { stream } = pipe
  expect(pipe.stream).toBe(stream)
  const received = textOf(stream)
  const sent = textOf(peer)
  stream.write('question')
  peer.write('OKmes')
  await new Promise(setImmediate)
  peer.end('sage')
  await new Promise((resolve) => stream.once('end', resolve))
  stream.end('!')
  await new Promise((resolve) => peer.once('end', resolve))
  expect([received(), sent()]).toEqual(['message', 'question!'])
  expect(await closeOf(pipe)).toBeUndefined()
})

test('once it is open the stream is the one that the pipe was made of', async () => {
  const { pipe, peer, opened } = openingPipe()
  peer.write('OKrest')
  await opened
  await new Promise(setImmediate)
  expect((pipe.stream.read() as Buffer).toString()).toBe('rest')
  peer.resume().end()
  await pipe.close()
})

test('a megabyte through a stream taken early arrives whole, at the pace of its reader', async () => {
  const { pipe, peer } = openingPipe()
  const { stream } = pipe
  const data = Buffer.alloc(2 ** 20, 'x')
  peer.write('OK')
  peer.end(data)
  let received = 0
  for await (const chunk of stream) {
    received += (chunk as Buffer).length
    expect(stream.readableLength).toBeLessThanOrEqual(2 * 65_536)
    await new Promise(setImmediate)
  }
  expect(received).toBe(data.length)
})

test('when the peer ends before its reply the pipe ends with that error, for every reader', async () => {
  for (const take of [false, true]) {
    const { pipe, peer } = openingPipe()
    const ended = closeOf(pipe)
    const reader = take ? streamError(pipe.stream) : pipe.recv().catch((error: unknown) => error)
    peer.end('O')
    expect(await ended).toMatchObject({ code: 'PIPE_NOT_OPENED', cause: { code: 'NETIF_CLOSED' } })
    expect(await reader).toMatchObject({ code: take ? 'NETIF_CLOSED' : 'PIPE_NOT_OPENED' })
  }
})

test('a PipeError that refuses the pipe is the error of the pipe', async () => {
  const [stream, peer] = duplexPair() as [Duplex, Duplex]
  const refused = new PipeError('PIPE_UNSUPPORTED', 'no such service')
  const options = { transport: 'tls', local: LOCAL, remote: REMOTE, opened: Promise.reject(refused) } as const
  expect(await closeOf(pipeFromStream(stream, options))).toBe(refused)
  peer.destroy()
})

test('a pipe that is closed while it is being opened closes without an error', async () => {
  const { pipe, peer, opened } = openingPipe()
  opened.catch(() => {})
  peer.resume().on('end', () => peer.end())
  await pipe.close()
  expect(await closeOf(pipe)).toBeUndefined()
})

test('over TCP: nothing is lost or read twice, and no pipe is opened over udx', async () => {
  const { client, served, close } = await openPair('tcp')
  const stream = client.stream
  const opened = readPrefix(stream, () => readExactly(stream, 2))
  const pipe = pipeFromStream(stream, { transport: 'tcp', local: client.local, remote: served.local, opened })
  const messages = pipe.subscribe({ match: /b/ })
  await served.send('OKab')
  expect(Buffer.from((await messages.recv({ timeoutMs: 5000 })).data).toString()).toBe('ab')
  await Promise.all([pipe.close(), close()])
  await expect(openPipe({ transport: 'udx' as 'tcp', dest: REMOTE })).rejects.toMatchObject({
    code: 'PIPE_INVALID_ARGUMENT',
  })
})

function streamError(stream: Duplex): Promise<unknown> {
  return new Promise((resolve) => stream.once('error', resolve))
}
