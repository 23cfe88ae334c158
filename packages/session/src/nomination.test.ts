import { createHmac } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { type Hmac, type Nomination, Nominations } from './nomination.ts'
import type { Role } from './role.ts'

const hmac: Hmac = (key, message) => createHmac('sha256', key).update(message).digest()
const secret = new Uint8Array(32).fill(1)
const sessionId = new Uint8Array(16).fill(2)
const path = new Uint8Array(32).fill(3)
const end = (role: Role, changed = {}) => new Nominations({ hmac, secret, role, sessionId, ...changed })

test('a nomination is accepted by the other end, on its path, once', () => {
  const [alice, bob] = [end('controlling'), end('controlled')]
  const nomination = alice.nominate(path, 1000)
  expect(bob.accept(path, nomination)).toBe(true)
  expect(bob.accept(path, nomination)).toBe(false)
  expect(alice.accept(path, bob.nominate(path, 2000))).toBe(true)
})

test('a nomination is refused when anything in it, or about it, is another', () => {
  const nomination = end('controlling').nominate(path, 1000)
  const altered: [string, Nomination, Nominations?, Uint8Array?][] = [
    ['offset', { ...nomination, received: 1001 }],
    ['offset that is none', { ...nomination, received: -1 }],
    ['session', { ...nomination, sessionId: new Uint8Array(16) }],
    ['proof', { ...nomination, proof: new Uint8Array(32) }],
    ['length of the proof', { ...nomination, proof: nomination.proof.subarray(1) }],
    ['secret', nomination, end('controlled', { secret: new Uint8Array(32) })],
    ['path', nomination, end('controlled'), new Uint8Array(32)],
    ['role: sent back to the end it came from', nomination, end('controlling')],
  ]
  for (const [what, changed, to = end('controlled'), on = path] of altered) {
    expect([what, to.accept(on, changed)]).toEqual([what, false])
  }
  const bob = end('controlled')
  for (const [, changed] of altered.slice(0, 5)) bob.accept(path, changed)
  expect(bob.accept(path, nomination)).toBe(true)
})

test('ids and secrets that are too short are errors of the caller', () => {
  const invalid = expect.objectContaining({ code: 'SESSION_INVALID_ARGUMENT' })
  expect(() => end('controlled', { secret: new Uint8Array(31) })).toThrow(invalid)
  expect(() => end('controlled', { sessionId: new Uint8Array(15) })).toThrow(invalid)
  expect(() => end('controlled').nominate(new Uint8Array(65), 0)).toThrow(invalid)
})
