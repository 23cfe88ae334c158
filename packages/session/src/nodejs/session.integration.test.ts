import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { systemClock } from '@p2pd/netif/node'
import { securePair } from '@p2pd/netif/testing'
import { Session } from './session.ts'

async function tlsPath() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  const [served] = (await once(server, 'connection')) as [Socket]
  server.close()
  return securePair([client, served])
}

function sessions(): readonly [Session, Session] {
  const clock = systemClock
  return [new Session({ role: 'controlling', clock }), new Session({ role: 'controlled', clock })]
}

async function attach([alice, bob]: readonly [Session, Session]): Promise<readonly [Socket, Socket]> {
  const [a, b] = await tlsPath()
  const [fromAlice, fromBob] = [alice.received, bob.received]
  alice.attach({ stream: a }, fromBob)
  bob.attach({ stream: b }, fromAlice)
  return [a, b]
}

const over = (session: Session) => new Promise<unknown>((resolve) => session.onClosed(resolve))
const timers = () => process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP|TLS/.test(kind)).length

test('over TLS: paths that are cut under 20 MB, and one that replaces another', async () => {
  const pair = sessions()
  const [alice, bob] = pair
  const content = Buffer.alloc(20_000_000)
  for (let i = 0; i < content.length; i += 4) content.writeUInt32LE(i, i)
  let [path] = await attach(pair)
  const received = buffer(bob.pipe)
  let read = 0
  bob.pipe.on('data', ({ length }: Uint8Array) => void (read += length))
  alice.pipe.end(content)
  for (const until of [1_000_000, 5_000_000, 9_000_000, 15_000_000]) {
    while (read < until) await once(bob.pipe, 'data')
    if (until > 8_000_000) await attach(pair)
    else {
      path.destroy()
      ;[path] = await attach(pair)
    }
  }
  expect((await received).equals(content)).toBe(true)
  const ends = [over(alice), over(bob)]
  await alice.close()
  expect(await Promise.all(ends)).toEqual([undefined, undefined])
})

test('two hundred sessions in one process leave no handle and no timer', async () => {
  const before = timers()
  for (let round = 0; round < 10; round++) {
    const pairs = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const pair = sessions()
        await attach(pair)
        return pair
      }),
    )
    await Promise.all(
      pairs.map(async ([alice, bob]) => {
        bob.pipe.pipe(bob.pipe)
        alice.pipe.end('echo')
        expect((await buffer(alice.pipe)).toString()).toBe('echo')
        const ends = [over(alice), over(bob)]
        await alice.close()
        await Promise.all(ends)
      }),
    )
  }
  const gone = async () => {
    for (let turns = 0; turns < 500 && timers() > before; turns++) await new Promise(setImmediate)
    return timers()
  }
  expect(await gone()).toBeLessThanOrEqual(before)
})
