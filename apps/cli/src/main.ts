import type { Command } from 'commander'
import { ProgramEnded } from './cli-error.ts'
import { CommanderError } from './commander.ts'
import { codeOf, type Context, createContext, reportOf, type Surroundings } from './context.ts'
import { createProgram } from './program.ts'

/** Exit statuses: done, failed, used wrongly. */
export const ExitStatus = { Done: 0, Failed: 1, Usage: 2 } as const

/** Runs the command line and returns its exit status; every failure is said in one line. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let context: Context | undefined
  const { stdout, stderr } = surroundings
  const program = createProgram(args, surroundings, (made) => {
    context = made
  })
  for (const command of withSubcommands(program)) {
    command.exitOverride()
    command.configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return ExitStatus.Done
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitStatus.Done : ExitStatus.Usage
    if (error instanceof ProgramEnded) return error.status
    if (surroundings.interrupted.aborted) return ExitStatus.Failed
    const message = await reasonOf(error)
    const { output } = context ?? contextOf(args, surroundings)
    output.event({ event: 'failed', code: codeOf(error), reason: message, report: reportOf(error) })
    output.error(message.replace(/\s*\n\s*/g, ' '))
    return ExitStatus.Failed
  }
}

/** Why a command failed. An error of the system about a file is the file's name and words, not a code. */
async function reasonOf(error: unknown): Promise<string> {
  const { message, path, syscall } = error as NodeJS.ErrnoException
  if (path === undefined || syscall === undefined) return message
  const { systemReason } = await import('@p2pd/netif') // A command that succeeds does not need it.
  return `${path}: ${systemReason(error)}`
}

/** The context of a command that could not be loaded, so that nothing has parsed its options. */
function contextOf(args: readonly string[], surroundings: Surroundings): Context {
  return createContext(surroundings, { logLevel: 'info', ...(args.includes('--json') && { json: true }) })
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
