/** The speed of the virtual Internet: idle hosts (under 2 s), pairs that punch, bytes, packets. */
import { presets, VirtualInternet } from '@p2pd/lab'

const IDLE_LIMIT_MS = 2000

async function timed(work: () => Promise<string>): Promise<number> {
  const start = performance.now()
  const told = await work()
  const elapsed = performance.now() - start
  console.log(`${told}: ${elapsed.toFixed(0)} ms`)
  return elapsed
}

const idle = await timed(async () => {
  const net = new VirtualInternet()
  const server = net.host()
  await net.run(async () => {
    const echo = await server.network.bindUdp({ local: { ip: server.ip, port: 3478 } })
    echo.onMessage((data, from) => echo.send(data, from))
    for (let i = 0; i < 100; i++) {
      const { network } = net.host({ nat: presets.home })
      const socket = await network.bindUdp({ local: { ip: '0.0.0.0', port: 0 } })
      const keepAlive = () => {
        socket.send(new Uint8Array(20), echo.local)
        net.clock.at(net.clock.now() + 15_000, keepAlive)
      }
      keepAlive()
    }
  })
  await net.advance(60_000)
  return '60 s of 100 idle hosts, keep-alives every 15 s'
})

await timed(async () => {
  const net = new VirtualInternet()
  const pair = async () => {
    const [a, b] = [net.host({ nat: presets.home }), net.host({ nat: presets.home })]
    const from = { port: 4000 }
    const dials = [
      a.network.dial({ local: { ip: a.ip, ...from }, remote: { ip: b.box?.external[0] ?? '', ...from } }),
      b.network.dial({ local: { ip: b.ip, ...from }, remote: { ip: a.box?.external[0] ?? '', ...from } }),
    ]
    for (const { stream } of await Promise.all(dials)) stream.resume().end('hello')
  }
  await net.run(() => Promise.all(Array.from({ length: 1000 }, pair)))
  return '1,000 pairs open TCP simultaneously through two NATs'
})

await timed(async () => {
  const net = new VirtualInternet()
  let packets = 0
  net.tap(() => packets++)
  const [a, b] = [net.host({ nat: presets.home }), net.host()]
  const listener = await b.network.listenTcp({ local: { ip: b.ip, port: 80 } })
  const start = performance.now()
  await net.run(async () => {
    const done = new Promise((resolve) =>
      listener.onConnection(({ stream }) => stream.resume().once('end', resolve)),
    )
    const { stream } = await a.network.dial({ remote: listener.local })
    stream.end(Buffer.alloc(20e6))
    await done
  })
  const perSecond = Math.round(packets / ((performance.now() - start) / 1000))
  return `20 MB by TCP through a NAT, ${perSecond.toLocaleString('en')} link crossings a second`
})

if (idle > IDLE_LIMIT_MS) process.exitCode = 1
