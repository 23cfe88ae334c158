/** Memory of 10,000 idle pipes, as a ratio to 10,000 idle raw sockets. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Pipe } from '@p2pd/pipe'
import { openPipe } from '@p2pd/pipe/node'
import { report } from './measure/compare.ts'

const COUNT = 10_000
const BOUND = 1.5
const ROUNDS = 3

/** Opened and closed beforehand, so that what the process needs once is not counted to the pipes. */
const WARM_UP = 2000

type Way = 'raw' | 'ours'

async function open(way: Way, port: number): Promise<Socket | Pipe> {
  if (way === 'ours') return openPipe({ transport: 'tcp', dest: { ip: '127.0.0.1', port } })
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Opens them all, and tells by how much the process grew. */
async function measure(way: Way, port: number): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) {
    const opened = await open(way, port)
    if (opened instanceof Socket) opened.destroy()
    else await opened.close()
  }
  collectGarbage()
  const before = process.memoryUsage().rss
  const kept: unknown[] = []
  while (kept.length < COUNT) kept.push(await open(way, port))
  collectGarbage()
  return process.memoryUsage().rss - before
}

function collectGarbage(): void {
  for (let i = 0; i < 3; i++) (globalThis as { gc?(): void }).gc?.()
}

/** A process for each way: memory is never given back whole. The other ends are in this one. */
async function measureInChild(way: Way, port: number): Promise<number> {
  const execArgv = [...process.execArgv, '--expose-gc']
  const child = fork(fileURLToPath(import.meta.url), [way, String(port)], { execArgv })
  const [used] = (await once(child, 'message')) as [number]
  await once(child, 'exit')
  return used
}

async function compareProcesses(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const ratios: number[] = []
  let each = 0
  for (let round = 0; round < ROUNDS; round++) {
    const raw = await measureInChild('raw', port)
    const ours = await measureInChild('ours', port)
    ratios.push(ours / raw)
    each = ours / COUNT
  }
  server.close()
  const ratio = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
  const note = `median of ${ROUNDS}; ${Math.round(each)} bytes a pipe`
  report('10,000 idle TCP pipes, memory, of idle sockets', ratio, BOUND, ratio <= BOUND, note)
}

const [, , way, port] = process.argv
if (way === undefined || process.send === undefined) await compareProcesses()
else process.send(await measure(way as Way, Number(port)), () => process.exit())
