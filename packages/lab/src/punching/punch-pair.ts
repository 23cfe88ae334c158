import { startStunServer } from '@p2pd/infra'
import type { Network } from '@p2pd/netif'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import { type HostOptions, VirtualInternet } from '../virtual/virtual-internet.ts'
import { accessLink } from './conditions.ts'
import { runPunch, type CallSide, type PunchResult, wait } from './run-punch.ts'
import { reportOf } from './nat-report.ts'
import { STUN_PORT, stunAddress } from './stun-address.ts'

/** Two hosts, and how they are to meet. */
export interface PairOptions {
  readonly protocol: 'udp' | 'tcp'
  readonly seed: number
  /** The caller, then the peer. */
  readonly hosts: readonly [HostOptions, HostOptions]
  /** Builds on the virtual Internet before, and says where the hosts are instead. */
  readonly build?: (net: VirtualInternet) => readonly [HostOptions, HostOptions]
  /** Puts something between the punch and the network of each host. */
  readonly wrap?: (network: Network) => Network
}

/** Punches between two hosts of a virtual Internet of their own, from a warm start to a path that both hold. */
export function punchPair({
  protocol,
  seed,
  hosts,
  build,
  wrap = (network) => network,
}: PairOptions): Promise<PunchResult> {
  const net = new VirtualInternet({ seed })
  const server = net.host({ name: 'server', families: ['IPv4', 'IPv6'] })
  const [first, second] = build?.(net) ?? hosts
  const made = [net.host({ link: accessLink, ...first }), net.host({ link: accessLink, ...second })] as const
  const callSide = (host: VirtualHost, { nat = { kind: 'open' } }: HostOptions): CallSide => {
    return {
      nat: reportOf(nat, protocol, externalOf(host)),
      host: {
        clock: net.clock,
        random: host.random,
        ip: host.ip,
        network: wrap(host.network),
        server: stunAddress(server, host.ip),
      },
    }
  }
  return net.run(async () => {
    const stun = await startStunServer({
      hosts: server.addresses,
      port: STUN_PORT,
      network: server.network,
      clock: net.clock,
    })
    try {
      return await runPunch(net, {
        protocol,
        caller: callSide(made[0], hosts[0]),
        peer: callSide(made[1], hosts[1]),
      })
    } finally {
      await stun.close()
      // Streams say that they are closed when they are.
      await wait(net.clock, 1)
    }
  })
}

/** Where the Internet sees a host: at the addresses of its box, or at its own where nothing is translated. */
function externalOf(host: VirtualHost): readonly string[] {
  const external = host.box?.external ?? []
  return external.length > 0 ? external : host.addresses
}
