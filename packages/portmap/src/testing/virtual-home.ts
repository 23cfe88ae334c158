import type { Interface, InterfaceAddress } from '@p2pd/netif'
import { expect } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { Lease, PortRequest } from '../lease.ts'
import type { Mapping } from '../mapping.ts'
import { openPortMapper, type PortMapperOptions } from '../port-mapper.ts'
import { MemoryLan } from './memory-lan.ts'
import type { GatewayScript } from './gateway-script.ts'
import { ScriptedGateway } from './scripted-gateway.ts'
import { seededBytes } from './seeded-bytes.ts'

/** The client's address and its gateway's. */
export const HOME = { client: '192.168.1.5', gateway: '192.168.1.1', second: '192.168.1.2' } as const

/** A NIC with gateways, as `loadInterfaces` would list it. */
export function homeNic(
  gateways: readonly string[] = [HOME.gateway],
  more: readonly InterfaceAddress[] = [],
): Interface {
  return {
    name: 'eth0',
    humanName: 'eth0',
    index: 2,
    mtu: 1500,
    up: true,
    type: 'ethernet',
    addresses: [
      {
        family: 'IPv4',
        ip: HOME.client,
        prefixLength: 24,
        scope: 'private',
        temporary: false,
        deprecated: false,
      },
      ...more,
    ],
    gateways: gateways.map((ip, metric) => ({ family: ip.includes(':') ? 'IPv6' : 'IPv4', ip, metric })),
    default: { IPv4: true, IPv6: false },
  }
}

/** A client and its scripted gateway in virtual time. */
export async function virtualHome(script: Partial<GatewayScript>, options: PortMapperOptions = {}) {
  const clock = new ManualClock()
  const lan = new MemoryLan(clock)
  // A gateway that is merely silent stands for one whose firewall drops what it does not know.
  lan.tellsOfClosedPorts = script.closed === true || script.deafMs !== undefined
  const addresses = [HOME.gateway, script.answerFrom, script.igd?.answerFrom].filter((ip) => ip !== undefined)
  const place = { network: lan.host('gateway', addresses), clock, ip: HOME.gateway }
  const gateway = new ScriptedGateway(place, script)
  await gateway.start()
  const nic = homeNic()
  const random = seededBytes(7)
  const network = lan.host('client', [HOME.client], [nic])
  const ports = { network, clock, random, connectUdp: lan.connectUdp('client') }
  const mapper = await openPortMapper(ports, options)

  /** Moves the clock until the promise has settled, 1 ms at a time; returns its value and the time it took. */
  const settle = async <Value>(promise: Promise<Value>, limitMs = 60_000) => {
    const start = clock.now()
    let settled = false
    const done = promise.finally(() => (settled = true))
    done.catch(() => {})
    while (!settled && clock.now() - start < limitMs) await clock.advance(1)
    if (!settled) throw new Error(`not settled after ${limitMs} ms`)
    return { value: await done, elapsedMs: clock.now() - start }
  }

  return { clock, lan, gateway, nic, ports, mapper, settle }
}

/** A client and its gateway. */
export type VirtualHome = Awaited<ReturnType<typeof virtualHome>>

/** Maps a port and tells how long that took. */
export async function mapped(
  { mapper, nic, settle }: VirtualHome,
  port = 4000,
  protocol: 'tcp' | 'udp' = 'udp',
  more: Partial<PortRequest> = {},
): Promise<{ lease: Lease; elapsedMs: number }> {
  const { value, elapsedMs } = await settle(mapper.mapPort({ port, protocol, interface: nic, ...more }))
  return { lease: value, elapsedMs }
}

/** The lease's mapping, which must be there. */
export function mappingOf({ state }: Lease): Mapping {
  if (state.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping
}

/** Closes both, and finds no socket and no timer left over. */
export async function closed({ mapper, clock, gateway, lan, settle }: VirtualHome): Promise<void> {
  await settle(mapper.close())
  // Exchanges that still wait for an answer end by themselves.
  await clock.advance(10_000)
  await settle(gateway.close())
  expect(lan.open).toBe(0)
  expect(clock.pending).toBe(0)
}
