import { type Command, CommanderError } from 'commander'
import { ProgramEnded } from './cli-error.ts'
import { codeOf, type Context, reportOf, type Surroundings } from './context.ts'
import { createProgram } from './program.ts'

/** Exit statuses: done, failed, used wrongly. */
export const ExitStatus = { Done: 0, Failed: 1, Usage: 2 } as const

/** Runs the command line and returns its exit status; every failure is said in one line. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let context: Context | undefined
  const { stdout, stderr } = surroundings
  const program = createProgram(surroundings, (made) => {
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
    const { message } = error as Error
    context?.output.event({ event: 'failed', code: codeOf(error), reason: message, report: reportOf(error) })
    context?.output.error(message)
    return ExitStatus.Failed
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
