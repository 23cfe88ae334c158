import type { Command } from 'commander'
import type { CommandLine } from '../../command-line.ts'
import { codeOf } from '../../context.ts'
import { Option } from '../../commander.ts'
import { collect, parsePositive, relayOption, standaloneOption, timeoutOption } from '../../values.ts'
import type { PairCommandOptions } from '../pair/pair.ts'
import type { ForwardOptions } from './forward.ts'
import type { LinkSettings } from './link.ts'
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
  const addCalling = (nameAndArguments: string, description: string) =>
    add(nameAndArguments, description)
      .addOption(timeoutOption('how long to try to connect'))
      .addOption(relayOption())
      .addOption(standaloneOption())
  addCalling(
    'ping <target>',
    'measures round trips to a peer that has you among its contacts, and says by which path',
  )
    .option('-n, --count <number>', 'how many', parsePositive, 5)
    .option('--until-direct', 'goes on until the path is direct')
    .addOption(
      new Option('--require <path>', '"direct": fails when the last path is a relay').choices(['direct']),
    )
    .action(async (target: string, options: PingOptions, command: Command) => {
      const { ping } = await import('./ping.ts')
      await ping(context(command), target, options)
    })
  add('serve <service...>', 'lets peers reach PORT, udp:PORT, unix:PATH or NAME=HOST:PORT')
    .option('--code', 'shows a short code, and lets in who types it, too')
    .option('--allow <who>', 'contacts, everyone, ask, a contact or a node id; again for more', collect)
    .addOption(relayOption())
    .addOption(standaloneOption())
    .addHelpText('after', SERVE_HELP)
    .action(async (services: string[], options: ServeOptions, command: Command) => {
      const { parseServices, serve } = await import('./serve.ts')
      await serve(
        context(command),
        parsed(command, () => parseServices(services)),
        options,
      )
    })
  addCalling('forward <ends...>', 'LOCAL TARGET:PORT ...: connections to LOCAL go to a peer that serves')
    .option('-R, --reverse', 'connections to the PORT of the peer go to LOCAL here')
    .addHelpText('after', FORWARD_HELP)
    .action(async (ends: string[], options: ForwardOptions, command: Command) => {
      if (ends.length % 2 !== 0) command.error('error: give a LOCAL and a TARGET:PORT for each')
      const [{ forward }, { parseForwardings }] = await Promise.all([
        import('./forward.ts'),
        import('./forwarding.ts'),
      ])
      const forwardings = parsed(command, () => parseForwardings(ends, options.reverse ?? false))
      await forward(context(command), forwardings, options)
    })
  addSocks(addCalling, context)
}

function addSocks(add: CommandLine['add'], context: CommandLine['context']): void {
  add('socks <local> <target>', 'a SOCKS proxy at LOCAL, by which programs reach what a peer serves')
    .addHelpText('after', SOCKS_HELP)
    .action(async (local: string, target: string, options: LinkSettings, command: Command) => {
      const [{ socks }, { parseEndpoint }] = await Promise.all([
        import('./socks.ts'),
        import('@p2pd/node/node'),
      ])
      const endpoint = parsed(command, () => parseEndpoint(local))
      if (endpoint.type === 'udp') command.error('error: a SOCKS proxy needs a TCP port or unix:PATH')
      await socks(context(command), endpoint, target, options)
    })
}

/** Arguments that are not understood are wrong usage. */
function parsed<Value>(command: Command, parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    if (codeOf(error) === 'NODE_BAD_OPTION') command.error(`error: ${(error as Error).message}`)
    throw error
  }
}

const SERVE_HELP = `
reverse:PORT lets a peer have this host listen there, for its \`forward -R\`.`

const FORWARD_HELP = `
LOCAL is a port, ADDRESS:PORT, udp:PORT, unix:PATH, or - for standard input
and output: ssh -o ProxyCommand='p2pd forward - home:22' home`

const SOCKS_HELP = `
http://NAME/ is the service NAME of the peer, localhost:22 what it serves as 22:
curl --proxy socks5h://127.0.0.1:1080 http://web/`
