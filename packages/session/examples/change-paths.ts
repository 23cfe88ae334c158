// Two ends in one process move from one TCP connection to another while data flows, then close.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { systemClock } from '@p2pd/netif/node'
import { Session } from '@p2pd/session/node'

// A path: plain TCP over loopback here; between two hosts it has to be TLS.
async function openPath(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { port: number }
  const client = connect(address.port, '127.0.0.1')
  const [served] = (await once(server, 'connection')) as [Socket]
  server.close()
  return [client, served]
}

const alice = new Session({ role: 'controlling', clock: systemClock })
const bob = new Session({ role: 'controlled', clock: systemClock })

async function usePath(): Promise<readonly [Socket, Socket]> {
  const [a, b] = await openPath()
  const [fromAlice, fromBob] = [alice.received, bob.received]
  alice.attach({ stream: a }, fromBob) // Each end says what it has received; see `Nominations`.
  bob.attach({ stream: b }, fromAlice)
  return [a, b]
}

await usePath()
const received = buffer(bob.pipe)
alice.pipe.write(Buffer.alloc(1_000_000, 'a'))

await usePath() // A better path: both are alive, and nothing waits.
alice.pipe.write(Buffer.alloc(1_000_000, 'b'))

const [socket] = await usePath()
socket.destroy() // A path that dies under the data: the next one brings what is missing.
alice.pipe.end(Buffer.alloc(1_000_000, 'c'))
await usePath()

bob.onStream((stream) => stream.end(`${stream.service} of the day`))
const question = alice.openStream('soup')
question.end()

console.log(`received: ${(await received).length} bytes`)
console.log(`answered: ${(await buffer(question)).toString()}`)
await alice.close()
