// Two sockets on this machine stand for the two ends of a punched path: datagrams and a stream share each.
import { systemRandom } from '@p2pd/netif/node'
import { UdxError } from '@p2pd/udx'
import { loadUdx } from '@p2pd/udx/node'

const udx = await loadUdx().catch((error: unknown) => {
  if (!(error instanceof UdxError && error.code === 'UDX_MISSING')) throw error
  console.log(error.message)
  process.exit(0)
})

// Bound like any other socket; a punch would run on them.
const bind = () => udx.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
const [alice, bob] = await Promise.all([bind(), bind()])

// Both ends have the token from elsewhere, such as an encrypted offer.
const token = systemRandom(16)
const client = await udx.openStream(alice, { remote: bob.local, role: 'client', token })
const server = await udx.openStream(bob, { remote: alice.local, role: 'server', token })

const datagram = new Promise<string>((resolve) => bob.onMessage((data) => resolve(String(data))))
alice.send(new TextEncoder().encode('a datagram'), bob.local)
console.log(`received: ${await datagram}`)

server.pipe(server) // An echo.
client.end('a stream')
for await (const chunk of client) console.log(`echoed: ${chunk}`)
