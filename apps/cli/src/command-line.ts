import type { Command } from 'commander'
import type { Context } from './context.ts'

/** What a group of commands needs of the command line: a command with the options that all have, and its context. */
export interface CommandLine {
  readonly add: (nameAndArguments: string, description: string) => Command
  readonly context: (command: Command) => Context
}
