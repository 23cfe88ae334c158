import { interfaceRoutes } from '@p2pd/netif'
import { loadInterfaces, resolve } from '@p2pd/netif/node'
import { echo } from '@p2pd/pipe'
import { openPipe, startDaemon } from '@p2pd/pipe/node'

// The interface that the system itself would use, or loopback on a machine without a network.
const nics = await loadInterfaces()
const nic = nics.find((one) => one.default.IPv4) ?? nics.find((one) => one.type === 'loopback')

// A route: source addresses that share an external address.
const [route] = nic ? interfaceRoutes(nic).filter(({ family }) => family === 'IPv4') : []
const source = route ? { route } : { local: { ip: '127.0.0.1', port: 0 } }

// Without arguments this starts the echo server too; `HOST PORT` asks another.
const daemon = await startDaemon({ reach: 'all', port: 0, onPipe: echo })
const [, , host = route?.nicAddresses[0] ?? '127.0.0.1', port = daemon.port] = process.argv
const [ip = host] = await resolve(host)

// A pipe: the same lines with 'tcp' or 'tls', with IPv6 addresses, and on the server's side.
const pipe = await openPipe({ transport: 'udp', dest: { ip, port: Number(port) }, ...source })
await pipe.send('hello')
const { data, from } = await pipe.recv({ match: /^hello/, timeoutMs: 5000 })
console.log(`${nic?.humanName}: ${new TextDecoder().decode(data)} from port ${from.port}`)

await pipe.close()
await daemon.close()
