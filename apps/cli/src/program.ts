import type { Command } from 'commander'
import type { CommandLine } from './command-line.ts'
import { Argument, Command as CommandClass, Option } from './commander.ts'
import { addContactCommands } from './commands/add-contact-commands.ts'
import type { ConnectOptions } from './commands/connect.ts'
import { addDiagnosisCommands } from './commands/diagnosis/add-diagnosis-commands.ts'
import { addTransferCommands } from './commands/files/add-transfer-commands.ts'
import { addServiceCommands } from './commands/services/add-service-commands.ts'
import type { InfraOptions } from './commands/infra.ts'
import type { DaemonCommandOptions } from './commands/daemon.ts'
import { addLabCommands } from './commands/lab/add-lab-commands.ts'
import { addLoadCommand } from './commands/load/add-load-command.ts'
import { addPeersCommands } from './commands/peers/add-peers-commands.ts'
import type { ListenOptions } from './commands/listen.ts'
import type { NetcheckOptions } from './commands/netcheck.ts'
import type { PortmapOptions } from './commands/portmap/portmap.ts'
import { type CommonOptions, type Context, createContext, type Surroundings } from './context.ts'
import { SHELLS, type Shell } from './commands/completion/scripts.ts'
import { LOG_LEVELS } from './output.ts'
import { wordsOf } from './reference/command-tree.ts'
import { exampleOf } from './reference/examples.ts'
import {
  collect,
  collectUser,
  parseCount,
  parseListeningPort,
  parsePort,
  parseStrategies,
  parseTransports,
  relayConflict,
  relayOption,
  standaloneOption,
  timeoutOption,
} from './values.ts'
import { VERSION } from './version.ts'

/**
 * The `p2pd` command line; `ran` receives the context of the command that was chosen. A command's module, and with it
 * the library, is loaded when the command runs: `p2pd --help` loads none. Groups get their commands when `args` name them.
 */
export function createProgram(
  args: readonly string[],
  surroundings: Surroundings,
  ran: (context: Context) => void,
): Command {
  const program = new CommandClass('p2pd')
    .description('Connects any two programs directly, wherever they are.')
    .version(VERSION)
    .showHelpAfterError('Run with --help to see all commands and options.')

  const context = (command: Command): Context => {
    const made = createContext(surroundings, command.opts<CommonOptions>())
    ran(made)
    return made
  }
  const addTo = (parent: Command) => (nameAndArguments: string, description: string) =>
    withCommonOptions(parent.command(nameAndArguments).description(description))
  const line = { add: addTo(program), context }

  addServerCommands(line)
  addDaemonCommand(line)
  addPeerCommands(line)
  addTransferCommands(line)
  addServiceCommands(line)
  addNetworkCommands(line)
  addDiagnosisCommands(line)
  addLoadCommand(line)
  addShellCommands(line)
  addCompletionCommands(line, program)
  const contact = program.command('contact').description('local names for peers')
  if (args.includes('contact')) addContactCommands({ add: addTo(contact), context })
  const peers = program.command('peers').description('callers that wait, and who may call')
  if (args.includes('peers')) addPeersCommands({ add: addTo(peers), context })
  const lab = program.command('lab').description('the NAT laboratory: an Internet on this machine')
  if (args.includes('lab')) addLabCommands({ add: addTo(lab), context })
  return program
}

/** Commands with servers of their own. */
function addServerCommands({ add, context }: CommandLine): void {
  add('demo', 'connects two nodes on this machine by every strategy and moves 64 MB each way').action(
    async (_, command: Command) => {
      const { demo } = await import('./commands/demo/demo.ts')
      await demo(context(command))
    },
  )
  add('infra', 'runs an MQTT broker, a STUN and a TURN server until Ctrl-C')
    .option(
      '--host <ip>',
      'address to serve on; two make STUN answer RFC 5780 tests (default: 127.0.0.1)',
      collect,
    )
    .option('--mqtt-port <port>', 'port of the MQTT broker', parsePort, 1883)
    .option('--stun-port <port>', 'port of the STUN server, and of TURN', parsePort, 3478)
    .option('--turn-user <user:password>', 'relays for this user; may be given several times', collectUser)
    .option('--allow-private-peers', 'relays to private and loopback addresses as well')
    .option('--tls-cert <file>', 'serves TLS and DTLS as well, with this certificate (PEM)')
    .option('--tls-key <file>', 'the key of the certificate (PEM)')
    .action(async (options: InfraOptions, command: Command) => {
      if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
        command.error('error: --tls-cert and --tls-key belong together: give both')
      const { infra } = await import('./commands/infra.ts')
      await infra(context(command), options)
    })
}

/** The command that serves other programs. */
function addDaemonCommand({ add, context }: CommandLine): void {
  add('daemon', 'serves programs in every language with a REST API, until Ctrl-C')
    .option('--port <port>', 'port of the API; 0: any', parsePort, 12_333)
    .option('--host <ip>', 'address to listen on; beyond loopback it needs --require-token', '127.0.0.1')
    .option('--require-token', 'refuses requests without the token you have on disk')
    .option('--allowed-host <name>', 'a name of this host in requests; again for more', collect)
    .option('--allow <who>', 'who may use services, as with serve; again for more', collect)
    .option('--downloads <folder>', 'for accepted files (default: Downloads in your home)')
    .option('--install', 'writes a systemd unit with these options, and ends')
    .option('--user', 'with --install: a unit of your user, not of the system')
    .addOption(relayOption())
    .action(async (options: DaemonCommandOptions, command: Command) => {
      const { daemon } = await import('./commands/daemon.ts')
      await daemon(context(command), options)
    })
}

/** Commands that look at the network. */
function addNetworkCommands({ add, context }: CommandLine): void {
  add('netcheck', 'finds out how the NATs here behave, and which servers answer')
    .option('--watch', 'goes on, and checks again when the network changes')
    .action(async (options: NetcheckOptions, command: Command) => {
      const { netcheck } = await import('./commands/netcheck.ts')
      await netcheck(context(command), options)
    })
  add('portmap', 'asks the gateways here to forward a port to this machine')
    .option(
      '--port <port>',
      'the port, which stays mapped (default: only finds out whether they would)',
      parseListeningPort,
    )
    .option('--protocol <names>', 'tcp, udp or both (default: tcp,udp)', parseTransports)
    .option('--release', 'ends what this command has left mapped')
    .action(async (options: PortmapOptions, command: Command) => {
      const { portmap } = await import('./commands/portmap/portmap.ts')
      await portmap(context(command), options)
    })
}

/** Commands that are, or need, a node. */
function addPeerCommands({ add, context }: CommandLine): void {
  add('id', 'prints your node id, making an identity when there is none').action(
    async (_, command: Command) => {
      const { id } = await import('./commands/id.ts')
      await id(context(command))
    },
  )
  add('listen', 'waits for callers')
    .option('--echo', 'sends back what callers send')
    .option('--once', 'ends after the first pipe')
    .addOption(relayOption())
    .addOption(standaloneOption())
    .action(async (options: ListenOptions, command: Command) => {
      const { listen } = await import('./commands/listen.ts')
      await listen(context(command), options)
    })
  add('connect <target>', 'connects to a node id, an address, a contact, a domain or "self"')
    .option('--strategies <names>', 'which to try, in this order: direct,reverse,...', parseStrategies)
    .addOption(relayOption())
    .addOption(standaloneOption())
    .addOption(timeoutOption('how long to try'))
    .option('--send <text>', 'sends this text and ends')
    .option('--recv <bytes>', 'receives this many bytes and ends', parseCount)
    .option('--report', 'shows every attempt')
    .action(async (target: string, options: ConnectOptions, command: Command) => {
      const { relay } = command.opts<CommonOptions>()
      const conflict = relayConflict(options.strategies, relay)
      if (conflict !== undefined) command.error(`error: ${conflict}`)
      const { connect } = await import('./commands/connect.ts')
      await connect(context(command), target, options)
    })
}

/** A shell of JavaScript. */
function addShellCommands({ add, context }: CommandLine): void {
  add('repl', 'evaluates JavaScript with the library loaded and a node started')
    .addOption(relayOption())
    .addOption(standaloneOption())
    .action(async (_, command: Command) => {
      const { repl } = await import('./commands/repl.ts')
      await repl(context(command))
    })
}

/** The script that a shell loads, and the command that this script runs. */
function addCompletionCommands({ add, context }: CommandLine, program: Command): void {
  add('completion', 'prints the script by which a shell completes commands, options and contacts')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell, _, command: Command) => {
      const { completion } = await import('./commands/completion/completion.ts')
      completion(context(command), shell)
    })
  const hidden = withCommonOptions(program.command('complete [words...]', { hidden: true }))
  hidden.action(async (words: string[], _, command: Command) => {
    const { complete } = await import('./commands/completion/completion.ts')
    await complete(context(command), program, words)
  })
}

function withCommonOptions(command: Command): Command {
  return command
    .addHelpText('after', (help) => {
      const example = exampleOf(wordsOf(help.command))
      return example === undefined ? '' : `\nExample: ${example}`
    })
    .option('--json', 'prints one JSON object a line')
    .option('--servers <file>', 'servers (default: $P2PD_SERVERS, or built in)')
    .option('--identity <file>', 'key file (default: in your config directory)')
    .addOption(new Option('--log-level <level>', 'how much to tell').choices(LOG_LEVELS).default('info'))
}
