/**
 * Maps ports at scripted gateways on loopback, in every protocol, by the package as npm has installed it.
 * `pnpm check:published portmap` bundles it without the package, and runs it in the folder of a user.
 */
import { familyOf, type Interface } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { type LeaseState, openPortMapper, type SavedLease } from '@p2pd/portmap'
import { systemPorts } from '@p2pd/portmap/node'
import type { GatewayScript, IgdScript } from '../../src/testing/gateway-script.ts'
import { ScriptedGateway } from '../../src/testing/scripted-gateway.ts'

const PORT = 4000

/** A gateway, and the protocol that maps at it; `refused` for none. */
interface Case {
  readonly name: string
  readonly expected: string
  readonly script: Partial<GatewayScript>
  /** @default '127.0.0.1' */
  readonly ip?: string
}

const igd = (name: string, script: IgdScript, expected = 'upnp-igd1'): Case => ({
  name,
  expected,
  script: { closed: true, igd: script },
})

const whenAdding = (code: number, fits: (args: ReadonlyMap<string, string>) => boolean, times = 1_000) => {
  let left = times
  return (action: string, args: ReadonlyMap<string, string>) =>
    action === 'AddPortMapping' && fits(args) && left-- > 0 ? code : undefined
}

const pinholes = [{ name: 'WANIPv6FirewallControl', version: 1 }]

const cases: readonly Case[] = [
  { name: 'PCP', expected: 'pcp', script: { pcp: true, natPmp: true, igd: {} } },
  { name: 'PCP for IPv6', expected: 'pcp, not publishable', script: { pcp: true }, ip: '::1' },
  { name: 'NAT-PMP', expected: 'nat-pmp', script: { pcp: 'nat-pmp', natPmp: true } },
  { name: 'NAT-PMP beside a silent PCP', expected: 'nat-pmp', script: { natPmp: true } },
  igd('IGD:1', { version: 1 }),
  igd('IGD:2', { version: 2 }, 'upnp-igd2'),
  igd('WANPPPConnection', { services: [{ name: 'WANPPPConnection', version: 1 }] }),
  igd('chunked answers', { body: 'chunked' }),
  igd('line feeds alone', { body: 'lf' }),
  igd('HTTP/1.0', { body: 'close' }),
  igd('relative control URLs', { controlUrl: (index) => `control/${index}` }),
  igd('718 three times', { error: whenAdding(718, () => true, 3) }),
  igd('725', { error: whenAdding(725, (args) => args.get('NewLeaseDuration') !== '0') }),
  igd('606', { error: whenAdding(606, () => true) }, 'refused'),
  {
    name: 'a pinhole',
    expected: 'upnp-pinhole, not publishable',
    script: { igd: { services: pinholes } },
    ip: '::1',
  },
  { name: 'PCP refuses', expected: 'refused', script: { pcp: 2 } },
  {
    name: 'a second NAT',
    expected: 'nat-pmp, not publishable',
    script: { natPmp: true, externalIp: '100.64.0.7' },
  },
]

/** Ports that are free for UDP just now. */
async function freePorts(ip: string, count: number): Promise<number[]> {
  const probes = await Promise.all(
    Array.from({ length: count }, () => systemNetwork.bindUdp({ local: { ip, port: 0 } })),
  )
  const ports = probes.map(({ local }) => local.port)
  for (const probe of probes) probe.close()
  return ports
}

/** A port that is free for TCP just now: one that is free for UDP need not be. */
async function freeTcpPort(ip: string): Promise<number> {
  const probe = await systemNetwork.listenTcp({ local: { ip, port: 0 } })
  await probe.close()
  return probe.local.port
}

const outcomeOf = (state: LeaseState): string => {
  if (state.status !== 'mapped') return state.status === 'unmapped' ? state.reason : state.status
  const { protocol, publishable } = state.mapping
  return publishable ? protocol : `${protocol}, not publishable`
}

/** Maps at the gateway of a case; returns the faults. */
async function play(
  { name, expected, script, ip = '127.0.0.1' }: Case,
  loopback: Interface,
): Promise<string[]> {
  const [serverPort = 0, ssdpPort = 0, announcePort = 0] = await freePorts(ip, 3)
  const httpPort = await freeTcpPort(ip)
  const place = { network: systemNetwork, clock: systemClock, ip, serverPort, ssdpPort }
  const gateway = new ScriptedGateway(place, {
    ...script,
    ...(script.igd !== undefined && { igd: { ...script.igd, httpPort } }),
  })
  await gateway.start()
  let kept: readonly SavedLease[] = []
  const store = {
    load: () => Promise.resolve(kept),
    save: (leases: readonly SavedLease[]) => Promise.resolve(void (kept = leases)),
  }
  const policy = { serverPort, ssdpPort, announcePort, allowLoopback: true }
  const mapper = await openPortMapper(systemPorts, { policy, store })
  const nic = { ...loopback, gateways: [{ family: familyOf(ip), ip, metric: 0 }] }
  const lease = await mapper.mapPort({ port: PORT, protocol: 'udp', interface: nic, address: ip })
  const { state } = lease
  const outcome = outcomeOf(state)
  const rows = () => gateway.table.rows(gateway.now).length
  const isMapped = rows() === 1 && kept.length === 1
  await mapper.close()
  const left = rows() + kept.length
  await gateway.close()
  return [
    ...(outcome === expected ? [] : [`${name}: ${JSON.stringify(state)} is ${outcome}, not ${expected}`]),
    ...(isMapped === (expected !== 'refused') ? [] : [`${name}: the gateway's table differs`]),
    ...(left === 0 ? [] : [`${name}: ${left} records are left`]),
  ]
}

const loopback = (await systemNetwork.interfaces()).find(({ type }) => type === 'loopback')
if (loopback === undefined) throw new Error('no loopback')
const hasIpv6 = loopback.addresses.some(({ ip }) => ip === '::1')
const faults: string[] = []
for (const one of cases) {
  if (one.ip === '::1' && !hasIpv6) console.log(`${one.name}: skipped: this host has no IPv6`)
  else faults.push(...(await play(one, loopback)))
}
for (const fault of faults) console.log(fault)
console.log(`${cases.length} gateways, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
