import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { KernelHost, KernelInternet } from '@p2pd/lab'
import { familyOf } from '@p2pd/netif'
import type { Installation } from './install.ts'
import type { EndSettings } from './programs/end-protocol.ts'

/** The servers of all systems. */
export interface ServerHosts {
  readonly settings: Omit<EndSettings, 'bytes' | 'bulkMs' | 'idleMs'>
  /** All addresses of the servers' hosts. */
  readonly addresses: readonly string[]
}

const TURN_USER = 'peer'
const TURN_PASSWORD = 'secret'
const DHT_PORT = 49737
const CIRCUIT_PORT = 4001
const SIGNALLING_PORT = 8000

/** Starts the servers of the installed systems, and coturn for those that use STUN and TURN. */
export async function startServers(
  net: KernelInternet,
  installation: Installation,
  node: string,
  broker: string,
): Promise<ServerHosts> {
  const [server, dht] = [net.host('server'), net.host('dht')]
  const { ip } = server
  await startTurn(server)
  const start = async (
    host: KernelHost,
    system: keyof Installation,
    name: string,
    args: readonly string[],
  ) => {
    const program = installation[system]?.programFile(name)
    if (program === undefined) return {}
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = host.spawn(node, [program, ...args], { stdio: [...stdio], env: { NODE_OPTIONS: '' } })
    return JSON.parse(await lineOf(child, '{')) as Record<string, unknown>
  }
  const overlay = await start(dht, 'hyperdht', 'dht-servers', [String(DHT_PORT), ...dht.addresses])
  const libp2p = installation['js-libp2p'] === undefined ? 'js-libp2p-dcutr' : 'js-libp2p'
  const circuit = await start(server, libp2p, 'circuit-relay-server', [ip, String(CIRCUIT_PORT)])
  await start(server, 'werift', 'signalling-server', [ip, String(SIGNALLING_PORT)])
  return {
    settings: {
      turnIp: ip,
      turnIpv6: server.addresses.find((address) => familyOf(address) === 'IPv6') ?? '',
      turnUser: TURN_USER,
      turnPassword: TURN_PASSWORD,
      broker,
      bootstrap: (overlay['bootstrap'] ?? []) as string[],
      blindRelay: (overlay['relay'] ?? '') as string,
      circuitRelay: (circuit['address'] ?? '') as string,
      signalling: { host: ip, port: SIGNALLING_PORT },
    },
    addresses: [...server.addresses, ...dht.addresses],
  }
}

/** coturn with STUN for everybody (RFC 5780, with two addresses) and TURN for one user. */
async function startTurn(host: KernelHost): Promise<void> {
  const program = host.spawn(
    'turnserver',
    [
      ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--simple-log', '--log-file=stdout'],
      ...['--pidfile=/dev/null', '--lt-cred-mech', '--realm=lab', `--user=${TURN_USER}:${TURN_PASSWORD}`],
      ...host.addresses.map((address) => `--listening-ip=${address}`),
      `--relay-ip=${host.ip}`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  await lineOf(program, 'Total General servers')
}

/** Resolves with the first line that contains the text; the rest is read and dropped. */
function lineOf(program: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: program.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.includes(text)) resolve(line)
    })
    program.once('exit', (status) => reject(new Error(`a server ended with ${status}`)))
  })
}
