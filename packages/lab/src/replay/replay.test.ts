import { expect, test } from '@jest/globals'
import { checkScenario } from '../parse-scenario.ts'
import { deltaTypes, natTypes, type PresetName } from '../preset.ts'
import { presets } from '../presets.ts'
import { reportOf } from '../punching/nat-report.ts'
import { replayCall, scenarioOf } from './replay.ts'
import { type ReportedBox, settingsOfReports } from './settings-of-report.ts'

const boxes = (name: PresetName): ReportedBox[] =>
  (['udp', 'tcp'] as const).map((protocol) => ({
    family: 'IPv4',
    protocol,
    report: reportOf(presets[name], protocol, ['203.0.113.1']),
  }))

test('H5: a box made from a report gives that report again, for all types and deltas', () => {
  for (const name of natTypes.flatMap((type) => deltaTypes.map((delta) => `${type}-${delta}` as const))) {
    const [udp, tcp] = boxes(name)
    if (udp === undefined || tcp === undefined) throw new Error('both are there')
    const settings = settingsOfReports(udp.report, tcp.report)
    for (const { protocol, report } of [udp, tcp]) {
      const { type, mapping, filtering, delta } = reportOf(settings, protocol, ['203.0.113.1'])
      const { delta: reported } = report
      expect([name, type, mapping, filtering]).toEqual([name, report.type, report.mapping, report.filtering])
      expect([name, delta.type]).toEqual([name, reported.type])
    }
  }
})

test.each([
  ['home', 'home', ['tcp-punch', 'udp-punch']],
  ['home', 'open-equal', ['direct']],
  ['carrier', 'carrier', [undefined]],
] as const)('H5: a saved call between %s and %s is replayed', async (caller, peer, strategies) => {
  const pair = { caller: boxes(caller), peer: boxes(peer), seed: 1 }
  expect(checkScenario(JSON.parse(JSON.stringify(scenarioOf(pair))))).toMatchObject({ seed: 1 })
  const { strategy } = await replayCall(pair)
  expect(strategies).toContain(strategy)
})
