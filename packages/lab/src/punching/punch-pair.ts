import { startStunServer } from '@p2pd/infra'
import { type Network, sleep } from '@p2pd/netif'
import type { VirtualHost } from '../virtual/virtual-host.ts'
import { type HostOptions, VirtualInternet } from '../virtual/virtual-internet.ts'
import { accessLink } from './conditions.ts'
import { runPunch, type CallSide, type PunchResult } from './run-punch.ts'
import { reportOf } from './nat-report.ts'
import { STUN_PORT, stunAddress } from './stun-address.ts'

/** Two hosts, and the conditions of their punch. */
export interface PairOptions {
  readonly protocol: 'udp' | 'tcp'
  readonly seed: number
  /** The caller, then the peer. */
  readonly hosts: readonly [HostOptions, HostOptions]
  /** Builds boxes first, and returns other options for the two hosts. */
  readonly build?: (net: VirtualInternet) => readonly [HostOptions, HostOptions]
  /** Wraps the network of each host, for tests that count or limit. */
  readonly wrap?: (network: Network) => Network
}

/** Punches between two hosts of a new virtual Internet, from prepared mappings to a path that both hold. */
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
      // Streams report their end after a moment.
      await sleep(net.clock, 1)
    }
  })
}

/** The external addresses of a host: those of its box, or its own without translation. */
function externalOf(host: VirtualHost): readonly string[] {
  const external = host.box?.external ?? []
  return external.length > 0 ? external : host.addresses
}
