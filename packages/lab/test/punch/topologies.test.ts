import { describe, expect, test } from '@jest/globals'
import { type BoxSettings, type HostOptions, presets, type VirtualInternet } from '@p2pd/lab'
import { punchPair } from '../../src/punching/punch-pair.ts'

const SEEDS = [1, 2, 3, 4, 5]
const PROTOCOLS = ['udp', 'tcp'] as const

/** Two hosts behind one box. */
const together = (settings: BoxSettings) => (net: VirtualInternet) => {
  const behind = net.box(settings)
  return [{ behind }, { behind }] as const
}

/** Two homes behind one carrier. */
const underOneCarrier = (net: VirtualInternet) => {
  const carrier = net.box({ ...presets['full-cone-random'], hairpinning: true } as BoxSettings)
  const home = () => ({ behind: net.box(presets['restricted-equal'], { behind: carrier }) })
  return [home(), home()] as const
}

describe.each(PROTOCOLS)('A7: %s', (protocol) => {
  test('IPv6, a firewall on both sides', async () => {
    const host: HostOptions = { nat: { kind: 'firewall' }, families: ['IPv6'] }
    for (const seed of SEEDS) {
      const result = await punchPair({ protocol, seed, hosts: [host, host] })
      expect({ seed, ...result }).toMatchObject({ technique: 'known-mappings', outcome: 'connected' })
      expect(result.callerMs).toBeLessThan(1000)
    }
  })

  test.each(['home', 'symmetric-random', 'symmetric-equal', 'blocked-equal'] as const)(
    'inside one network, behind %s',
    async (name) => {
      const nat = presets[name]
      for (const seed of SEEDS) {
        const result = await punchPair({ protocol, seed, hosts: [{ nat }, { nat }], build: together(nat) })
        expect({ seed, ...result }).toMatchObject({ outcome: 'connected' })
        expect(result.callerMs).toBeLessThan(1000)
      }
    },
  )

  test('two homes behind one carrier that hairpins', async () => {
    const host = { nat: { ...presets['restricted-random'] } as BoxSettings }
    for (const seed of SEEDS) {
      const result = await punchPair({ protocol, seed, hosts: [host, host], build: underOneCarrier })
      expect({ seed, ...result }).toMatchObject({ outcome: 'connected' })
    }
  })
})
