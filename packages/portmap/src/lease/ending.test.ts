import { expect, test } from '@jest/globals'
import { openPortMapper } from '../port-mapper.ts'
import { closed, mapped, mappingOf, virtualHome } from '../testing/index.ts'
import type { LeaseStore, SavedLease } from './lease-store.ts'

test('close ends within a second when the gateway has gone, for all leases at once', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    const home = await virtualHome(script)
    for (let port = 4000; port < 4005; port++) await mapped(home, port)
    home.gateway.script.silentUntil = Number.POSITIVE_INFINITY
    home.gateway.script.igd = { ...home.gateway.script.igd, delayMs: 60_000 }
    const { elapsedMs } = await home.settle(home.mapper.close())
    expect(elapsedMs).toBeLessThanOrEqual(1001)
  }
})

test('a closed lease asks nothing more, and nothing that an earlier round left unanswered', async () => {
  const home = await virtualHome({ natPmp: true })
  await mapped(home)
  home.mapper.refresh()
  await home.clock.advance(10)
  await home.settle(home.mapper.close())
  const sent = home.lan.sent.length
  await home.clock.advance(10_000)
  expect(home.lan.sent).toHaveLength(sent)
  await closed(home)
})

test('close while a gateway is being asked leaves nothing there', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }] as const) {
    const home = await virtualHome(script)
    const pending = home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: home.nic })
    await home.clock.advance(1)
    await home.settle(home.mapper.close())
    await home.settle(pending)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
    await closed(home)
  }
})

test.each([1, 2] as const)('close while UPnP %i is adding leaves nothing there', async (version) => {
  for (const waitMs of [5, 15, 25, 40, 60, 80, 100, 120, 140, 160]) {
    const home = await virtualHome({ closed: true, igd: { version, delayMs: 20 } })
    const pending = home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: home.nic })
    await home.clock.advance(waitMs)
    const { elapsedMs } = await home.settle(home.mapper.close())
    expect(elapsedMs).toBeLessThan(100)
    await home.settle(pending)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
    await closed(home)
  }
})

/** A store in memory. */
function memoryStore() {
  let kept: readonly SavedLease[] = []
  const store: LeaseStore = {
    load: () => Promise.resolve(kept),
    save: (leases) => Promise.resolve(void (kept = leases)),
  }
  return { store, kept: () => kept }
}

test('close while a slow UPnP gateway is adding: taken back when it answers, or by the next start', async () => {
  const { store, kept } = memoryStore()
  const home = await virtualHome({ closed: true, igd: { delayMs: 4000 } }, { store })
  const pending = home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: home.nic })
  const rows = () => home.gateway.table.rows(home.clock.now())
  while (rows().length === 0) await home.clock.advance(100)
  const [row] = rows()
  const { elapsedMs } = await home.settle(home.mapper.close())
  expect(elapsedMs).toBeLessThanOrEqual(1001)
  await home.settle(pending)
  expect(kept()).toMatchObject([{ externalPort: 4000, protocol: 'upnp-igd1' }])
  await home.clock.advance(20_000)
  expect(rows()).toEqual([])

  // The process ended before the answer came.
  if (row !== undefined) home.gateway.table.put(row, home.clock.now())
  const { value: next } = await home.settle(openPortMapper(home.ports, { store }))
  expect((await home.settle(next.releaseLeftovers([home.nic]))).value).toBe(1)
  expect([rows(), kept()]).toEqual([[], []])
  await home.settle(next.close())
  await closed(home)
})

test('an aborted lease that its gateway did not end is released with the leftovers', async () => {
  const { store } = memoryStore()
  const home = await virtualHome({ natPmp: true }, { store })
  const controller = new AbortController()
  await mapped(home, 4000, 'udp', { signal: controller.signal })
  home.gateway.script.silentUntil = Number.POSITIVE_INFINITY
  controller.abort()
  await home.clock.advance(2000)
  home.gateway.script.silentUntil = 0
  expect((await home.settle(home.mapper.releaseLeftovers([home.nic]))).value).toBe(1)
  await closed(home)
})

test('what a crash left is not released when another host has the port by now', async () => {
  const { store } = memoryStore()
  const home = await virtualHome({ igd: {} }, { store })
  await mapped(home)
  const other = { transport: 'udp', externalPort: 4000, client: '192.168.1.66', internalPort: 9 } as const
  home.gateway.table.put({ ...other, endsAt: Number.POSITIVE_INFINITY }, home.clock.now())
  const { value: next } = await home.settle(openPortMapper(home.ports, { store }))
  await home.settle(next.releaseLeftovers([home.nic]))
  expect(home.gateway.table.rows(home.clock.now())).toMatchObject([{ client: '192.168.1.66' }])
  await home.settle(next.close())
})

test.each(['pcp', 'natPmp'] as const)(
  'a leftover whose gateway is silent for 3 s is released at the second request (%s), and one that stays silent is logged',
  async (protocol) => {
    const { store, kept } = memoryStore()
    const logged: string[] = []
    const home = await virtualHome({ [protocol]: true }, { store })
    await mapped(home)
    const next = async () => {
      const options = { store, log: (event: string) => logged.push(event) }
      const { value: mapper } = await home.settle(openPortMapper(home.ports, options))
      const { value: count } = await home.settle(mapper.releaseLeftovers([home.nic]))
      await home.settle(mapper.close())
      return count
    }
    home.gateway.script.silentUntil = Number.POSITIVE_INFINITY
    expect([await next(), kept().length, logged]).toEqual([0, 1, ['portmap.not-released']])
    home.gateway.script.silentUntil = home.clock.now() + 3000
    expect([await next(), kept().length]).toEqual([1, 0])
    expect(home.gateway.table.rows(home.clock.now())).toEqual([])
  },
)

test('an aborted call ends its lease', async () => {
  const home = await virtualHome({ pcp: true })
  const controller = new AbortController()
  const request = { port: 4000, protocol: 'udp', interface: home.nic, signal: controller.signal } as const
  const { value: lease } = await home.settle(home.mapper.mapPort(request))
  controller.abort()
  await home.clock.advance(100)
  expect(lease.state.status).toBe('closed')
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
  await expect(home.mapper.mapPort(request)).rejects.toBeDefined()
  await closed(home)
})

test('after a crash the mappings are found again under the old nonces, and leftovers are released', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    let kept: readonly SavedLease[] = []
    const store: LeaseStore = {
      load: () => Promise.resolve(kept),
      save: (leases) => {
        kept = leases
        return Promise.resolve()
      },
    }
    const home = await virtualHome(script, { store })
    await mapped(home, 4000)
    await mapped(home, 4001)
    const before = home.gateway.table.rows(home.clock.now())
    // The first mapper is never closed: it crashed.
    const { value: second } = await home.settle(openPortMapper(home.ports, { store }))
    const again = await home.settle(second.mapPort({ port: 4000, protocol: 'udp', interface: home.nic }))
    expect(mappingOf(again.value).external.port).toBe(4000)
    const after = home.gateway.table.rows(home.clock.now())
    expect(after.map(({ externalPort, nonce }) => `${externalPort} ${nonce}`).toSorted()).toEqual(
      before.map(({ externalPort, nonce }) => `${externalPort} ${nonce}`).toSorted(),
    )
    expect((await home.settle(second.releaseLeftovers([home.nic]))).value).toBe(1)
    expect(home.gateway.table.rows(home.clock.now()).map(({ internalPort }) => internalPort)).toEqual([4000])
    await home.settle(second.close())
    expect(kept).toEqual([])
  }
})

test('leaks: sockets and timers return to nothing, mapped or not', async () => {
  for (const script of [{}, { pcp: true }, { natPmp: true }, { igd: {} }, { pcp: 12, natPmp: 3 }] as const) {
    const home = await virtualHome(script)
    const { lease } = await mapped(home)
    expect(lease.state.status).not.toBe('asking')
    await closed(home)
  }
})

test('leave keeps the mapping on the gateway and in the store, and leaves no timer', async () => {
  let kept: readonly SavedLease[] = []
  const store: LeaseStore = {
    load: () => Promise.resolve(kept),
    save: (leases) => {
      kept = leases
      return Promise.resolve()
    },
  }
  const home = await virtualHome({ pcp: true }, { store })
  const { lease } = await mapped(home)
  await home.settle(home.mapper.leave())
  expect(lease.state.status).toBe('closed')
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  expect(kept).toHaveLength(1)
  await closed(home)
})

test('close does not wait for a gateway that has never answered', async () => {
  const home = await virtualHome({})
  const pending = home.mapper.mapPort({ port: 4000, protocol: 'tcp', interface: home.nic })
  await home.clock.advance(500)
  expect((await home.settle(home.mapper.close())).elapsedMs).toBeLessThanOrEqual(101)
  await home.settle(pending)
  await closed(home)
})
