import type { LeaseState } from '@p2pd/portmap'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { type Client, startClient } from './client.ts'
import type { GatewaySettings } from './miniupnpd-config.ts'
import { ADDRESS, RealGateway, whyNoRealGateway } from './real-gateway.ts'

const reason = whyNoRealGateway()

/** The end of a suite's title: why it is skipped, or nothing. Real gateways need root and the Debian packages. */
export const whySkipped = reason === undefined ? '' : ` (skipped: ${reason})`

/** How often each test plays: `P2PD_GATEWAY_ROUNDS=20 npx jest packages/portmap/test` shows that none is flaky. */
const ROUNDS = Number(process.env['P2PD_GATEWAY_ROUNDS'] ?? 1)

/** A round starts programs, on a machine that may be busy. */
export const LIMIT_MS = ROUNDS * 90_000

/** Tests of a file that run at a time, as jest is set up. */
const AT_A_TIME = 2

/** A network with a gateway, and a client's program that is started once. */
interface Home {
  readonly gateway: RealGateway
  readonly client: Client
}

type Body = (gateway: RealGateway, client: Client) => Promise<void>

/** Plays once, or as often as it is asked for. */
export async function inRounds(play: () => Promise<void>): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    await play().catch((cause: unknown) => {
      if (ROUNDS === 1) throw cause
      throw new Error(`round ${round}: ${String(cause)}`, { cause })
    })
  }
}

/** Homes that the tests of a suite share: each test starts the gateway anew, and has a mapper of its own. */
export function sharedHomes(): (settings: GatewaySettings, body: Body) => Promise<void> {
  const homes: Home[] = []
  const free: Home[] = []
  const waiting: ((home: Home) => void)[] = []

  const make = async () => {
    const gateway = await RealGateway.make()
    homes.push({ gateway, client: startClient(gateway) })
  }
  beforeAll(async () => {
    await Promise.all(Array.from({ length: AT_A_TIME }, make))
    free.push(...homes)
  }, LIMIT_MS)
  afterAll(() =>
    Promise.all(
      homes.map(async ({ gateway, client }) => {
        await client.stop()
        await gateway.close()
      }),
    ),
  )

  const take = () => {
    const home = free.pop()
    return home === undefined ? new Promise<Home>((resolve) => waiting.push(resolve)) : Promise.resolve(home)
  }
  const giveBack = (home: Home) => {
    const next = waiting.shift()
    if (next === undefined) free.push(home)
    else next(home)
  }

  return async (settings, body) => {
    const home = await take()
    const { gateway, client } = home
    try {
      await inRounds(async () => {
        await gateway.startAnew(settings)
        await client.open()
        await body(gateway, client)
      })
    } finally {
      giveBack(home)
    }
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
