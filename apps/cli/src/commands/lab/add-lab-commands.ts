import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { Option } from '../../commander.ts'
import { parsePositive, parseTransports } from '../../values.ts'
import { parseSeed } from './lab-values.ts'
import type { MatrixCommandOptions } from './matrix.ts'
import type { PopulationCommandOptions } from './population.ts'
import type { ReplayOptions } from './replay.ts'
import type { RunOptions } from './run.ts'
import type { ShellOptions } from './shell.ts'

/** Adds the commands of the NAT laboratory; each loads the laboratory when it is run. */
export function addLabCommands({ add, context }: CommandLine): void {
  add('list', 'lists the NATs and networks that scenarios can name').action(async (_, command: Command) => {
    const { list } = await import('./list.ts')
    list(context(command))
  })
  add('run <scenario>', 'brings a network of real kernels up and runs its programs (Linux)')
    .option('--pcap <file>', 'captures what crosses a link; tshark and Wireshark read it')
    .option('--link <name>', "the link to capture: a box's, or a host's such as alice or alice/eth0")
    .action(async (file: string, options: RunOptions, command: Command) => {
      if ((options.pcap === undefined) !== (options.link === undefined))
        command.error('error: --pcap FILE and --link NAME go together')
      const { run } = await import('./run.ts')
      await run(context(command), file, options)
    })
  add('matrix', 'punches from every NAT to every other and tells whether what can work does')
    .option('--seeds <n>', 'how often each pair runs (default: 5, with --kernel 1)', parsePositive)
    .option('--seed <n>', 'what everything random is drawn from', parseSeed, 1)
    .option('--protocol <names>', 'udp, tcp or both (default: udp,tcp)', parseTransports)
    .option(
      '--presets <names>',
      'only between these, such as home,carrier; field for the second table (default: all 35)',
    )
    .option('--others <n>', 'mappings per second of other hosts behind each NAT (default: 0)', parsePositive)
    .option('--svg <file>', 'writes the table as a picture')
    .option('--kernel', 'through real kernels, each pair in one direction (Linux)')
    .action(async (options: MatrixCommandOptions & { presets?: string }, command: Command) => {
      const { fieldMatrixPresets, findPreset } = await import('@p2pd/lab')
      const presets = options.presets?.split(',').flatMap((word) => {
        if (word.trim() === 'field') return fieldMatrixPresets
        const preset = findPreset(word.trim())
        return preset ?? command.error(`error: there is no preset "${word}"; p2pd lab list shows them`)
      })
      const { matrix } = await import('./matrix.ts')
      await matrix(context(command), options, presets)
    })
  add('population', 'draws pairs of peers as field studies found them and tells how many connect directly')
    .option('--pairs <n>', 'how many', parsePositive, 10_000)
    .option('--seed <n>', 'what everything random is drawn from', parseSeed, 1)
    .addOption(
      new Option('--profile <name>', 'where they are: residential, mobile, enterprise or all of these')
        .choices(['residential', 'mobile', 'enterprise', 'mix'])
        .default('mix'),
    )
    .option('--discover', 'finds out what their NATs do, as a node does, instead of knowing it')
    .action(async (options: PopulationCommandOptions, command: Command) => {
      const { population } = await import('./population.ts')
      await population(context(command), options)
    })
  addReplay({ add, context })
  add('shell <host> [command...]', 'runs your shell on a host of a lab that is up, or a command after --')
    .option('--run <id>', 'which lab, when several are up (default: the newest that has the host)')
    .action(async (host: string, words: string[], options: ShellOptions, command: Command) => {
      const { shell } = await import('./shell.ts')
      await shell(context(command), host, words, options)
    })
}

function addReplay({ add, context }: CommandLine): void {
  add('replay <report>', 'makes a scenario of a saved report, and calls between its two networks')
    .option('--output <file>', 'writes the scenario, for `p2pd lab run`, instead of printing it')
    .option('--peer <preset>', 'the network of a peer that the report does not have', 'home')
    .option('--seed <n>', 'what everything random is drawn from', parseSeed, 1)
    .addHelpText('after', REPLAY_HELP)
    .action(async (file: string, options: ReplayOptions & { peer: string }, command: Command) => {
      const { findPreset } = await import('@p2pd/lab')
      const preset = findPreset(options.peer)
      if (preset === undefined)
        return command.error(`error: there is no preset "${options.peer}"; p2pd lab list shows them`)
      const { replay } = await import('./replay.ts')
      await replay(context(command), file, preset, options)
    })
}

const REPLAY_HELP = `
REPORT is what doctor TARGET --json, netcheck --json or bugreport has printed.`
