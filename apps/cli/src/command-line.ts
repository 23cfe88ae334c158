import type { Command } from 'commander'
import type { Context } from './context.ts'

/** The part of the command line that a group of commands needs: `add` makes a command with the common options. */
export interface CommandLine {
  readonly add: (nameAndArguments: string, description: string) => Command
  readonly context: (command: Command) => Context
}
