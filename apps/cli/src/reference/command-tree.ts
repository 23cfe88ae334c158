import type { Command } from 'commander'

/** A command that runs something, and its words, such as `contact add`. */
export interface NamedCommand {
  readonly words: string
  readonly command: Command
}

/** The words of a command, without `p2pd`. */
export function wordsOf(command: Command): string {
  const { parent } = command
  return parent === null ? '' : `${wordsOf(parent)} ${command.name()}`.trim()
}

/** The commands that run something, in the order of `--help`; groups and hidden commands are left out. */
export function allCommands(program: Command): NamedCommand[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const inside = allCommands(command)
      return inside.length > 0 ? inside : [{ words: wordsOf(command), command }]
    })
}
