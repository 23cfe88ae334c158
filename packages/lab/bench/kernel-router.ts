/**
 * Measures the kernel Internet. A three-host lab has to be up in 1.5 s and gone in 1 s. Its router has to carry
 * 15,000 packets a second. Prints the reason where a kernel Internet cannot be made.
 */
import { once } from 'node:events'
import { KernelInternet, kernelInternetSupport } from '@p2pd/lab'

const UP_LIMIT_MS = 1500
const GONE_LIMIT_MS = 1000
const LEAST_PACKETS_PER_SECOND = 15_000

const scenario = {
  hosts: [
    { name: 'server', link: { delayMs: 0 } },
    { name: 'alice', behind: 'home', link: { delayMs: 0 } },
    { name: 'bob', behind: 'home', link: { delayMs: 0 } },
  ],
  boxes: [{ name: 'home', preset: 'home', link: { delayMs: 0 } }],
} as const

async function timed<Result>(work: Promise<Result>): Promise<[Result, number]> {
  const start = performance.now()
  return [await work, performance.now() - start]
}

/** 25,000 packets of 200 bytes a second, for two seconds: above the limit, and below overload. */
const sender = `
const socket = require('node:dgram').createSocket('udp4')
const [start, packet] = [performance.now(), Buffer.alloc(200)]
let sent = 0
const catchUp = () => {
  const elapsed = performance.now() - start
  while (sent < elapsed * 25) { socket.send(packet, 4000, process.argv[1]); sent++ }
  if (elapsed < 2000) setTimeout(catchUp, 1)
  else socket.close()
}
catchUp()`

const receiver = `
const socket = require('node:dgram').createSocket({ type: 'udp4', recvBufferSize: 4e6 })
let [count, first, last] = [0, 0, 0]
socket.on('message', () => {
  last = performance.now()
  if (count++ === 0) first = last
})
socket.bind(4000, () => console.log('ready'))
process.stdin.on('end', () => {
  console.log(Math.round((count * 1000) / (last - first)))
  process.exit()
}).resume()`

/** Packets a second that arrive from alice, through her NAT, at the server. */
async function measureUdp(net: KernelInternet): Promise<number> {
  const server = net
    .host('server')
    .spawn(process.execPath, ['-e', receiver], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(server.stdout as NodeJS.EventEmitter, 'data')
  const { stderr } = await net.host('alice').exec(process.execPath, ['-e', sender, net.host('server').ip])
  process.stderr.write(stderr)
  server.stdin?.end()
  const [counted] = (await once(server.stdout as NodeJS.EventEmitter, 'data')) as [Buffer]
  return Number(counted.toString())
}

/** Megabits a second of one TCP connection from alice to the server, and packets a second both ways. */
async function measureTcp(net: KernelInternet): Promise<{ mbits: number; packets: number }> {
  const bytes = 50e6
  const server = net
    .host('server')
    .spawn('socat', ['-u', 'TCP4-LISTEN:80', 'OPEN:/dev/null'], { stdio: 'ignore' })
  let packets = 0
  const stop = net.tap(({ link }) => {
    if (link === 'server/eth0') packets++
  })
  const send = `until head -c ${bytes} /dev/zero | socat -u - TCP4:${net.host('server').ip}:80 2>/dev/null; do :; done`
  const [, elapsedMs] = await timed(net.host('alice').exec('sh', ['-c', send]))
  stop()
  server.kill()
  return {
    mbits: Math.round((bytes * 8) / elapsedMs / 1000),
    packets: Math.round((packets * 1000) / elapsedMs),
  }
}

const support = kernelInternetSupport()
if (!support.ok) console.log(`kernel Internet: skipped, ${support.reason}`)
else {
  const [net, upMs] = await timed(KernelInternet.create({ scenario }))
  const packetsPerSecond = await measureUdp(net)
  const tcp = await measureTcp(net)
  const [, goneMs] = await timed(net.close())
  const figure = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 })
  console.log(`kernel Internet of 3 hosts: up in ${figure(upMs)} ms, gone in ${figure(goneMs)} ms`)
  console.log(`kernel router: ${figure(packetsPerSecond)} UDP packets a second through a NAT`)
  console.log(`kernel router: TCP at ${figure(tcp.mbits)} Mbit/s, ${figure(tcp.packets)} packets a second`)
  if (upMs > UP_LIMIT_MS || goneMs > GONE_LIMIT_MS || packetsPerSecond < LEAST_PACKETS_PER_SECOND)
    process.exitCode = 1
}
