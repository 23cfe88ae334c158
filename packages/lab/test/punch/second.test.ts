import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { type BoxSettings, presets, VirtualInternet } from '@p2pd/lab'
import type { PunchNat } from '@p2pd/punch'
import { reportOf } from '../../src/punching/nat-report.ts'
import { type Trier, twoAttempts } from '../hosts/two-attempts.ts'

const SEEDS = [1, 2, 3, 4, 5]

/** A NAT, and the errors in its report. */
interface Misjudged {
  readonly settings: BoxSettings
  readonly report?: Partial<PunchNat>
  readonly drift?: number
}

async function attemptsThrough(
  protocol: 'udp' | 'tcp',
  seed: number,
  boxes: readonly [Misjudged, Misjudged],
): Promise<string[]> {
  const net = new VirtualInternet({ seed })
  const server = net.host({ name: 'server' })
  return net.run(async () => {
    const { network, ip } = server
    const stun = await startStunServer({ hosts: server.addresses, port: 3478, network, clock: net.clock })
    const triers = boxes.map(({ settings, report, drift = 0 }): Trier => {
      const host = net.host({ nat: settings, link: { delayMs: 10, jitterMs: 5 } })
      const nat = { ...reportOf(settings, protocol, host.box?.external ?? []), ...report }
      const ports = { clock: net.clock, ip: host.ip, network: host.network, random: host.random }
      return { host: { ...ports, server: { ip, port: stun.port } }, nat: nat as Trier['nat'], drift }
    })
    const { clock } = net
    const outcomes = await twoAttempts(protocol, { clock, random: server.random }, triers as [Trier, Trier])
    await stun.close()
    return outcomes
  })
}

const lenient = { filtering: 'address-dependent' } as const
const independent = {
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
} as const
const strict = presets['port-restricted-equal']
const row = (
  protocol: 'udp' | 'tcp',
  what: string,
  a: Misjudged,
  b: Misjudged,
  outcomes: readonly string[],
) => [protocol, what, a, b, outcomes] as const

test.each([
  row(
    'udp',
    'a filter stricter than reported, and random ports',
    { settings: strict, report: lenient },
    { settings: presets['symmetric-random'] },
    ['open-then-listen failed', 'birthday connected'],
  ),
  row(
    'udp',
    'a filter stricter than reported, and a counter that others move',
    { settings: strict, report: lenient },
    { settings: presets['symmetric-independent'], drift: 3 },
    ['open-then-listen failed', 'window connected'],
  ),
  row(
    'tcp',
    'a filter stricter than reported, and a counter that others move',
    { settings: presets['symmetric-dependent'], drift: 3 },
    { settings: strict, report: lenient },
    ['open-then-listen failed', 'window connected'],
  ),
  row(
    'udp',
    'a mapping that depends on the peer after all',
    { settings: strict },
    { settings: presets['symmetric-independent'], report: independent },
    ['known-mappings failed', 'known-mappings connected'],
  ),
  row(
    'tcp',
    'a mapping that depends on the peer after all',
    { settings: presets['symmetric-independent'], report: independent },
    { settings: strict },
    ['known-mappings failed', 'known-mappings connected'],
  ),
  row(
    'udp',
    'a counter that others move by 20',
    { settings: strict },
    { settings: presets['symmetric-independent'], drift: 20 },
    ['window failed', 'window connected'],
  ),
  row(
    'tcp',
    'a counter that others move by 20',
    { settings: presets['symmetric-dependent'], drift: 20 },
    { settings: strict },
    ['window failed', 'window connected'],
  ),
])('%s: %s: the second attempt connects', async (protocol, _, a, b, expected) => {
  for (const seed of SEEDS) {
    const outcomes = await attemptsThrough(protocol, seed, [a, b])
    expect({ seed, outcomes }).toEqual({ seed, outcomes: expected })
  }
})
