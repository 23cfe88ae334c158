import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { Option } from '../../commander.ts'
import { collect, parseRate, relayOption, standaloneOption, timeoutOption } from '../../values.ts'
import { CONFLICT_RULES } from './conflict-rule.ts'
import type { ReceiveCommandOptions } from './receive.ts'
import type { SendCommandOptions } from './send.ts'

/** Adds the commands that move files. */
export function addTransferCommands({ add, context }: CommandLine): void {
  add(
    'send <target> [file...]',
    'sends files and folders to a peer that runs `p2pd receive`, found by name, id or code; - is standard input',
  )
    .option('--limit <rate>', 'at most so much a second, such as 5MB/s', parseRate)
    .option('--retry-failed', 'sends the files that failed in the last transfer to the peer')
    .option('--name <name>', 'the name of standard input at the receiver', 'stdin')
    .addOption(timeoutOption('how long to try to connect'))
    .addOption(relayOption())
    .addOption(standaloneOption())
    .action(async (target: string, files: string[], options: SendCommandOptions, command: Command) => {
      if (options.retryFailed && files.length > 0)
        command.error('error: --retry-failed takes the files of the last transfer: name none')
      if (!options.retryFailed && files.length === 0) command.error("error: missing required argument 'file'")
      const { send } = await import('./send.ts')
      await send(context(command), target, files, options)
    })
  add('receive [dir]', 'receives files into a folder, by default this one, and asks before it does')
    .option('--code', 'shows a short code, and lets in only who types it')
    .option('--yes', 'accepts every offer unasked: without --code or --allow, of anybody who knows your id')
    .option('--allow <who>', 'the same for contacts, a name or an id; again for more', collect)
    .addOption(
      new Option(
        '--conflict <rule>',
        'for a name that exists (default: ask, or rename without a terminal)',
      ).choices(CONFLICT_RULES),
    )
    .option('--stdout', 'writes the one file to standard output instead')
    .option('--keep', 'goes on after the first transfer')
    .addOption(relayOption())
    .addOption(standaloneOption())
    .action(async (dir: string | undefined, options: ReceiveCommandOptions, command: Command) => {
      const { json } = command.opts<{ json?: true }>()
      if (options.stdout && (json || dir !== undefined || options.keep))
        command.error('error: --stdout goes with neither a folder nor --json nor --keep')
      const { receive } = await import('./receive.ts')
      await receive(context(command), dir ?? '.', options)
    })
}
