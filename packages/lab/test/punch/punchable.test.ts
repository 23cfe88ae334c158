import { expect, test } from '@jest/globals'
import { type NatReport, reportByHand } from '@p2pd/nat'
import { type LocalSide, planPunch, punchable, sizeBirthday } from '@p2pd/punch'
import { presetList } from '../../src/index.ts'
import { fieldPresets } from '../../src/field-presets.ts'

const kinds: readonly NatReport[] = presetList
  .filter((preset) => preset.name.includes('-') && !fieldPresets.includes(preset))
  .map(({ udp: { type, delta } }, i) =>
    reportByHand({
      type,
      delta: { type: delta, value: delta === 'independent' || delta === 'dependent' ? 1 : 0 },
      externalAddresses: [`203.0.113.${i + 1}`],
    }),
  )

function sideOf(nat: NatReport, ip: string): LocalSide {
  const external = { ip: nat.externalAddresses[0] ?? '', port: 7000 }
  const local = { ip, port: 5000 }
  return { nat, endpoints: [external], hosts: [local], locals: [local] }
}

test.each(['udp', 'tcp'] as const)(
  '%s: punchable and the plan agree on the technique of all 35 x 35 pairs',
  (protocol) => {
    expect(kinds).toHaveLength(35)
    const differing = kinds.flatMap((a, i) =>
      kinds.flatMap((b, j) => {
        const there = { ...b, externalAddresses: [`198.51.100.${j + 1}`] }
        const { technique } = punchable(a, there, protocol)
        const plan = planPunch(sideOf(a, '192.168.1.2'), sideOf(there, '192.168.2.2'), {
          protocol,
          controlling: true,
        })
        return plan.technique === technique ? [] : [[i, j, technique, plan.technique]]
      }),
    )
    expect(differing).toEqual([])
  },
)

test.each([
  [1024, 65_535],
  [32_768, 60_999],
  [30_000, 32_047],
  [40_000, 40_511],
] as const)('a search from %s to %s is as long as its expected success was computed for', (low, high) => {
  const random = reportByHand({
    type: 'symmetric',
    portRange: [low, high],
    externalAddresses: ['198.51.100.1'],
  })
  const home = reportByHand({ type: 'port-restricted', externalAddresses: ['203.0.113.1'] })
  const [searching, opening] = [
    planPunch(sideOf(home, '192.168.1.2'), sideOf(random, '192.168.2.2'), {
      protocol: 'udp',
      controlling: true,
    }),
    planPunch(sideOf(random, '192.168.2.2'), sideOf(home, '192.168.1.2'), {
      protocol: 'udp',
      controlling: false,
    }),
  ]
  const { sockets, probes } = sizeBirthday(high - low + 1)
  expect(searching).toMatchObject({ technique: 'birthday', search: { probes } })
  expect(opening).toMatchObject({ technique: 'birthday', sockets: { length: sockets } })
})
