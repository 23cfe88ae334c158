// Two hosts behind NATs learn their external endpoints from a server, and punch.
import { presets, VirtualInternet } from '@p2pd/lab'

const net = new VirtualInternet({ seed: 1 })
const server = net.host({ name: 'server' })
const alice = net.host({ name: 'alice', nat: presets.home, link: { delayMs: 20, jitterMs: 5 } })
const bob = net.host({ name: 'bob', nat: presets['restricted-random'], link: { delayMs: 30, loss: 0.01 } })
const text = (data: Uint8Array) => new TextDecoder().decode(data)
const bytes = (value: string) => new TextEncoder().encode(value)

// `run` lets virtual time pass until this is done, without waiting in real time.
await net.run(async () => {
  // The server answers every datagram with the address it came from.
  const stun = await server.network.bindUdp({ local: { ip: server.ip, port: 3478 } })
  stun.onMessage((_, from) => stun.send(bytes(`${from.ip} ${from.port}`), from))

  const sockets = await Promise.all(
    [alice, bob].map(({ network, ip }) => network.bindUdp({ local: { ip, port: 0 } })),
  )
  const external = await Promise.all(
    sockets.map(async (socket) => {
      const answer = new Promise<string>((resolve) => {
        const stop = socket.onMessage((data) => {
          stop()
          resolve(text(data))
        })
      })
      socket.send(bytes('where am I?'), stun.local)
      const [ip = '', port] = (await answer).split(' ')
      return { ip, port: Number(port) }
    }),
  )

  // Both send at once. A NAT may drop the first datagram, but each datagram opens the sender's own NAT.
  const [a, b] = sockets as [(typeof sockets)[0], (typeof sockets)[0]]
  const [toAlice, toBob] = external as [(typeof external)[0], (typeof external)[0]]
  const received = new Promise<string>((resolve) => b.onMessage((data) => resolve(text(data))))
  for (let time = 0; time < 500; time += 100) {
    net.clock.at(net.clock.now() + time, () => a.send(bytes('hello from alice'), toBob))
    net.clock.at(net.clock.now() + time, () => b.send(bytes('hello from bob'), toAlice))
  }
  console.log(`bob received "${await received}" after ${net.clock.now().toFixed(1)} ms`)
})
