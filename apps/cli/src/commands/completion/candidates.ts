import type { Argument, Command, Option } from 'commander'

/** A word that a shell may offer, and its meaning. */
export interface Candidate {
  readonly word: string
  readonly meaning: string
}

/** Names of arguments that stand for a peer. */
const PEER_ARGUMENTS = ['target', 'peer']
/** The name of the argument that is a code. */
const CODE_ARGUMENT = 'code'

/** The place in a command line that is completed: nothing for a place where the shell offers files. */
export type Place =
  | { readonly type: 'words'; readonly candidates: readonly Candidate[] }
  | { readonly type: 'peer' }
  | { readonly type: 'code' }
  | { readonly type: 'file' }

/** The place of the last word, which the user has begun. */
export function placeOf(program: Command, words: readonly string[]): Place {
  const begun = words.at(-1) ?? ''
  let command = program
  let seen = 0
  let option: Option | undefined
  for (const word of words.slice(0, -1)) {
    if (option !== undefined) {
      option = undefined
    } else if (word.startsWith('-')) {
      const found = command.options.find(({ short, long }) => word === short || word === long)
      if (found?.required === true) option = found
    } else {
      const inside = command.commands.find((one) => one.name() === word)
      if (inside === undefined) seen += 1
      else command = inside
    }
  }
  if (option !== undefined) return ofChoices(option.argChoices)
  if (begun.startsWith('-')) return { type: 'words', candidates: optionsOf(command) }
  if (command.commands.length > 0) return { type: 'words', candidates: commandsOf(command) }
  return ofArgument(argumentAt(command, seen))
}

function ofChoices(choices: readonly string[] | undefined): Place {
  if (choices === undefined) return { type: 'file' }
  return { type: 'words', candidates: choices.map((word) => ({ word, meaning: '' })) }
}

/** The last argument of a command may go on. */
function argumentAt({ registeredArguments: all }: Command, index: number): Argument | undefined {
  const last = all.at(-1)
  return all[index] ?? (last?.variadic === true ? last : undefined)
}

function ofArgument(argument: Argument | undefined): Place {
  if (argument !== undefined && PEER_ARGUMENTS.includes(argument.name())) return { type: 'peer' }
  if (argument?.name() === CODE_ARGUMENT) return { type: 'code' }
  return ofChoices(argument?.argChoices)
}

function optionsOf(command: Command): Candidate[] {
  const help = command.createHelp()
  return help
    .visibleOptions(command)
    .map((option) => ({ word: option.long ?? option.short ?? '', meaning: option.description }))
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), meaning: one.description() }))
}
