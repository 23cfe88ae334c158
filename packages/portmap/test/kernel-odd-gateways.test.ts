import { describe, expect, test } from '@jest/globals'
import { ADDRESS } from './real-gateway.ts'
import { externalPortOf, LIMIT_MS, mappedAs, sharedHomes, upnpList, whySkipped } from './with-gateway.ts'

const suite = whySkipped === '' ? describe : describe.skip

suite(`E2, E3: real miniupnpd, mappings in the way and second NATs${whySkipped}`, () => {
  const withGateway = sharedHomes()

  test.concurrent.each([
    ['upnp-igd2', { natPmp: false }],
    ['upnp-igd1', { natPmp: false, igd1: true }],
    ['pcp', {}],
  ] as const)(
    "E2: another host's mapping is in the way: another port over %s",
    async (protocol, settings) => {
      await withGateway(settings, async (gateway, client) => {
        const taken = await gateway.upnpc('other', '-a', ADDRESS.other, '4000', '4000', 'udp', '600')
        expect(taken).toContain('is redirected')
        const { state } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'mapped', mapping: { protocol } })
        expect(externalPortOf(state)).not.toBe(4000)
        if (protocol === 'upnp-igd1') {
          expect(state).toMatchObject({
            conflicts: [{ externalPort: 4000, internal: { ip: ADDRESS.other, port: 4000 } }],
          })
        }
        // E3: what STUN sees is another address.
        expect((await client.map(4005, 'udp', ADDRESS.client, { stunIp: '5.5.5.77' })).state).toMatchObject({
          mapping: { doubts: ['differs-from-stun'], doubleNat: true, publishable: false },
        })
        await client.tell('close')
        expect(await upnpList(gateway)).toMatch(/UDP +4000->192\.168\.7\.3:4000/)
        expect(await upnpList(gateway)).not.toMatch(/->192\.168\.7\.2:/)
      })
    },
    LIMIT_MS,
  )

  test.concurrent(
    'a port stolen while the gateway was restarting: the new port is reported',
    async () => {
      await withGateway({ natPmp: false }, async (gateway, client) => {
        await client.map(4000, 'udp', ADDRESS.client)
        await gateway.stop('SIGKILL')
        await gateway.flush()
        await gateway.start()
        await gateway.upnpc('other', '-a', ADDRESS.other, '4000', '4000', 'udp', '600')
        await client.tell('refresh')
        const state = await client.change(({ status }) => status === 'mapped')
        expect(externalPortOf(state)).not.toBe(4000)
      })
    },
    LIMIT_MS,
  )

  test.concurrent.each([
    ['a private WAN address', '10.9.0.1'],
    ['no WAN address', ''],
  ])(
    'E3: %s is recognised as double NAT, and pinholes go on working',
    async (_name, wan) => {
      await withGateway({ wan }, async (_gateway, client) => {
        const { state } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'unmapped', reason: 'refused', doubleNat: true })
        expect((await client.map(4000, 'udp', ADDRESS.client6)).state).toMatchObject({ status: 'mapped' })
      })
    },
    LIMIT_MS,
  )

  test.concurrent.each([
    // UPnP's answer depends on whether the gateway is busy with the request of another protocol.
    ['that allows no port', { allowedPorts: 'none' }, /^(unresponsive|no-resources|not-authorized)$/],
    [
      'that allows no port, over IGD:1',
      { allowedPorts: 'none', natPmp: false, igd1: true },
      /^not-authorized$/,
    ],
  ] as const)(
    'E2: a gateway %s: it is said to refuse, and not to be missing',
    async (_name, settings, outcome) => {
      await withGateway(settings, async (_gateway, client) => {
        const { state, elapsedMs } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({
          status: 'unmapped',
          reason: 'refused',
          failed: expect.arrayContaining([
            expect.objectContaining({ outcome: expect.stringMatching(outcome) }),
          ]),
        })
        // miniupnpd looks through all ports for each request, with a line of its log for each: for up to half a minute. It is
        // waited for no longer than 20 s, as virtual time proves. Here the machine may be busy.
        expect(elapsedMs).toBeLessThan(40_000)
      })
    },
    LIMIT_MS,
  )

  test.concurrent(
    'E3: no gateway is known within 2 s; one that starts later is found',
    async () => {
      await withGateway({}, async (gateway, client) => {
        await gateway.stop()
        const { state, elapsedMs } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
        // Virtual time proves 2 s; here the machine may be busy.
        expect(elapsedMs).toBeLessThan(4000)
        await gateway.start()
        await client.tell('refresh')
        // By what answers first while it is starting.
        const found = await client.change(({ status }) => status === 'mapped')
        const protocol = found?.status === 'mapped' ? found.mapping.protocol : ''
        expect(found).toMatchObject(mappedAs(protocol, 4000))
      })
    },
    LIMIT_MS,
  )
})
