import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressed, batch, RULES } from './gateway-network.ts'
import { configOf, type GatewaySettings } from './miniupnpd-config.ts'
import { NamespaceShell } from './namespace-shell.ts'

/** Addresses of the network: a client, another host of the LAN, the gateway, and a host on the Internet. */
export const ADDRESS = {
  client: '192.168.7.2',
  other: '192.168.7.3',
  gateway: '192.168.7.1',
  wan: '5.5.5.1',
  outside: '5.5.5.9',
  client6: '2001:db8:7::2',
  gateway6: '2001:db8:7::1',
  outside6: '2001:db8:5::9',
} as const

const ROLES = ['client', 'other', 'gateway', 'outside'] as const
type Role = (typeof ROLES)[number]

/** Why the network cannot be made here, or undefined when it can. */
export function whyNoRealGateway(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux'
  if (process.getuid?.() !== 0) return 'it needs root'
  const missing = ['ip', 'nft', 'miniupnpd', 'upnpc', 'natpmpc'].filter((program) => {
    return spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0
  })
  if (missing.length > 0) return `${missing.join(', ')} not found`
  const probe = `p2pd-probe-${process.pid}`
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) return '`ip netns` does not work'
  spawnSync('ip', ['netns', 'del', probe])
  return undefined
}

/**
 * Without a system log miniupnpd logs to the console as well, and waits for it: a serial one takes 10 ms for each line.
 * `ip netns exec` gives it mounts of its own.
 */
const WITHOUT_CONSOLE = '[ ! -c /dev/console ] || mount --bind /dev/null /dev/console'

/** For the start of the daemon, on a busy machine. */
const START_MS = 30_000

let made = 0

/** A LAN behind a gateway with nftables and miniupnpd, in namespaces of its own. */
export class RealGateway {
  readonly #folder = mkdtempSync(join(tmpdir(), 'p2pd-gateway-'))
  readonly #tag = `p2pd-pm${process.pid}-${(made++).toString(36)}`
  readonly #hasRandomPorts: boolean
  readonly #logsToConsole: boolean
  #settings: GatewaySettings = {}
  #wan: string = ADDRESS.wan
  #daemon: ChildProcess | undefined
  readonly #programs: ChildProcess[] = []
  readonly #shells = new Map<Role, NamespaceShell>()

  private constructor(hasRandomPorts: boolean, logsToConsole: boolean) {
    this.#hasRandomPorts = hasRandomPorts
    this.#logsToConsole = logsToConsole
  }

  /** Makes the network; its gateway is started later. Its NAT may give each connection a random port. */
  static async make({ hasRandomPorts = false, logsToConsole = false } = {}): Promise<RealGateway> {
    const gateway = new RealGateway(hasRandomPorts, logsToConsole)
    try {
      await gateway.#build()
      return gateway
    } catch (error) {
      await gateway.#remove()
      throw error
    }
  }

  namespace(role: Role): string {
    return `${this.#tag}-${role}`
  }

  /** Runs a program to its end; what it prints, whatever its exit status. */
  run(role: Role, ...command: readonly string[]): Promise<string> {
    const shell = this.#shells.get(role) ?? new NamespaceShell(this.namespace(role))
    this.#shells.set(role, shell)
    return shell.run(command)
  }

  /** Runs upnpc, which looks for no gateway: that takes it 2 s. */
  upnpc(role: 'client' | 'other', ...args: readonly string[]): Promise<string> {
    return this.run(role, 'upnpc', '-u', `http://${ADDRESS.gateway}:5000/rootDesc.xml`, ...args)
  }

  spawn(role: Role, command: readonly string[]): ChildProcess {
    const program = spawn('ip', ['netns', 'exec', this.namespace(role), ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#programs.push(program)
    return program
  }

  /** The gateway's rules that map ports and open the firewall. */
  rules(): Promise<string> {
    return this.#nft('list table inet filter')
  }

  async start(settings: GatewaySettings = this.#settings): Promise<void> {
    this.#settings = settings
    const config = join(this.#folder, 'miniupnpd.conf')
    writeFileSync(config, `${configOf(settings, this.#folder).join('\n')}\n`)
    const pidFile = join(this.#folder, 'miniupnpd.pid')
    rmSync(pidFile, { force: true })
    const miniupnpd = ['/usr/sbin/miniupnpd', '-d', '-f', config, '-P', pidFile]
    const before = this.#logsToConsole ? '' : `${WITHOUT_CONSOLE}; `
    const command = ['sh', '-c', `${before}exec "$@"`, 'sh', ...miniupnpd]
    const daemon = spawn('ip', ['netns', 'exec', this.namespace('gateway'), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#daemon = daemon
    let log = ''
    // The last socket that it opens: HTTP's is there some milliseconds before that of NAT-PMP and PCP.
    const last = (settings.natPmp ?? true) ? /Listening for NAT-PMP/ : /HTTP IPv6 address/
    await new Promise<void>((resolve, reject) => {
      const outputs = [daemon.stdout, daemon.stderr]
      const late = setTimeout(() => reject(new Error(`miniupnpd does not listen yet: ${log}`)), START_MS)
      // From then on nothing is kept: one that allows no port writes a line for each port, and stands still while nobody reads.
      const drain = () => {
        clearTimeout(late)
        for (const output of outputs) output?.off('data', read).resume()
        resolve()
      }
      const read = (data: Buffer) => {
        log += data.toString()
        if (last.test(log)) drain()
      }
      for (const output of outputs) output?.on('data', read)
      daemon.on('exit', () => {
        clearTimeout(late)
        reject(new Error(`miniupnpd ended: ${log}`))
      })
    })
  }

  /** Sends a datagram from the Internet. */
  async sendFromOutside(ip: string, port: number, text: string): Promise<void> {
    await this.run('outside', 'bash', '-c', `echo ${text} > /dev/udp/${ip}/${port}`)
  }

  /** Stops the daemon; a killed one leaves its rules, as a crash would. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const gone = new Promise((resolve) => daemon.once('exit', resolve))
    daemon.kill(signal)
    await gone
  }

  /** Takes every mapping away, as a restart of the whole machine does. */
  async flush(): Promise<void> {
    const chains = ['miniupnpd', 'prerouting_miniupnpd', 'postrouting_miniupnpd']
    await this.#nft(...chains.map((chain) => `flush chain inet filter ${chain}`))
    rmSync(join(this.#folder, 'leases'), { force: true })
    rmSync(join(this.#folder, 'leases6'), { force: true })
  }

  /** Starts the daemon for another test, which finds no mapping of the test before. */
  async startAnew(settings: GatewaySettings): Promise<void> {
    await this.stop('SIGKILL')
    await this.flush()
    const { drops = 'none', wan = ADDRESS.wan } = settings
    const match = `udp dport 5351 ${drops === 'pcp' ? '@th,64,8 2' : ''}`
    const chain = `chain input { type filter hook input priority -10; ${match} drop; };`
    const dropping = drops === 'none' ? [] : [`table inet drops { ${chain} };`]
    await this.#nft('add table inet drops', 'delete table inet drops', ...dropping)
    if (wan !== this.#wan) {
      await this.run('gateway', 'ip', '-4', 'addr', 'flush', 'dev', 'wan')
      if (wan !== '') await this.run('gateway', 'ip', 'addr', 'add', `${wan}/24`, 'dev', 'wan')
      this.#wan = wan
    }
    await this.start(settings)
  }

  async #nft(...commands: readonly string[]): Promise<string> {
    const printed = await this.run('gateway', 'nft', commands.join('; '))
    if (printed.includes('Error')) throw new Error(`nft: ${printed}`)
    return printed
  }

  async close(): Promise<void> {
    // One that searches for a free port does not hear of SIGTERM for minutes.
    await this.stop('SIGKILL')
    // Those of a test that failed are still there.
    for (const program of this.#programs) program.kill('SIGKILL')
    await this.#remove()
  }

  async #remove(): Promise<void> {
    await Promise.all([...this.#shells.values()].map((shell) => shell.close()))
    const names = ROLES.map((role) => this.namespace(role))
    // One that was not made cannot be removed: the others are.
    await batch(names.map((name) => `netns del ${name}`)).catch(() => {})
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #build(): Promise<void> {
    const [client, other, gateway, outside] = ROLES.map((role) => this.namespace(role)) as Names
    await batch([client, other, gateway, outside].map((name) => `netns add ${name}`))
    await batch([
      `link add eth0 netns ${client} type veth peer name p1 netns ${gateway}`,
      `link add eth0 netns ${other} type veth peer name p2 netns ${gateway}`,
      `link add eth0 netns ${outside} type veth peer name wan netns ${gateway}`,
    ])
    const defaults = [`route add default via ${ADDRESS.gateway}`, 'route add ::/0 via fe80::1 dev eth0']
    // Without the limit on ICMP, which many tests and rounds in a row would reach, and a single host does not.
    const settings = ['ipv4.ip_forward=1', 'ipv6.conf.all.forwarding=1', 'ipv4.icmp_ratelimit=0']
    const sysctl = ['sysctl', '-qw', ...settings.map((setting) => `net.${setting}`)]
    const rules = join(this.#folder, 'rules.nft')
    writeFileSync(
      rules,
      this.#hasRandomPorts ? RULES.replace('masquerade', 'masquerade fully-random') : RULES,
    )
    const up = 'link set lo up'
    await Promise.all([
      this.run('gateway', ...sysctl),
      batch(
        [
          up,
          'link add lan type bridge',
          'link set p1 master lan up',
          'link set p2 master lan up',
          ...addressed('lan', `${ADDRESS.gateway}/24`, `${ADDRESS.gateway6}/64`, 'fe80::1'),
          ...addressed('wan', `${ADDRESS.wan}/24`, '2001:db8:5::1/64', 'fe80::5:1'),
        ],
        gateway,
      ),
    ])
    await Promise.all([
      batch([up, ...addressed('eth0', `${ADDRESS.client}/24`, `${ADDRESS.client6}/64`, 'fe80::2')], client),
      batch([up, ...addressed('eth0', `${ADDRESS.other}/24`, '2001:db8:7::3/64', 'fe80::3')], other),
      batch(
        [up, ...addressed('eth0', `${ADDRESS.outside}/24`, `${ADDRESS.outside6}/64`, 'fe80::5:9')],
        outside,
      ),
    ])
    const [said] = await Promise.all([
      this.run('gateway', 'nft', '-f', rules),
      batch(defaults, client),
      batch(defaults, other),
      batch(['route add ::/0 via 2001:db8:5::1'], outside),
    ])
    if (said !== '') throw new Error(`nft: ${said}`)
  }
}

type Names = [client: string, other: string, gateway: string, outside: string]
