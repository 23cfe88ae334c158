import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ByteStream, TransportAddress } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { allocate, type AllocateOptions, allocateTcp } from '@p2pd/turn'
import { turnPorts } from '@p2pd/turn/node'
import { startCoturn } from '@p2pd/turn/testing/coturn'

const IP = '127.0.0.1'
const CHUNK = new Uint8Array(64 * 1024)
const DATAGRAM = new Uint8Array(1200)
/** Datagrams under way: fewer leave the server idle, more overflow the buffer of a socket. */
const WINDOW = 32
/** A window of which nothing has come back for so long is lost, and sent anew. */
const LOST_MS = 100

/** A TURN server in a process of its own. */
export interface TurnProcess {
  readonly port: number
  stop(): Promise<void>
}

/** coturn, on one core. */
export function coturnOn(core: number): Promise<TurnProcess> {
  return startCoturn([], { core })
}

/** The embedded server, on one core. */
export async function embeddedOn(core: number): Promise<TurnProcess> {
  const program = fileURLToPath(new URL('turn-program.ts', import.meta.url))
  const node = [process.execPath, '--import', 'tsx', '--conditions=@p2pd/source', program]
  const child = spawn('taskset', ['-c', `${core}`, ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const over = once(child, 'close')
  const stop = async () => {
    child.stdin.end()
    await over
  }
  return { port: Number(line), stop }
}

/** How to allocate at a server. */
function optionsOf({ port }: TurnProcess, transport: 'udp' | 'tcp'): AllocateOptions {
  return {
    server: `turn:${IP}:${port}?transport=${transport}`,
    credentials: { username: 'u', password: 'p' },
  }
}

/** Bytes a second from one end of a connection to the other. */
export async function streamRate(from: ByteStream, to: ByteStream, totalBytes: number): Promise<number> {
  const startedAt = performance.now()
  let received = 0
  const arrived = new Promise<void>((resolve) => {
    to.on('data', (chunk: Uint8Array) => {
      received += chunk.length
      if (received >= totalBytes) resolve()
    })
  })
  for (let sent = 0; sent < totalBytes; sent += CHUNK.length) {
    if (!from.write(CHUNK)) await once(from, 'drain')
  }
  await arrived
  return (totalBytes * 1000) / (performance.now() - startedAt)
}

/** Bytes a second of a peer that has dialled in to a TCP allocation. RFC 6062. */
export async function tcpRelayRate(server: TurnProcess, totalBytes: number): Promise<number> {
  const listener = await allocateTcp(turnPorts, optionsOf(server, 'tcp'))
  await listener.permit(IP)
  const accepted = new Promise<ByteStream>((resolve) =>
    listener.onConnection(({ stream }) => resolve(stream)),
  )
  const { stream } = await systemNetwork.dial({ remote: listener.local })
  const rate = await streamRate(stream, await accepted, totalBytes)
  await listener.release()
  stream.destroy()
  return rate
}

/** Datagrams a second that go to a peer through a channel, and come back. */
export async function echoRate(
  server: TurnProcess,
  peer: TransportAddress,
  durationMs: number,
): Promise<number> {
  const socket = await allocate(turnPorts, optionsOf(server, 'udp'))
  let received = 0
  let underWay = 0
  const fill = () => {
    for (; underWay < WINDOW; underWay++) socket.send(DATAGRAM, peer)
  }
  socket.onMessage(() => {
    received++
    underWay--
    fill()
  })
  let before = -1
  const timer = setInterval(() => {
    if (received === before) underWay = 0
    before = received
    fill()
  }, LOST_MS)
  const startedAt = performance.now()
  fill()
  await new Promise((resolve) => setTimeout(resolve, durationMs))
  clearInterval(timer)
  const rate = (received * 1000) / (performance.now() - startedAt)
  socket.close()
  await socket.closed
  return rate
}

/** The same of coturn's own client with several sessions: its best second. */
export async function coturnClientRate(server: TurnProcess, peer: TransportAddress): Promise<number> {
  const toPeer = ['-e', peer.ip, '-r', `${peer.port}`, '-p', `${server.port}`]
  const load = ['-n', '3000', '-m', '8', '-z', '0', '-l', `${DATAGRAM.length}`, '-c']
  const child = spawn('turnutils_uclient', ['-u', 'u', '-w', 'p', ...toPeer, ...load, IP])
  const totals: number[] = [0]
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      const [, total] = /msz=\d+.*tot_recv_msgs=(\d+)/.exec(line) ?? []
      if (total !== undefined) totals.push(Number(total))
    })
  }
  await once(child, 'close')
  return Math.max(...totals.slice(1).map((total, index) => total - (totals[index] ?? 0)))
}
