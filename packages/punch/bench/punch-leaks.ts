/** 500 punches between two processes, 20 at once, every fifth given up: handles, timers and memory they leave. */
import { TwoProcesses } from '../test/two-processes.ts'

const PROGRAM = new URL('../test/punching-process.ts', import.meta.url).pathname
const PUNCHES = 500
const AT_ONCE = 20
/** Load what stays. */
const WARM_UP = 500
/** The heap of one process moves by this much from one collection to the next, whatever it does. */
const MOST_BYTES = 500_000

for (const protocol of ['udp', 'tcp'] as const) {
  const processes = new TwoProcesses(PROGRAM, ['--import', 'tsx', '--conditions=@p2pd/source'])
  try {
    await processes.ready()
    const common = { protocol, atOnce: AT_ONCE, unfinished: true }
    const before = await processes.run({ ...common, first: 0, count: WARM_UP })
    const startedAt = performance.now()
    const after = await processes.run({ ...common, first: WARM_UP, count: PUNCHES })
    const seconds = (performance.now() - startedAt) / 1000
    const left = after.map((now, i) => ({
      handles: now.resources.length,
      descriptors: now.descriptors - (before[i]?.descriptors ?? 0),
      bytes: now.bytes - (before[i]?.bytes ?? 0),
    }))
    const isOk = left.every((one) => one.handles <= 0 && one.descriptors <= 0 && one.bytes < MOST_BYTES)
    const figures = left.map((one, i) => {
      const side = ['controlling', 'controlled'][i]
      return `${side}: ${one.handles} handles and timers, ${one.descriptors} descriptors, ${(one.bytes / 1024).toFixed(0)} KiB`
    })
    console.log(
      `${protocol}: ${PUNCHES} punches, ${AT_ONCE} at once, ${seconds.toFixed(1)} s; left, ${figures.join('; ')}: ${isOk ? 'ok' : 'NOT OK'}`,
    )
    if (!isOk) process.exitCode = 1
  } finally {
    await processes.close()
  }
}
