/** 10,000 open-close cycles leave handles, timers and memory where they began. */
import { listen, openPipe } from '@p2pd/pipe/node'
import { report } from './measure/compare.ts'

const CYCLES = 10_000
/** Memory is measured after as many cycles as let the heap and the allocator reach their size. */
const WARM_UP = 2_000
/** A leak of one pipe a cycle would be some 2 KB; less than a tenth of that is the allocator's noise. */
const MAX_BYTES_A_CYCLE = 200
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

async function cycle(transport: 'tcp' | 'udp', count: number): Promise<void> {
  const server = await listen({ transport, local: LOOPBACK })
  server.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))
  for (let i = 0; i < count; i++) {
    const pipe = await openPipe({ transport, dest: server.local })
    const subscription = pipe.subscribe()
    await pipe.send('x')
    await subscription.recv({ timeoutMs: 5000 })
    await pipe.close()
  }
  await server.close()
}

async function settled(): Promise<{ handles: number; heap: number }> {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  for (let i = 0; i < 4; i++) (globalThis as { gc?(): void }).gc?.()
  return { handles: process.getActiveResourcesInfo().length, heap: process.memoryUsage().heapUsed }
}

if ((globalThis as { gc?: unknown }).gc === undefined) {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  Object.assign(globalThis, { gc: runInNewContext('gc') as unknown })
}
for (const transport of ['tcp', 'udp'] as const) {
  await cycle(transport, WARM_UP)
  const before = await settled()
  await cycle(transport, CYCLES)
  const after = await settled()
  const handles = after.handles - before.handles
  const bytes = (after.heap - before.heap) / CYCLES
  const isOk = handles === 0 && bytes < MAX_BYTES_A_CYCLE
  const note = `${bytes.toFixed(0)} bytes of heap a cycle`
  report(`${CYCLES} open-close cycles, ${transport}: handles and timers left`, handles, 0, isOk, note)
}
