import { expect, test } from '@jest/globals'
import { AmplificationLimit } from './amplification-limit.ts'

const at = (ip: string, port: number) => ({ ip, port })

test('an endpoint that has proved nothing gets 300 packets', () => {
  const limit = new AmplificationLimit()
  const allowed = Array.from({ length: 400 }, () => limit.allow(at('192.0.2.1', 5000)))
  expect(allowed.filter(Boolean)).toHaveLength(300)
  expect(limit.allow(at('192.0.2.1', 5001))).toBe(true)
})

test('all of them together get 1,600, on however many addresses they are', () => {
  const limit = new AmplificationLimit()
  let allowed = 0
  for (let i = 0; i < 5000; i++) if (limit.allow(at(`192.0.2.${i % 200}`, 1024 + i))) allowed++
  expect(allowed).toBe(1600)
})
