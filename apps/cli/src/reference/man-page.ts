import type { Command, Option } from 'commander'
import { defaultOf, sentence } from './command-reference.ts'
import { allCommands, type NamedCommand } from './command-tree.ts'
import { exampleOf } from './examples.ts'

/** The manual page p2pd(1), in the man macros of roff. */
export function formatManPage(program: Command, isCommon: (option: Option) => boolean): string {
  const commands = allCommands(program)
  const common = commands[0]?.command.options.filter(isCommon) ?? []
  return `${[
    '.TH P2PD 1 "" "p2pd" "User Commands"',
    '.SH NAME',
    'p2pd \\- connects any two programs directly, wherever they are',
    '.SH SYNOPSIS',
    '.B p2pd',
    '.I command',
    '[options]',
    '.SH OPTIONS OF EVERY COMMAND',
    ...common.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap((named) => commandLines(named, isCommon)),
    '.SH EXIT STATUS',
    '0 done, 1 failed and said why, 2 used wrongly, 130 ended by SIGINT, 143 by SIGTERM.',
    '.SH ENVIRONMENT',
    ...entry('P2PD_SERVERS', 'The servers file, where --servers names none.'),
    ...entry('P2PD_PORT_MAPPING', 'off: no gateway is asked to forward a port.'),
    ...entry('NO_COLOR', 'Keeps the tables of `lab matrix` plain; so does TERM=dumb.'),
    ...entry('FORCE_COLOR', 'Colours them wherever they go; 0: nowhere.'),
  ].join('\n')}\n`
}

function commandLines({ words, command }: NamedCommand, isCommon: (option: Option) => boolean): string[] {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? name : `[${name}]`
  })
  const example = exampleOf(words)
  return [
    `.SS p2pd ${roff([words, ...names].join(' '))}`,
    roff(sentence(command.description())),
    ...command.options.filter((option) => !isCommon(option) && !option.hidden).flatMap(optionLines),
    ...(example === undefined ? [] : ['.PP', `Example: \\fB${roff(example)}\\fR`]),
  ]
}

function optionLines(option: Option): string[] {
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`
  return entry(option.flags, `${option.description}${choices}${defaultOf(option)}`)
}

function entry(name: string, text: string): string[] {
  return ['.TP', `\\fB${roff(name)}\\fR`, roff(text)]
}

/** Text in which nothing is a request of roff. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./, '\\&.')
}
