import { expect, test } from '@jest/globals'
import { birthdayChance, sizeBirthday } from './birthday.ts'

test.each([
  [64_512, 256, 1512],
  [28_232, 256, 662],
  [4096, 128, 288],
  [2048, 91, 203],
  [512, 46, 101],
  [1, 2, 1],
])('%s ports: %s sockets, %s probes', (ports, sockets, probes) => {
  expect(sizeBirthday(ports)).toMatchObject({ sockets, probes })
  expect(birthdayChance(ports)).toBeGreaterThan(0.997)
})

test.each([
  [64_512, 175, 0.5],
  [64_512, 580, 0.9],
  [64_512, 1159, 0.99],
  [28_232, 174, 0.8],
])('%s ports, 256 sockets, %s probes: %s', (ports, probes, chance) => {
  expect(birthdayChance(ports, { sockets: 256, probes })).toBeCloseTo(chance, 2)
})

test('behind a pool of eight addresses the search ends before it is sure', () => {
  expect(birthdayChance(8 * 64_512)).toBeCloseTo(0.53, 2)
})

test('chances stay between 0 and 1', () => {
  expect(birthdayChance(100, { sockets: 256, probes: 1 })).toBe(1)
  expect(birthdayChance(100, { sockets: 1, probes: 500 })).toBeCloseTo(1, 9)
  expect(birthdayChance(100, { sockets: 1, probes: 0 })).toBe(0)
})
