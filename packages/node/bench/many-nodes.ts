/**
 * 200 nodes in one process, real sockets and TLS, one embedded broker: 2,000 random pairs connect. How long a
 * call takes when many are under way, and what is left when all is closed.
 */
import { startMqttBroker } from '@p2pd/infra'
import type { Node } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'

const NODES = 200
const CALLS = 2000
/** Starts and calls under way at a time: both ends of each are on this machine. */
const AT_ONCE = 10

/** Does a piece of work so many times, some of it at once. */
async function repeat(times: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  let left = times
  const inTurn = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn))
  return (performance.now() - startedAt) / 1000
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|UDP|Timeout/.test(kind)).length
}

const before = handles()
const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
const servers = { stun: [], turn: [], mqtt: broker.urls }
const nodes: Node[] = []
const starting = await repeat(NODES, async () => {
  nodes.push(await startNode({ servers, identity: createIdentity(), echo: true }))
})
const pick = () => nodes[Math.floor(Math.random() * NODES)] as Node
const times: number[] = []
let failed = 0
const calling = await repeat(CALLS, async () => {
  const [caller, peer] = [pick(), pick()]
  if (caller === peer) return
  try {
    const pipe = await caller.connect(peer.id)
    times.push(pipe.connection.elapsedMs)
    await pipe.close()
  } catch (error) {
    failed++
    console.log((error as Error).message)
  }
})
const heapMb = process.memoryUsage().heapUsed / 2 ** 20
await Promise.all(nodes.map((node) => node.close()))
await broker.close()
times.sort((a, b) => a - b)
const percentile = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? NaN)
console.table({
  [`${NODES} nodes`]: {
    'started in s': starting.toFixed(1),
    connected: times.length,
    failed,
    'calls a second': Math.round(CALLS / calling),
    'p50 ms': percentile(0.5),
    'p95 ms': percentile(0.95),
    'longest ms': Math.round(times.at(-1) ?? NaN),
    'heap MB': Math.round(heapMb),
    'handles left': handles() - before,
  },
})
