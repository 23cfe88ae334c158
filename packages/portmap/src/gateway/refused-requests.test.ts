import { expect, test } from '@jest/globals'
import { closed, mapped, mappingOf, type VirtualHome, virtualHome } from '../testing/index.ts'

const MINUTE = 60_000

/** How many datagrams with a mapping request the gateway has been sent. */
const mapRequests = ({ lan }: VirtualHome) =>
  lan.sent.filter(({ to, data }) => to.port === 5351 && (data[0] !== 0 || data[1] !== 0)).length

test.each([
  ['PCP and NAT-PMP', { pcp: true, natPmp: true }, 'pcp', 2000],
  ['NAT-PMP alone', { natPmp: true }, 'nat-pmp', 8000],
] as const)(
  'a gateway that falls silent when it is asked over %s: it is the gateway that refuses, and it is left alone',
  async (_name, script, protocol, limitMs) => {
    const home = await virtualHome({ ...script, deafMs: 10 * MINUTE })
    const { lease, elapsedMs } = await mapped(home)
    expect(elapsedMs).toBeLessThanOrEqual(limitMs)
    const refused = { protocol, outcome: 'unresponsive', reason: expect.stringContaining('falls silent') }
    const expected = {
      status: 'unmapped',
      reason: 'refused',
      failed: expect.arrayContaining([expect.objectContaining(refused)]),
    }
    expect(lease.state).toMatchObject(expected)
    await home.clock.advance(8000)
    expect(lease.state).toMatchObject(expected)
    const asked = mapRequests(home)
    await home.clock.advance(19 * MINUTE)
    expect(mapRequests(home)).toBe(asked)
    home.gateway.script.deafMs = 0
    await home.clock.advance(2 * MINUTE)
    expect(lease.state.status).toBe('mapped')
    await closed(home)
  },
)

test('a gateway that takes no end of time for AddPortMapping refuses, and is not called missing', async () => {
  const home = await virtualHome({ igd: {} })
  home.gateway.script.igd = {
    error: (action) => {
      if (action === 'AddPortMapping') home.gateway.script.igd = { delayMs: 10 * MINUTE }
      return undefined
    },
  }
  const { lease } = await mapped(home)
  expect(lease.state).toMatchObject({
    reason: 'refused',
    failed: expect.arrayContaining([expect.objectContaining({ protocol: 'upnp', outcome: 'unresponsive' })]),
  })
  await home.clock.advance(10 * MINUTE)
  await closed(home)
})

test('a gateway at work for longer than 20 s: it is said to refuse by then, and its late answer counts', async () => {
  const home = await virtualHome({ igd: { delayMs: 11_000 } })
  const { lease, elapsedMs } = await mapped(home)
  expect(elapsedMs).toBe(20_000)
  const silentAtUpnp = { protocol: 'upnp', outcome: 'unresponsive' }
  expect(lease.state).toMatchObject({
    status: 'unmapped',
    reason: 'refused',
    failed: [{ outcome: 'silent' }, { outcome: 'silent' }, silentAtUpnp],
  })
  // A second call waits for its turn, and no longer than the first.
  const second = home.mapper.mapPort({ port: 4001, protocol: 'udp', interface: home.nic })
  expect((await home.settle(second)).elapsedMs).toBe(20_000)
  const states: string[] = []
  lease.onChange(({ status }) => states.push(status))
  await home.clock.advance(60_000)
  expect(states).toEqual(['mapped'])
  home.gateway.script.igd = {}
  await home.clock.advance(60_000)
  await closed(home)
})

test.each([
  ['a long error', 2, 30],
  ['an error whose lifetime the gateway writes as 0', 4, 30],
])(
  '%s of PCP: the same question is not sent again before its lifetime is over',
  async (_name, code, minutes) => {
    const home = await virtualHome({ pcp: code })
    const { lease } = await mapped(home)
    await home.clock.advance(10_000)
    expect(home.gateway.count('pcp map')).toBe(1)
    home.gateway.script.pcp = true
    await home.clock.advance((minutes - 1) * MINUTE)
    expect(home.gateway.count('pcp map')).toBe(1)
    await home.clock.advance(21 * MINUTE)
    expect(lease.state.status).toBe('mapped')
    await closed(home)
  },
)

test('a short error of PCP is asked again after 30 s; refresh asks at once', async () => {
  const home = await virtualHome({ pcp: 8, errorSeconds: 30 })
  const { lease } = await mapped(home)
  await home.clock.advance(10_000)
  home.gateway.script.pcp = true
  await home.clock.advance(40_000)
  expect(lease.state.status).toBe('mapped')
  await closed(home)

  const refused = await virtualHome({ pcp: 2 })
  const { lease: other } = await mapped(refused)
  await refused.clock.advance(10_000)
  refused.gateway.script.pcp = true
  refused.mapper.refresh()
  await refused.clock.advance(1000)
  expect(other.state.status).toBe('mapped')
  await closed(refused)
})

test.each([
  ['PCP says that another NAT stands between', { pcp: 12 }, 'nat-between'],
  ['NAT-PMP has no external network', { natPmp: 3 }, 'no-external-network'],
  ['PCP has no external network', { pcp: 7 }, 'no-external-network'],
  [
    'UPnP fails for want of a public address',
    {
      externalIp: '10.0.0.1',
      igd: { error: (action: string) => (action.startsWith('Add') ? 501 : undefined) },
    },
    'no-external-network',
  ],
] as const)('no mapping, and why: %s', async (_name, script, outcome) => {
  const home = await virtualHome(script)
  const { lease } = await mapped(home)
  await home.clock.advance(10_000)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'refused', doubleNat: true })
  expect(JSON.stringify(lease.state)).toContain(outcome)
  await closed(home)
})

test("a carrier's PCP server behind the home router is told apart, and the home router is used", async () => {
  const home = await virtualHome({ pcp: 12, igd: {}, externalIp: '100.64.0.9' })
  expect(mappingOf((await mapped(home)).lease)).toMatchObject({ protocol: 'upnp-igd1', doubleNat: true })
  await closed(home)
})
