import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
  /** @default 5.5.5.1 */
  readonly wan?: string
  /** Whether the epoch is that of the machine, so that a restart does not show in it. @default true */
  readonly systemUptime?: boolean
  readonly moreConfig?: readonly string[]
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

  constructor(settings: GatewaySettings = {}) {
    this.#settings = settings
    try {
      this.#build()
    } catch (error) {
      this.#remove()
      throw error
    }
  }

  namespace(role: Role): string {
    return `${this.#tag}-${role}`
  }

  /** Runs a program to its end; what it prints, whatever its exit status. */
  run(role: Role, ...command: readonly string[]): string {
    const { stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.namespace(role), ...command], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      timeout: 20_000,
    })
    return `${stdout}${stderr}`
  }

  spawn(role: Role, command: readonly string[], options: { cwd: string }): ChildProcess {
    const program = spawn('ip', ['netns', 'exec', this.namespace(role), ...command], {
      ...options,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#programs.push(program)
    return program
  }

  /** The gateway's rules that map ports and open the firewall. */
  rules(): string {
    return ['prerouting_miniupnpd', 'miniupnpd']
      .map((chain) => this.run('gateway', 'nft', 'list', 'chain', 'inet', 'filter', chain))
      .join('\n')
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
    await new Promise<void>((resolve, reject) => {
      const read = (data: Buffer) => {
        log += data.toString()
        if (/Listening for NAT-PMP|HTTP listening on port|HTTP IPv6 address/.test(log)) resolve()
      }
      daemon.stdout?.on('data', read)
      daemon.stderr?.on('data', read)
      daemon.on('exit', () => reject(new Error(`miniupnpd ended: ${log}`)))
    })
  }

  /** Drops what would reach the gateway's own port 5351: PCP alone (by its version), or both families' all. */
  dropPcp(which: 'pcp' | 'all' | 'none'): void {
    this.run('gateway', 'nft', 'delete', 'table', 'inet', 'drops')
    if (which === 'none') return
    const match = which === 'pcp' ? ['@th,64,8', '2'] : []
    this.run('gateway', 'nft', 'add', 'table', 'inet', 'drops')
    this.run(
      'gateway',
      'nft',
      'add',
      'chain',
      'inet',
      'drops',
      'input',
      '{ type filter hook input priority -10; }',
    )
    this.run(
      'gateway',
      'nft',
      'add',
      'rule',
      'inet',
      'drops',
      'input',
      'udp',
      'dport',
      '5351',
      ...match,
      'drop',
    )
  }

  /** Sends a datagram from the Internet. */
  sendFromOutside(ip: string, port: number, text: string): void {
    this.run('outside', 'bash', '-c', `echo ${text} > /dev/udp/${ip}/${port}`)
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
  flush(): void {
    for (const chain of ['miniupnpd', 'prerouting_miniupnpd', 'postrouting_miniupnpd']) {
      this.run('gateway', 'nft', 'flush', 'chain', 'inet', 'filter', chain)
    }
    rmSync(join(this.#folder, 'leases'), { force: true })
    rmSync(join(this.#folder, 'leases6'), { force: true })
  }

  async close(): Promise<void> {
    await this.stop()
    // Those of a test that failed are still there.
    for (const program of this.#programs) program.kill('SIGKILL')
    this.#remove()
  }

  #remove(): void {
    for (const role of ROLES) {
      if (existsSync(`/run/netns/${this.namespace(role)}`)) ip(`netns del ${this.namespace(role)}`)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #config(): string[] {
    const { upnp = true, natPmp = true, igd1 = false, systemUptime = true, moreConfig = [] } = this.#settings
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
      'allow 1024-65535 0.0.0.0/0 1024-65535',
      'deny 0-65535 0.0.0.0/0 0-65535',
    ]
  }

  #build(): void {
    const [client, other, gateway, outside] = ROLES.map((role) => this.namespace(role)) as [
      string,
      string,
      string,
      string,
    ]
    for (const name of [client, other, gateway, outside]) {
      ip(`netns add ${name}`)
      ip(`-n ${name} link set lo up`)
    }
    for (const setting of ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']) {
      this.run('gateway', 'sysctl', '-qw', setting)
    }
    ip(`-n ${gateway} link add lan type bridge`)
    ip(`link add eth0 netns ${client} type veth peer name p1 netns ${gateway}`)
    ip(`link add eth0 netns ${other} type veth peer name p2 netns ${gateway}`)
    ip(`link add eth0 netns ${outside} type veth peer name wan netns ${gateway}`)
    for (const port of ['p1', 'p2']) ip(`-n ${gateway} link set ${port} master lan up`)
    this.#address(gateway, 'lan', `${ADDRESS.gateway}/24`, `${ADDRESS.gateway6}/64`, 'fe80::1')
    this.#address(
      gateway,
      'wan',
      this.#settings.wan === '' ? '' : `${this.#settings.wan ?? ADDRESS.wan}/24`,
      '2001:db8:5::1/64',
      'fe80::5:1',
    )
    this.#address(client, 'eth0', `${ADDRESS.client}/24`, `${ADDRESS.client6}/64`, 'fe80::2')
    this.#address(other, 'eth0', `${ADDRESS.other}/24`, '2001:db8:7::3/64', 'fe80::3')
    this.#address(outside, 'eth0', `${ADDRESS.outside}/24`, `${ADDRESS.outside6}/64`, 'fe80::5:9')
    for (const host of [client, other]) {
      ip(`-n ${host} route add default via ${ADDRESS.gateway}`)
      ip(`-n ${host} -6 route add default via fe80::1 dev eth0`)
    }
    ip(`-n ${outside} -6 route add default via 2001:db8:5::1`)
    const rules = join(this.#folder, 'rules.nft')
    writeFileSync(rules, RULES)
    const said = this.run('gateway', 'nft', '-f', rules)
    if (said !== '') throw new Error(`nft: ${said}`)
  }

  /** Addresses without duplicate detection, which would take a second. */
  #address(namespace: string, device: string, ipv4: string, ipv6: string, linkLocal: string): void {
    ip(`-n ${namespace} link set ${device} addrgenmode none`)
    if (ipv4 !== '') ip(`-n ${namespace} addr add ${ipv4} dev ${device}`)
    ip(`-n ${namespace} addr add ${ipv6} dev ${device} nodad`)
    ip(`-n ${namespace} link set ${device} up`)
    ip(`-n ${namespace} addr add ${linkLocal}/64 dev ${device} nodad`)
  }
}

/** NAT for IPv4, a stateful firewall for both families, and the chains that miniupnpd fills. */
const RULES = `
table inet filter {
  chain miniupnpd {
  }
  chain prerouting_miniupnpd {
  }
  chain postrouting_miniupnpd {
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump prerouting_miniupnpd
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    jump postrouting_miniupnpd
    oifname "wan" meta nfproto ipv4 masquerade
  }
}
`

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })
}
