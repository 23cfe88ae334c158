import { constants } from 'node:os'
import type { Surroundings } from './context.ts'
import { endStdout } from './ending/end-stdout.ts'
import { isReloadOnHangUp } from './ending/hang-up.ts'
import { isStartedByNohup } from './ending/nohup.ts'

/** The exit status of a command that failed. */
const FAILED = 1
/** A process that a signal has ended has this plus the number of the signal as its status. POSIX.1-2017, 2.8.2. */
const SIGNAL_STATUS = 128
/** Closing a node takes 5 s at most, and the kernel lab removes its hosts: a command that takes longer hangs. */
const INTERRUPTED_MS = 10_000
/** A command that is done has closed what it opened: whatever is left, such as a dial under way, may not hold the process. */
const LEFTOVERS_MS = 500

/** How a process was asked to end. */
interface Interruption {
  readonly controller: AbortController
  /** Called on SIGHUP, except on Windows; without any it ends the process. */
  readonly reloads: Set<() => void>
  /** The exit status for the signal that came; undefined before one comes. */
  status: number | undefined
}

/**
 * Runs the command line of this process; resolves with its exit status. The command is loaded here, so that what
 * keeps it from being loaded is reported in one line as well. The process ends soon afterwards, whatever is left open.
 */
export async function runProcess(): Promise<number> {
  const { stdout, stderr, env } = process
  const interruption = onSignals()
  let lost: NodeJS.ErrnoException | undefined
  stdout.on('error', (error) => {
    lost ??= error
    interruption.controller.abort(new Error(`standard output can't be written: ${error.message}`))
  })
  stderr.on('error', () => {}) // Its reader went away: the command goes on, and its messages are dropped.

  const args = process.argv.slice(2)
  const status = await runCommand(args, {
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    env,
    interrupted: interruption.controller.signal,
    onReload: (listener) => {
      interruption.reloads.add(listener)
      return () => interruption.reloads.delete(listener)
    },
    endStdout,
  })
  await new Promise((resolve) => stdout.write('', resolve))
  // A reader that has seen enough is not a failure (`p2pd id | head -0`), unless the command was not done yet.
  const failed = lost !== undefined && (lost.code !== 'EPIPE' || status !== 0)
  if (failed) {
    const { systemReason } = await import('@p2pd/netif') // A command that is done does not need it.
    stderr.write(`p2pd: standard output can't be written: ${systemReason(lost)}\n`)
  }
  const finalStatus = interruption.status ?? (failed ? FAILED : status)
  setTimeout(() => process.exit(finalStatus), LEFTOVERS_MS).unref()
  return finalStatus
}

/** Aborts on the first signal, and ends the process when the command goes on; a second signal ends it at once. */
function onSignals(): Interruption {
  const controller = new AbortController()
  const reloads = new Set<() => void>()
  const interruption: Interruption = { controller, reloads, status: undefined }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const status = SIGNAL_STATUS + constants.signals[signal]
    const interrupt = () => {
      if (signal === 'SIGHUP' && reloads.size > 0 && isReloadOnHangUp()) {
        for (const reload of reloads) reload()
        return
      }
      if (signal === 'SIGHUP' && isStartedByNohup()) return
      interruption.status ??= status
      controller.abort(new Error(`ended by ${signal}`))
      setTimeout(() => process.exit(status), INTERRUPTED_MS).unref()
      // Other listeners of this signal must see that somebody handles it.
      setImmediate(() => process.off(signal, interrupt))
    }
    process.on(signal, interrupt)
  }
  return interruption
}

async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const { main } = await import('./index.ts')
    return await main(args, surroundings)
  } catch (error) {
    const { code = 'CLI_FAILED', message } = error as NodeJS.ErrnoException
    const { stdout, stderr } = surroundings
    const event = { event: 'failed', code, reason: message, report: [] }
    if (args.includes('--json')) stdout.write(`${JSON.stringify(event)}\n`)
    stderr.write(`p2pd: ${message.replace(/\s*\n\s*/g, ' ')}\n`)
    return FAILED
  }
}
