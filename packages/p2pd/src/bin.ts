#!/usr/bin/env node
try {
  await import('@p2pd/cli/bin')
} catch (error) {
  // An incomplete installation, or too few file descriptors: nothing of the command is there to report it.
  const { code = 'CLI_FAILED', message } = error as NodeJS.ErrnoException
  const event = { event: 'failed', code, reason: message, report: [] }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(event)}\n`)
  process.stderr.write(`p2pd: ${message.replace(/\s*\n\s*/g, ' ')}\n`)
  process.exitCode = 1
}
