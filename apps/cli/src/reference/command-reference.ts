import type { Command, Option } from 'commander'
import { allCommands, type NamedCommand } from './command-tree.ts'
import { exampleOf } from './examples.ts'

const HEAD = `# Commands

Made from the program by \`pnpm commands\`; do not edit.

Every command takes the options of the first table. Exit status: 0 done, 1 failed and said why, 2 used wrongly, 130 ended by
SIGINT, 143 by SIGTERM. Your config directory is \`$XDG_CONFIG_HOME/p2pd\` or \`~/.config/p2pd\` on Linux. [cli.schema.json](cli.schema.json) describes the objects that \`--json\` prints.
`

/** The reference of all commands, in Markdown. */
export function formatReference(program: Command, isCommon: (option: Option) => boolean): string {
  const commands = allCommands(program)
  const common = commands[0]?.command.options.filter(isCommon) ?? []
  const sections = commands.map((named) => section(named, isCommon))
  return [HEAD, table(common), ...sections].join('\n')
}

function section({ words, command }: NamedCommand, isCommon: (option: Option) => boolean): string {
  const usage = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? ` <${name}>` : ` [${name}]`
  })
  const own = command.options.filter((option) => !isCommon(option) && !option.hidden)
  const example = exampleOf(words)
  const lines = [
    `## ${words}`,
    '',
    `${sentence(command.description())}`,
    '',
    `    p2pd ${words}${usage.join('')}`,
  ]
  if (example !== undefined) lines.push('', `Example: \`${example}\``)
  return `${lines.join('\n')}\n${own.length > 0 ? `\n${table(own)}` : ''}`
}

function table(options: readonly Option[]): string {
  const rows = options.map((option) => `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell(option)} |`)
  return `${['| option | does |', '|---|---|', ...rows].join('\n')}\n`
}

function cell(option: Option): string {
  return `${option.description}${choicesOf(option)}${defaultOf(option)}`.replaceAll('|', '\\|')
}

function choicesOf({ argChoices }: Option): string {
  return argChoices === undefined ? '' : `: ${argChoices.join(', ')}`
}

/** The default, where the program has one and its description does not say it. */
export function defaultOf({ description, defaultValue, defaultValueDescription }: Option): string {
  if (defaultValue === undefined || description.includes('(default')) return ''
  const value = defaultValue as unknown
  if (typeof value === 'object' && Object.keys(value as object).length === 0) return ''
  return ` (default: ${defaultValueDescription ?? (Array.isArray(value) ? value.join(',') : String(value))})`
}

/** A description as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
