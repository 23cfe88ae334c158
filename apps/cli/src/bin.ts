#!/usr/bin/env node
import { main } from './main.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  const interrupt = () => {
    interrupted.abort(new Error(`ended by ${signal}`))
    // The second one ends the process. Others who heard this one must see that it is being handled.
    setImmediate(() => process.off(signal, interrupt))
  }
  process.on(signal, interrupt)
}
// A reader that went away (`p2pd id | head -0`) is no failure of ours.
process.stdout.on('error', () => interrupted.abort(new Error('standard output was closed')))

const { stdin, stdout, stderr, env } = process
process.exitCode = await main(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  interrupted: interrupted.signal,
})
