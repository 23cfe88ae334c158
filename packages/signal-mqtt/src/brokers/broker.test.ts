import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { redactUrl } from './broker.ts'

test.each([
  ['mqtt://broker.example:1883', 'mqtt://broker.example:1883'],
  ['mqtt://user:secret@broker.example:1883', 'mqtt://broker.example:1883'],
  ['mqtts://user:sec@ret@broker.example', 'mqtts://broker.example'],
  ['mqtt://sec@ret@[2001:db8::1]:1883', 'mqtt://[2001:db8::1]:1883'],
  ['ws://user:sec@ret@broker.example:8080', 'ws://broker.example:8080'],
  ['wss://user:sec%40ret@broker.example/mqtt', 'wss://broker.example/mqtt'],
  ['mqtt://user:12/sec@ret@broker.example', 'mqtt://user:12'],
  ['wss://broker.example/mqtt?token=SECRET', 'wss://broker.example/mqtt'],
  ['wss://broker.example?token=SECRET', 'wss://broker.example'],
  ['wss://broker.example/mqtt#SECRET', 'wss://broker.example/mqtt'],
  // Not URLs: a raw slash ends the host.
  ['mqtt://user:sec/ret@broker.example', 'mqtt://broker.example'],
  ['mqtt://user:sec/r@et@[::1', 'mqtt://[::1'],
  ['user:sec//ret@broker.example', 'broker.example'],
  ['broker.example:1883', 'broker.example:1883'],
  ['wss://broker.example:port/mqtt?token=SECRET', 'wss://broker.example:port/mqtt'],
  ['stun:stun.example:3478?transport=tcp', 'stun:stun.example:3478?transport=tcp'],
])('I1: fault 25: %s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})

test('I1: fault 25: no password is shown, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.constantFrom('mqtt', 'mqtts', 'ws', 'wss'),
      (noise, scheme) => {
        const shown = redactUrl(`${scheme}://user:${noise}SECRET@broker.example:1883`)
        expect(shown).not.toContain('SECRET')
      },
    ),
    { numRuns: 2000 },
  )
})
