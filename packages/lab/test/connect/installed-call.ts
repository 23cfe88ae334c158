/**
 * Calls the command installed at the first argument from another process of it, each behind the NAT of a home, through real
 * kernels: twice. Prints how it connected, or `skipped` and what this machine lacks. Nothing is timed.
 */
import { spawnSync } from 'node:child_process'
import { kernelInternetSupport } from '@p2pd/lab'
import { COLD_PROGRAMS, ColdLab } from '../../bench/measure/connect-cold.ts'

const [, , bin] = process.argv

/** Names the lack; undefined when all is there. */
function lacking(): string | undefined {
  const support = kernelInternetSupport()
  if (!support.ok) return support.reason
  const missing = COLD_PROGRAMS.filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found`
}

async function call(): Promise<string> {
  const lab = await ColdLab.open({ name: 'home calls home', caller: 'home', callee: 'home' }, bin)
  try {
    const calls = await lab.round()
    return calls.map(({ strategy }) => strategy).join(', ')
  } finally {
    await lab.close()
  }
}

const reason = lacking()
console.log(reason === undefined ? `by ${await call()}` : `skipped: ${reason}`)
