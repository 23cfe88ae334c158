import { expect, test } from '@jest/globals'
import { seededBytes } from '../testdata/random.ts'
import { Redial } from './redial.ts'

test('pauses vary, and grow when nothing helps; shared out among dials side by side', () => {
  const redial = new Redial(seededBytes(1), 1, 'listens')
  const pauses = Array.from({ length: 300 }, () => redial.refused())
  expect(Math.min(...pauses.slice(0, 40))).toBeGreaterThanOrEqual(5)
  expect(Math.max(...pauses.slice(0, 40))).toBeLessThanOrEqual(10)
  expect(new Set(pauses).size).toBeGreaterThan(250)
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(100)
  expect(new Redial(seededBytes(1), 8, 'dials').refused()).toBeGreaterThanOrEqual(40)
})

test('a dial may hang longer each time: slow paths are not cut off for ever', () => {
  const redial = new Redial(seededBytes(1), 1, 'listens')
  const hangs = Array.from({ length: 6 }, () => {
    const hang = redial.hangMs()
    redial.hung()
    return hang
  })
  expect(hangs[0]).toBeLessThanOrEqual(600)
  expect(hangs.at(-1)).toBeGreaterThanOrEqual(2400)
})

test('a simultaneous open is not given up before the kernel has sent its SYN again', () => {
  expect(new Redial(seededBytes(1), 1, 'dials').hangMs()).toBeGreaterThanOrEqual(1500)
})
