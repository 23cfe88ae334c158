import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { collect, parseCount, parseDuration, relayOption } from '../../values.ts'
import type { PairCommandOptions } from '../pair/pair.ts'
import type { ForwardOptions } from './forward.ts'
import type { PingOptions } from './ping.ts'
import type { ServeOptions } from './serve.ts'

/** Adds the commands by which peers find and use each other's services; each loads what it needs when it is run. */
export function addServiceCommands({ add, context }: CommandLine): void {
  add('pair [code...]', 'two people and one short code: each becomes a contact of the other; - asks for it')
    .option('--remember <name>', 'the name of the other side among your contacts')
    .option('--name <name>', 'the name by which you introduce yourself (default: of this host)')
    .action(async (code: string[], options: PairCommandOptions, command: Command) => {
      const { pair } = await import('../pair/pair.ts')
      await pair(context(command), code, options)
    })
  add(
    'ping <target>',
    'measures round trips to a peer that has you among its contacts, and says by which path',
  )
    .option('-n, --count <number>', 'how many', parseCount, 5)
    .option('--until-direct', 'goes on until the path is direct')
    .option('--require <path>', '"direct": fails when the last path is a relay')
    .option('--timeout <duration>', 'how long to try to connect (default: 30s)', parseDuration, 30_000)
    .addOption(relayOption())
    .action(async (target: string, options: PingOptions, command: Command) => {
      if (options.require !== undefined && options.require !== 'direct')
        command.error('error: --require knows "direct" alone')
      const { ping } = await import('./ping.ts')
      await ping(context(command), target, options)
    })
  add('serve <service...>', 'lets peers reach PORT, udp:PORT, unix:PATH or NAME=HOST:PORT')
    .option('--code', 'shows a short code, and lets in who types it, too')
    .option('--allow <who>', 'contacts, everyone, ask, a contact or a node id; again for more', collect)
    .addOption(relayOption())
    .action(async (services: string[], options: ServeOptions, command: Command) => {
      const { serve } = await import('./serve.ts')
      await serve(context(command), services, options)
    })
  add('forward <ends...>', 'LOCAL TARGET:PORT ...: connections to LOCAL go to a peer that serves')
    .option('--timeout <duration>', 'how long to try to connect (default: 30s)', parseDuration, 30_000)
    .addOption(relayOption())
    .addHelpText('after', HELP)
    .action(async (ends: string[], options: ForwardOptions, command: Command) => {
      if (ends.length % 2 !== 0) command.error('error: give a LOCAL and a TARGET:PORT for each')
      const { forward } = await import('./forward.ts')
      await forward(context(command), ends, options)
    })
}

const HELP = `
LOCAL is a port, ADDRESS:PORT, udp:PORT, unix:PATH, or - for standard input
and output: ssh -o ProxyCommand='p2pd forward - home:22' home`
