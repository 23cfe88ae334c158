import { expect, test } from '@jest/globals'
import type { LeaseStore, SavedLease } from '../lease/lease-store.ts'
import {
  closed,
  HOME,
  type IgdScript,
  mapped,
  mappingOf,
  type VirtualHome,
  virtualHome,
} from '../testing/index.ts'

const FOREVER = Number.POSITIVE_INFINITY

/** The gateway's row for the client's port 4000. */
const rowOf = ({ gateway, clock }: VirtualHome) => gateway.table.of('udp', HOME.client, 4000, clock.now())

const whenAdding = (code: number, times = FOREVER) => {
  let left = times
  return (action: string) => (action.startsWith('Add') && left-- > 0 ? code : undefined)
}

test('718 from another host: reported, and another port is used', async () => {
  const home = await virtualHome({ igd: {} })
  const other = { transport: 'udp', externalPort: 4000, client: '192.168.1.66', internalPort: 9 } as const
  home.gateway.table.put({ ...other, endsAt: FOREVER }, home.clock.now())
  const { lease } = await mapped(home)
  const { external } = mappingOf(lease)
  expect(external.port).toBeGreaterThanOrEqual(1024)
  expect(external.port).not.toBe(4000)
  expect(lease.state).toMatchObject({
    conflicts: [{ externalPort: 4000, internal: { ip: '192.168.1.66', port: 9 } }],
  })
  await closed(home)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
})

test('718 although the mapping is our own, from before a crash: taken away and made again', async () => {
  const home = await virtualHome({ igd: { error: onlyFresh() } })
  const own = { transport: 'udp', externalPort: 4000, client: HOME.client, internalPort: 4000 } as const
  home.gateway.table.put({ ...own, endsAt: FOREVER }, home.clock.now())
  const { lease } = await mapped(home)
  expect(mappingOf(lease).external.port).toBe(4000)
  expect(home.gateway.count('DeletePortMapping')).toBe(1)
  expect(lease.state).toMatchObject({ conflicts: [] })
  await closed(home)

  /** Says 718 as long as nobody deletes. */
  function onlyFresh(): NonNullable<IgdScript['error']> {
    let deleted = false
    return (action) => {
      deleted ||= action === 'DeletePortMapping'
      return action === 'AddPortMapping' && !deleted ? 718 : undefined
    }
  }
})

test('718 for every port: ten others are tried, then it is given up, and said', async () => {
  const home = await virtualHome({ igd: { error: whenAdding(718) } })
  const { lease } = await mapped(home)
  expect(home.gateway.count('AddPortMapping')).toBe(11)
  expect(lease.state).toMatchObject({
    status: 'unmapped',
    reason: 'refused',
    failed: [{ outcome: 'no-resources', gatewayCode: 718 }],
  })
  await closed(home)
})

test.each([725, 402])(
  '%i: a lease without an end, looked after every 20 min, deleted on close',
  async (code) => {
    const error: NonNullable<IgdScript['error']> = (action, args) =>
      action === 'AddPortMapping' && args.get('NewLeaseDuration') !== '0' ? code : undefined
    const home = await virtualHome({ igd: { error } })
    const { lease } = await mapped(home)
    expect(mappingOf(lease)).toMatchObject({ lifetimeSeconds: 0, protocol: 'upnp-igd1' })
    expect(mappingOf(lease).expiresAt).toBeUndefined()
    home.gateway.reboot()
    await home.clock.advance(20 * 60_000 + 1000)
    expect(rowOf(home)?.endsAt).toBe(FOREVER)
    await closed(home)
    expect(rowOf(home)).toBeUndefined()
  },
)

test('402 for a full table although the lease is 0: what a crash has left makes room', async () => {
  const own = { transport: 'udp', externalPort: 4000, client: HOME.client, internalPort: 4000 } as const
  const home: VirtualHome = await virtualHome({
    igd: { error: (action) => (action === 'AddPortMapping' && rowOf(home) !== undefined ? 402 : undefined) },
  })
  home.gateway.table.put({ ...own, endsAt: FOREVER }, home.clock.now())
  await mapped(home)
  expect(home.gateway.count('DeletePortMapping')).toBe(1)
  expect(rowOf(home)).toBeDefined()
  await closed(home)
})

test('a week for a lease of 0, as IGD:2 has it: reported, and asked for again within two hours', async () => {
  const error: NonNullable<IgdScript['error']> = (action, args) =>
    action.startsWith('Add') && args.get('NewLeaseDuration') !== '0' ? 725 : undefined
  const home = await virtualHome({ igd: { version: 2, error }, grant: (seconds) => seconds || 604_800 })
  const { lease } = await mapped(home)
  expect(mappingOf(lease).lifetimeSeconds).toBe(604_800)
  home.gateway.reboot()
  await home.clock.advance(2 * 3_600_000)
  expect(rowOf(home)).toBeDefined()
  await closed(home)
})

test.each([713, 714])('%i when a mapping is deleted: it is gone, and its record too', async (code) => {
  let kept: readonly SavedLease[] = []
  const store: LeaseStore = {
    load: () => Promise.resolve(kept),
    save: (leases) => Promise.resolve(void (kept = leases)),
  }
  const error = (action: string) => (action === 'DeletePortMapping' ? code : undefined)
  const home = await virtualHome({ igd: { error } }, { store })
  await mapped(home)
  expect(kept).toHaveLength(1)
  await closed(home)
  expect(kept).toEqual([])
})

test.each([
  ['PCP', { pcp: true }],
  ['NAT-PMP', { natPmp: true }],
] as const)('%s that grants no time at all has granted nothing', async (_name, script) => {
  const home = await virtualHome({ ...script, grant: () => 0 })
  const { lease } = await mapped(home)
  await home.clock.advance(10_000)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'refused' })
  await closed(home)
})

test('724: the external port becomes the internal one', async () => {
  const error: NonNullable<IgdScript['error']> = (action, args) =>
    action === 'AddPortMapping' && args.get('NewExternalPort') !== args.get('NewInternalPort')
      ? 724
      : undefined
  const home = await virtualHome({ igd: { error } })
  const { lease } = await mapped(home, 4000, 'udp', { externalPort: 5000 })
  expect(mappingOf(lease).external.port).toBe(4000)
  await closed(home)
})

test.each([
  [728, 11],
  [729, 11],
  [501, 2],
  [606, 1],
  [726, 1],
  [402, 3],
  [724, 2],
] as const)('%i whatever is asked: %i tries, then the reason', async (code, tries) => {
  const home = await virtualHome({ igd: { error: whenAdding(code) } })
  const { lease, elapsedMs } = await mapped(home)
  expect(elapsedMs).toBeLessThanOrEqual(2000)
  expect(home.gateway.count('AddPortMapping')).toBe(tries)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'refused' })
  expect(JSON.stringify(lease.state)).toContain(`"gatewayCode":${code}`)
  await closed(home)
})

test('606, the permission switch of a FritzBox: said as it is', async () => {
  const home = await virtualHome({ igd: { error: whenAdding(606) } })
  const { lease } = await mapped(home)
  const expected = { outcome: 'not-authorized', reason: expect.stringContaining('FritzBox') }
  expect(lease.state).toMatchObject({ failed: expect.arrayContaining([expect.objectContaining(expected)]) })
  await closed(home)
})

test('a full table: said; mapped when there is room again', async () => {
  const home = await virtualHome({ igd: {} })
  home.gateway.table.capacity = 0
  const { lease } = await mapped(home)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'refused', doubleNat: false })
  home.gateway.table.capacity = 1
  await home.clock.advance(40_000)
  expect(lease.state.status).toBe('mapped')
  await closed(home)
})

test('a port below 1024 is never asked for', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }, { igd: { version: 2 } }] as const) {
    const home = await virtualHome(script)
    const { lease } = await mapped(home, 80)
    expect(mappingOf(lease).external.port).toBeGreaterThanOrEqual(1024)
    await closed(home)
  }
})

test('AddAnyPortMapping that a gateway lacks, although its description says version 2', async () => {
  const error: NonNullable<IgdScript['error']> = (action) =>
    action === 'AddAnyPortMapping' ? 401 : undefined
  const home = await virtualHome({ igd: { version: 2, error } })
  expect(mappingOf((await mapped(home)).lease).protocol).toBe('upnp-igd2')
  await closed(home)
})

test('what is granted is read back: a shorter lease is renewed in time', async () => {
  const home = await virtualHome({ igd: {}, grant: () => 300 })
  const { lease } = await mapped(home)
  expect(mappingOf(lease).lifetimeSeconds).toBe(300)
  for (let minute = 0; minute < 60; minute++) {
    await home.clock.advance(60_000)
    expect(rowOf(home)).toBeDefined()
  }
  await closed(home)
})

test('a gateway that shows 0 for every lease: renewed at half of what was asked', async () => {
  const home = await virtualHome({ igd: { leaseShown: () => 0 } })
  expect(mappingOf((await mapped(home)).lease).lifetimeSeconds).toBe(3600)
  await home.clock.advance(10 * 3_600_000)
  expect(rowOf(home)).toBeDefined()
  await closed(home)
})

test.each<[string, IgdScript]>([
  ['relative control URLs', { controlUrl: (i) => `control/${i}` }],
  ['absolute control URLs', { controlUrl: (i) => `http://${HOME.gateway}:5000/control/${i}` }],
  ['control URLs on another host', { controlUrl: (i) => `http://192.168.1.66:5000/control/${i}` }],
  ['a URLBase of another host', { urlBase: 'http://192.168.1.66:80/' }],
  ['its own URLBase', { urlBase: `http://${HOME.gateway}:5000/`, controlUrl: (i) => `control/${i}` }],
  ['a LOCATION with a wrong host', { locations: ['http://10.0.0.1:5000/root.xml'] }],
  ['a LOCATION with a name', { locations: ['http://evil.example/root.xml', 'http://1.2.3.4:5000/root.xml'] }],
  [
    'LOCATIONs that lead nowhere first',
    {
      locations: [
        `http://${HOME.gateway}:1/x`,
        `http://${HOME.gateway}:5000/x`,
        `http://${HOME.gateway}:5000/root.xml`,
      ],
    },
  ],
  ['answers from another address of its own', { answerFrom: '192.168.1.254' }],
  ['answers to unicast alone', { answersOnly: 'unicast' }],
  ['answers to multicast alone', { answersOnly: 'multicast' }],
  ['answers from another port than 1900', { answerPort: 40_000 }],
  [
    'a description of 40 KiB',
    { body: 'close', rewrite: (text) => text.replace('A &amp; B', 'A'.repeat(40_000)) },
  ],
  ['chunked answers', { body: 'chunked' }],
  ['HTTP/1.0 without a length', { body: 'close' }],
  ['line feeds alone', { body: 'lf' }],
  [
    'other prefixes',
    { body: 'close', rewrite: (text) => text.replaceAll('s:', 'SOAP-ENV:').replaceAll('u:Add', 'm:Add') },
  ],
  ['answers that take 4 s', { delayMs: 4000 }],
  ['WANPPPConnection alone', { services: [{ name: 'WANPPPConnection', version: 1 }] }],
])('%s', async (_name, igd) => {
  const home = await virtualHome({ igd })
  const { lease } = await mapped(home)
  // A slow description counts as silence at first; its answer counts when it comes.
  await home.clock.advance(20_000)
  expect(mappingOf(lease).external).toEqual({ ip: '203.0.113.7', port: 4000 })
  expect(rowOf(home)).toBeDefined()
  const strangers = home.lan.sent.filter(({ to }) => /^(10\.|1\.|192\.168\.1\.66)/.test(to.ip))
  expect(strangers).toEqual([])
  await closed(home)
})

test('an endless answer is cut off', async () => {
  const home = await virtualHome({ igd: { body: 'endless' } })
  const { lease } = await mapped(home)
  await home.clock.advance(15_000)
  expect(JSON.stringify(lease.state)).toContain('longer than 1048576 bytes')
  await closed(home)
})

test('redirects are not followed', async () => {
  const home = await virtualHome({
    igd: { rewrite: () => 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n' },
  })
  const { lease } = await mapped(home)
  await home.clock.advance(10_000)
  expect(JSON.stringify(lease.state)).toContain('status 302')
  await closed(home)
})

test('several services: the connected one with a public address, whatever the order', async () => {
  const services = [
    { name: 'WANIPConnection', version: 1, connected: false },
    { name: 'WANIPConnection', version: 1, externalIp: '10.0.0.1' },
    { name: 'WANPPPConnection', version: 1, externalIp: '203.0.113.50' },
  ]
  const home = await virtualHome({ igd: { services } })
  expect(mappingOf((await mapped(home)).lease).external.ip).toBe('203.0.113.50')
  await closed(home)
})
