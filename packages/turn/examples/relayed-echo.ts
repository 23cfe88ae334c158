// Two hosts meet at a relay. Give a TURN server: URI, user name, password.
import { systemNetwork } from '@p2pd/netif/node'
import { allocate } from '@p2pd/turn'
import { turnPorts } from '@p2pd/turn/node'

const [, , server = '', username = '', password = ''] = process.argv
if (server === '') {
  console.log('usage: relayed-echo.ts turn:HOST[:PORT] USER PASSWORD')
  process.exit()
}

// This host is reachable at the relayed address, and answers there.
const relay = await allocate(turnPorts, { server, credentials: { username, password } })
relay.onMessage((data, from) => relay.send(data, from))

// The other host knows that address and nothing else. It may send as soon as its address is permitted.
const peer = await systemNetwork.bindUdp({ local: { ip: '0.0.0.0', port: 0 } })
const isPermitted = await relay.permit(relay.mapped?.ip ?? '127.0.0.1')
if (!isPermitted) throw new Error('the server refuses this peer: it may need --allow-private-peers')
const answered = new Promise<string>((resolve) => {
  peer.onMessage((data) => resolve(new TextDecoder().decode(data)))
})
peer.send(new TextEncoder().encode('hello'), relay.local)
console.log(`answered through ${relay.local.ip}: ${await answered}`)

peer.close()
relay.close()
await relay.closed
