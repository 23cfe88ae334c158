import { expect, test } from '@jest/globals'
import { fieldNames } from './preset.ts'
import { describeNat } from './nat/describe.ts'
import { BoxBench } from './nat/testdata/packets.ts'
import { deltaTypes, mixNames, natTypes } from './preset.ts'
import { findPreset, presetList, presets } from './presets.ts'

test('there are 7 x 5 presets, the mixes and the boxes from the field, each with a name and a sentence', () => {
  expect(presetList).toHaveLength(natTypes.length * deltaTypes.length + mixNames.length + fieldNames.length)
  expect(new Set(presetList.map(({ name }) => name)).size).toBe(presetList.length)
  for (const { name, meaning, settings } of presetList) {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(presets[name]).toBe(settings)
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings)
  }
})

test('an unknown name finds no preset', () => {
  expect(findPreset('home')?.udp).toEqual({ type: 'port-restricted', delta: 'equal' })
  expect(findPreset('office')).toBeUndefined()
})

const ports = (name: keyof typeof presets) => {
  const bench = new BoxBench(presets[name])
  const internal = [4000, 4001, 4002, 4100]
  return internal.map((port) => bench.mappedPort(`10.0.0.2:${port}`, '9.0.0.1:1') ?? 0)
}
const steps = (values: number[]) => values.slice(1).map((value, i) => value - (values[i] as number))

test.each(['full-cone', 'restricted', 'port-restricted', 'symmetric'] as const)(
  '%s presets have their deltas',
  (type) => {
    expect(ports(`${type}-equal`)).toEqual([4000, 4001, 4002, 4100])
    expect(steps(ports(`${type}-preserving`))).toEqual([1, 1, 98])
    expect(steps(ports(`${type}-independent`))).toEqual([1, 1, 1])
    expect(steps(ports(`${type}-dependent`)).slice(0, 2)).toEqual([5, 5])
    expect(Math.abs(steps(ports(`${type}-dependent`))[2] as number)).toBeGreaterThan(5)
    expect(new Set(steps(ports(`${type}-random`))).size).toBe(3)
  },
)

test('boxes are described in one line', () => {
  expect(describeNat(presets['restricted-independent'])).toBe(
    'EI mapping, AD filtering, independent +1 ports',
  )
  expect(describeNat(presets['udp-firewall-equal'])).toBe('firewall, APD filtering')
  expect(describeNat(presets['open-random'])).toBe('open')
  expect(describeNat(presets.hotel)).toBe('EI mapping, APD filtering, random ports, only TCP to 80 and 443')
  expect(describeNat(presets.carrier)).toContain('4 addresses, blocks of 2048')
})
