import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { relayOption, standaloneOption } from '../../values.ts'
import type { BugreportOptions } from './bugreport.ts'

/** Adds the commands that tell what is wrong. */
export function addDiagnosisCommands({ add, context }: CommandLine): void {
  add('status', 'shows what the node of your daemon is doing').action(async (_, command: Command) => {
    const { status } = await import('./status.ts')
    await status(context(command))
  })
  add('doctor [target]', 'checks this machine and its network, and with a target whether it can be called')
    .addOption(relayOption())
    .addOption(standaloneOption())
    .action(async (target: string | undefined, _, command: Command) => {
      const { doctor } = await import('./doctor.ts')
      await doctor(context(command), target)
    })
  add('bugreport', 'shows what there is to send to somebody who helps; ids and addresses are replaced')
    .option('--output <file>', 'writes it to this file as well')
    .option('--full', 'leaves ids and addresses as they are')
    .action(async (options: BugreportOptions, command: Command) => {
      const { bugreport } = await import('./bugreport.ts')
      await bugreport(context(command), options)
    })
}
