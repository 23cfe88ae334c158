import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { collect, parseCount, parseDuration, parsePositive } from '../../values.ts'
import { parseSeed } from '../lab/lab-values.ts'
import type { LoadCommandOptions } from './load.ts'

/** Adds the command that tries how many nodes a broker bears. */
export function addLoadCommand({ add, context }: CommandLine): void {
  add('load <broker...>', 'simulates many nodes on MQTT brokers of this machine or of the lab, and measures')
    .option('--nodes <n>', 'how many connect, at most 25000', parsePositive, 1000)
    .option('--calls <n>', 'how many offers are sent and answered (default: as many as nodes)', parseCount)
    .option('--at-once <n>', 'how many connections or calls are under way at a time', parsePositive, 64)
    .option(
      '--limit <duration>',
      'nothing is begun after this time, at most 1h (default: 10m)',
      parseDuration,
      600_000,
    )
    .option('--seed <n>', 'what identities and pairs are drawn from', parseSeed, 1)
    .option('--broker-pid <pid>', 'a process of a broker, whose memory is read (Linux)', collect)
    .action(async (brokers: string[], options: LoadCommandOptions, command: Command) => {
      const { load } = await import('./load.ts')
      await load(context(command), brokers, options)
    })
}
