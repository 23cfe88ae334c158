import type { LeaseState } from '@p2pd/portmap'
import { expect } from '@jest/globals'
import { startClient } from './client.ts'
import { ADDRESS, type GatewaySettings, RealGateway, whyNoRealGateway } from './real-gateway.ts'

const reason = whyNoRealGateway()

/** The end of a suite's title: why it is skipped, or nothing. Real gateways need root and the Debian packages. */
export const whySkipped = reason === undefined ? '' : ` (skipped: ${reason})`

/** A test makes namespaces and starts programs, on a machine that may be busy. */
export const LIMIT_MS = 90_000

export type Client = ReturnType<typeof startClient>

/** A gateway and a client on it, for one test. */
export async function withGateway(
  settings: GatewaySettings,
  body: (gateway: RealGateway, client: Client) => Promise<void>,
  prepare: (gateway: RealGateway) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const gateway = await RealGateway.make(settings)
  let client: Client | undefined
  try {
    await gateway.start()
    await prepare(gateway)
    client = startClient(gateway)
    await body(gateway, client)
  } finally {
    await client?.stop()
    await gateway.close()
  }
}

/** The gateway's table as upnpc shows it. */
export const upnpList = (gateway: RealGateway) => gateway.upnpc('client', '-l')

/** Sends a datagram from outside, which the client must receive. */
export async function expectReached(
  gateway: RealGateway,
  client: Client,
  ip: string,
  port: number,
): Promise<void> {
  await gateway.sendFromOutside(ip, port, `to-${port}`)
  expect(await client.heard()).toBe(`to-${port}`)
}

export const mappedAs = (protocol: string, port: number, ip: string = ADDRESS.wan) => ({
  status: 'mapped',
  mapping: { protocol, external: { ip, port }, doubleNat: false, publishable: true },
})

export function expiryOf(state: LeaseState | undefined): number {
  if (state?.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping.expiresAt ?? 0
}

export function externalPortOf(state: LeaseState | undefined): number {
  if (state?.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping.external.port
}
