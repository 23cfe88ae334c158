import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { expect, test } from '@jest/globals'
import { openPipe } from '@p2pd/pipe/node'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

const inUse = expect.objectContaining({ code: 'PIPE_IN_USE' })

test.each(['tcp', 'tls', 'udp'] as const)(
  'a stream takes over from recv, losing nothing: %s',
  async (transport) => {
    const pair = await openPair(transport)
    await pair.client.send('header ')
    await pair.served.recv({ match: /^header/, timeoutMs: 5000 })
    await pair.client.send('unread, ')
    await pair.client.send('later')
    const { stream } = pair.served
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk)
      if (text.endsWith('later')) stream.emit('complete')
    })
    await once(stream, 'complete')
    expect(text).toBe('unread, later')
    await pair.close()
  },
)

test.each(['tcp', 'tls', 'udp'] as const)(
  'once the stream is taken messages are refused: %s',
  async (transport) => {
    const { client, close } = await openPair(transport)
    expect(client.stream).toBe(client.stream)
    await expect(client.recv()).rejects.toEqual(inUse)
    expect(() => client.subscribe()).toThrow(inUse)
    expect(() => client.onMessage(() => {})).toThrow(inUse)
    await close()
  },
)

test.each(['tcp', 'udp'] as const)('while messages are read the stream is refused: %s', async (transport) => {
  const { client, close } = await openPair(transport)
  const waiting = client.recv().catch(() => {})
  expect(() => client.stream).toThrow(inUse)
  const subscription = client.subscribe()
  expect(() => client.stream).toThrow(inUse)
  await close()
  await waiting
  subscription.close()
})

test('what Node’s pipeline does with a pipe: 8 MB through the Duplex and back', async () => {
  const { client, served, close } = await openPair('tcp')
  const { stream } = served
  const echoing = pipeline(stream, stream)
  const size = 8_000_000
  let got = 0
  const reading = (async () => {
    for await (const chunk of client.stream) got += (chunk as Buffer).length
  })()
  client.stream.end(new Uint8Array(size))
  await Promise.all([reading, echoing])
  expect(got).toBe(size)
  await close()
})

test('each datagram is one chunk of the stream, an empty one too', async () => {
  const { client, served, close } = await openPair('udp')
  for (const data of ['one', '', 'three']) await client.send(data)
  const chunks: string[] = []
  for await (const chunk of served.stream) {
    chunks.push(String(chunk))
    if (chunks.length === 3) break
  }
  expect(chunks).toEqual(['one', '', 'three'])
  expect(served.closed).toBe(true)
  await close()
})

test('a datagram pipe’s stream sends, and ends with the pipe', async () => {
  const { client, served, close } = await openPair('udp')
  client.stream.write('written')
  expect(String((await served.recv({ timeoutMs: 5000 })).data)).toBe('written')
  const closed = closeOf(client)
  client.stream.destroy()
  expect(await closed).toBeUndefined()
  await close()
})

test('a pipe to anybody has no stream', async () => {
  const pipe = await openPipe({ transport: 'udp', local: { ip: '127.0.0.1', port: 0 } })
  expect(() => pipe.stream).toThrow(expect.objectContaining({ code: 'PIPE_UNSUPPORTED' }))
  await pipe.close()
})
