import { expect, test } from '@jest/globals'
import { closed, mapped, mappingOf, virtualHome } from '../testing/index.ts'

test.each<[string, string, readonly string[]]>([
  ['a private external address', '10.1.2.3', ['external-address-not-public']],
  ['an address of a carrier', '100.64.1.2', ['external-address-not-public']],
  ['no external address', '', ['external-address-missing']],
])('%s: reported, and not to be published', async (_name, externalIp, doubts) => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    const home = await virtualHome({ ...script, externalIp })
    expect(mappingOf((await mapped(home)).lease)).toMatchObject({
      doubts,
      doubleNat: true,
      publishable: false,
    })
    await closed(home)
  }
})

test('disagreement with STUN: reported when it is known, before or after', async () => {
  const home = await virtualHome({ igd: {} })
  const { lease } = await mapped(home, 4000, 'udp', { stunIp: '198.51.100.1' })
  const differs = { doubts: ['differs-from-stun'], doubleNat: true, publishable: false }
  expect(mappingOf(lease)).toMatchObject(differs)
  lease.compareWithStun('203.0.113.7')
  expect(mappingOf(lease)).toMatchObject({ doubts: [], doubleNat: false, publishable: true })
  lease.compareWithStun('198.51.100.1')
  expect(mappingOf(lease)).toMatchObject(differs)
  await closed(home)
})
