import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressed, batch, RULES } from './gateway-network.ts'

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

/** How the gateway's miniupnpd is set up. */
export interface GatewaySettings {
  readonly upnp?: boolean
  readonly natPmp?: boolean
  readonly igd1?: boolean
  /** Whether its NAT gives each connection a random port. @default false */
  readonly randomPorts?: boolean
  /** @default 5.5.5.1 */
  readonly wan?: string
  /** Whether the epoch is that of the machine, so that a restart does not show in it. @default true */
  readonly systemUptime?: boolean
  readonly moreConfig?: readonly string[]
  /** The external ports that it lets hosts map; `none` for none. @default 1024-65535 */
  readonly allowedPorts?: string
}

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

let made = 0

/** A LAN behind a gateway with nftables and miniupnpd, in namespaces of its own. */
export class RealGateway {
  readonly #folder = mkdtempSync(join(tmpdir(), 'p2pd-gateway-'))
  readonly #tag = `p2pd-pm${process.pid}-${(made++).toString(36)}`
  #settings: GatewaySettings
  #daemon: ChildProcess | undefined
  readonly #programs: ChildProcess[] = []

  private constructor(settings: GatewaySettings) {
    this.#settings = settings
  }

  /** Makes the network; its gateway is started later. */
  static async make(settings: GatewaySettings = {}): Promise<RealGateway> {
    const gateway = new RealGateway(settings)
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
    const args = ['netns', 'exec', this.namespace(role), ...command]
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
    return new Promise((resolve) => {
      execFile('ip', args, { env, timeout: 20_000 }, (_error, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      )
    })
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
    const list = (chain: string) => `nft list chain inet filter ${chain}`
    return this.run('gateway', 'sh', '-c', `${list('prerouting_miniupnpd')}; ${list('miniupnpd')}`)
  }

  async start(settings: GatewaySettings = this.#settings): Promise<void> {
    this.#settings = settings
    const config = join(this.#folder, 'miniupnpd.conf')
    writeFileSync(config, `${this.#config().join('\n')}\n`)
    const pidFile = join(this.#folder, 'miniupnpd.pid')
    rmSync(pidFile, { force: true })
    const command = ['/usr/sbin/miniupnpd', '-d', '-f', config, '-P', pidFile]
    const daemon = spawn('ip', ['netns', 'exec', this.namespace('gateway'), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#daemon = daemon
    let log = ''
    // The last socket that it opens: HTTP's is there some milliseconds before that of NAT-PMP and PCP.
    const last = (settings.natPmp ?? true) ? /Listening for NAT-PMP/ : /HTTP IPv6 address/
    await new Promise<void>((resolve, reject) => {
      const read = (data: Buffer) => {
        log += data.toString()
        if (last.test(log)) resolve()
      }
      daemon.stdout?.on('data', read)
      daemon.stderr?.on('data', read)
      daemon.on('exit', () => reject(new Error(`miniupnpd ended: ${log}`)))
    })
  }

  /** Drops what would reach the gateway's own port 5351: PCP alone (by its version), or both families' all. */
  async dropPcp(which: 'pcp' | 'all' | 'none'): Promise<void> {
    await this.run('gateway', 'nft', 'delete', 'table', 'inet', 'drops')
    if (which === 'none') return
    const match = `udp dport 5351 ${which === 'pcp' ? '@th,64,8 2' : ''}`
    const chain = `type filter hook input priority -10; ${match} drop;`
    await this.run('gateway', 'nft', `table inet drops { chain input { ${chain} }; }`)
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
    const commands = chains.map((chain) => `nft flush chain inet filter ${chain}`)
    await this.run('gateway', 'sh', '-c', commands.join('; '))
    rmSync(join(this.#folder, 'leases'), { force: true })
    rmSync(join(this.#folder, 'leases6'), { force: true })
  }

  async close(): Promise<void> {
    // One that searches for a free port does not hear of SIGTERM for minutes.
    await this.stop('SIGKILL')
    // Those of a test that failed are still there.
    for (const program of this.#programs) program.kill('SIGKILL')
    await this.#remove()
  }

  async #remove(): Promise<void> {
    const names = ROLES.map((role) => this.namespace(role))
    // One that was not made cannot be removed: the others are.
    await batch(names.map((name) => `netns del ${name}`)).catch(() => {})
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #config(): string[] {
    const { upnp = true, natPmp = true, igd1 = false, systemUptime = true, moreConfig = [] } = this.#settings
    const { allowedPorts = '1024-65535' } = this.#settings
    const yes = (value: boolean) => (value ? 'yes' : 'no')
    return [
      'ext_ifname=wan',
      'ext_ifname6=wan',
      'listening_ip=lan',
      'http_port=5000',
      `enable_upnp=${yes(upnp)}`,
      `enable_natpmp=${yes(natPmp)}`,
      `force_igd_desc_v1=${yes(igd1)}`,
      'secure_mode=yes',
      `system_uptime=${yes(systemUptime)}`,
      'min_lifetime=120',
      'max_lifetime=86400',
      `lease_file=${join(this.#folder, 'leases')}`,
      `lease_file6=${join(this.#folder, 'leases6')}`,
      'uuid=00000000-0000-4000-8000-000000000001',
      'upnp_table_name=filter',
      'upnp_nat_table_name=filter',
      'upnp_forward_chain=miniupnpd',
      'upnp_nat_chain=prerouting_miniupnpd',
      'upnp_nat_postrouting_chain=postrouting_miniupnpd',
      ...moreConfig,
      ...(allowedPorts === 'none' ? [] : [`allow ${allowedPorts} 0.0.0.0/0 1024-65535`]),
      'deny 0-65535 0.0.0.0/0 0-65535',
    ]
  }

  async #build(): Promise<void> {
    const [client, other, gateway, outside] = ROLES.map((role) => this.namespace(role)) as Names
    await batch([client, other, gateway, outside].map((name) => `netns add ${name}`))
    await batch([
      `link add eth0 netns ${client} type veth peer name p1 netns ${gateway}`,
      `link add eth0 netns ${other} type veth peer name p2 netns ${gateway}`,
      `link add eth0 netns ${outside} type veth peer name wan netns ${gateway}`,
    ])
    const { wan = ADDRESS.wan } = this.#settings
    const defaults = [`route add default via ${ADDRESS.gateway}`, 'route add ::/0 via fe80::1 dev eth0']
    // Without the limit on ICMP, which many tests and rounds in a row would reach, and a single host does not.
    const settings = ['ipv4.ip_forward=1', 'ipv6.conf.all.forwarding=1', 'ipv4.icmp_ratelimit=0']
    const sysctl = ['sysctl', '-qw', ...settings.map((setting) => `net.${setting}`)]
    const rules = join(this.#folder, 'rules.nft')
    writeFileSync(
      rules,
      this.#settings.randomPorts ? RULES.replace('masquerade', 'masquerade fully-random') : RULES,
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
          ...addressed('wan', wan === '' ? '' : `${wan}/24`, '2001:db8:5::1/64', 'fe80::5:1'),
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
