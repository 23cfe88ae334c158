import { interfaceRoutes, publishable } from '@p2pd/netif'
import { loadInterfaces, resolve, systemNetwork } from '@p2pd/netif/node'

// The NIC that the system itself would use, or loopback on a machine without a network.
const nics = await loadInterfaces()
const nic = nics.find((one) => one.default.IPv4) ?? nics.find((one) => one.type === 'loopback')
console.log(`${nic?.humanName}: ${nic?.type}, published: ${nic !== undefined && publishable(nic)}`)

// A route: source addresses that share an external address (what that is, STUN finds out).
const [route] = nic ? interfaceRoutes(nic).filter(({ family }) => family === 'IPv4') : []
const source = route?.nicAddresses[0] ?? '127.0.0.1'

// An echo server of two lines, so that this runs offline; give HOST PORT to ask another.
const echo = await systemNetwork.bindUdp({ local: { ip: source, port: 0 } })
echo.onMessage((data, from) => echo.send(data, from))
const [, , host = source, port = echo.local.port] = process.argv
const [ip = host] = await resolve(host, { family: 'IPv4', timeoutMs: 2000 })

// A socket with that source address: bound to the NIC.
const socket = await systemNetwork.bindUdp({ local: { ip: source, port: 0 } })
const answer = new Promise<string>((done) => socket.onMessage((data) => done(new TextDecoder().decode(data))))
socket.send(new TextEncoder().encode('hello'), { ip, port: Number(port) })
console.log(`answered: ${await answer}`)

socket.close()
echo.close()
