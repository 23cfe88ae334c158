import { expect, test } from '@jest/globals'
import { closed, type DrawnGateway, drawGateway, HOME, mapped, virtualHome } from './testing/index.ts'

/** Seeds of one run; `P2PD_GATEWAYS=2000 npm test -- quirky-gateways` is the long one. */
const COUNT = Number(process.env['P2PD_GATEWAYS'] ?? 60)
const HOUR = 3_600_000
const STRANGER = { transport: 'udp', externalPort: 4000, client: '192.168.1.66', internalPort: 9 } as const

/** Maps a port at a drawn gateway, lets it restart after an hour, and closes; finds nothing amiss. */
async function expectHonest(seed: number, drawn: DrawnGateway): Promise<void> {
  const home = await virtualHome(drawn.script)
  const { gateway, clock } = home
  const own = () => gateway.table.rows(clock.now()).filter(({ client }) => client === HOME.client)
  if (drawn.isFull) gateway.table.capacity = drawn.isPortTaken ? 1 : 0
  const occupy = () => {
    if (drawn.isPortTaken) gateway.table.put({ ...STRANGER, endsAt: Number.POSITIVE_INFINITY }, clock.now())
  }
  occupy()
  const { lease } = await mapped(home)
  const expectTruth = () => {
    const { state } = lease
    const rows = own().map(({ externalPort }) => externalPort)
    if (state.status !== 'mapped') return expect([state.status, rows]).toEqual(['unmapped', []])
    expect(rows).toEqual([state.mapping.external.port])
    expect(state.mapping.publishable).toBe(drawn.isPublic)
  }
  await clock.advance(60_000)
  expect(lease.state.status).toBe(drawn.maps ? 'mapped' : 'unmapped')
  expectTruth()

  await clock.advance(HOUR)
  expectTruth()
  gateway.reboot({ announce: seed % 2 === 0 })
  occupy()
  await clock.advance(1.3 * HOUR)
  expectTruth()
  expect(lease.state.status).toBe(drawn.maps ? 'mapped' : 'unmapped')
  // No flood: a lease of 60 s is renewed each half of a minute.
  expect(home.lan.sent.length).toBeLessThan(4000)

  await closed(home)
  expect(own()).toEqual([])
  expect(gateway.table.rows(clock.now())).toHaveLength(drawn.isPortTaken ? 1 : 0)
}

test(
  `E2: ${COUNT} gateways with quirks by seed: the lease tells the truth, and nothing is left`,
  async () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const drawn = drawGateway(seed)
      await expectHonest(seed, drawn).catch((cause: unknown) => {
        throw new Error(`seed ${seed}: ${drawn.names.join(', ')}: ${String(cause)}`, { cause })
      })
    }
  },
  COUNT * 1000,
)

test('every quirk is drawn', () => {
  const names = new Set(Array.from({ length: 2000 }, (_, seed) => drawGateway(seed + 1).names).flat())
  expect(names.size).toBe(8 + 16 + 29)
})
