import type { Surroundings } from './context.ts'

/** The exit status of a command that failed. */
const FAILED = 1

/**
 * Runs the command line of this process; resolves with its exit status. The command is loaded here, so that what
 * keeps it from being loaded is reported in one line as well.
 */
export async function runProcess(): Promise<number> {
  const { stdout, stderr, env } = process
  const interrupted = onSignals()
  let lost: NodeJS.ErrnoException | undefined
  stdout.on('error', (error) => {
    lost ??= error
    interrupted.abort(new Error(`standard output can't be written: ${error.message}`))
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
    interrupted: interrupted.signal,
  })
  await new Promise((resolve) => stdout.write('', resolve))
  // A reader that has seen enough (`p2pd id | head -0`) is not a failure.
  if (lost === undefined || lost.code === 'EPIPE') return status
  stderr.write(`p2pd: standard output can't be written: ${lost.message}\n`)
  return FAILED
}

/** Aborts on the first signal; the second one ends the process. */
function onSignals(): AbortController {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const interrupt = () => {
      interrupted.abort(new Error(`ended by ${signal}`))
      // Other listeners of this signal must see that somebody handles it.
      setImmediate(() => process.off(signal, interrupt))
    }
    process.on(signal, interrupt)
  }
  return interrupted
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
