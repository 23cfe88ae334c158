/** 10,000 open-close cycles leave handles, timers and memory where they began. */
import { activeResources, openAndClose } from '../test/open-close.ts'
import { report } from './measure/compare.ts'

const CYCLES = 10_000
/** Memory is measured after as many cycles as let the heap and the allocator reach their size. */
const WARM_UP = 2_000
/** A leak of one pipe a cycle would be some 2 KB; less than a tenth of that is the allocator's noise. */
const MAX_BYTES_A_CYCLE = 200

async function settled(): Promise<{ handles: number; heap: number }> {
  const handles = (await activeResources()).length
  for (let i = 0; i < 4; i++) (globalThis as { gc?(): void }).gc?.()
  return { handles, heap: process.memoryUsage().heapUsed }
}

if ((globalThis as { gc?: unknown }).gc === undefined) {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  Object.assign(globalThis, { gc: runInNewContext('gc') as unknown })
}
for (const transport of ['tcp', 'udp'] as const) {
  await openAndClose(transport, WARM_UP)
  const before = await settled()
  await openAndClose(transport, CYCLES)
  const after = await settled()
  const handles = after.handles - before.handles
  const bytes = (after.heap - before.heap) / CYCLES
  const isOk = handles === 0 && bytes < MAX_BYTES_A_CYCLE
  const note = `${bytes.toFixed(0)} bytes of heap a cycle`
  report(`${CYCLES} open-close cycles, ${transport}: handles and timers left`, handles, 0, isOk, note)
}
