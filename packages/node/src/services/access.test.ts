import { expect, test } from '@jest/globals'
import { formatNodeId } from '../identity/node-id.ts'
import { accessOf } from './access.ts'

const [alice = '', bob = '', carol = '', dave = ''] = [1, 2, 3, 4].map((byte) =>
  formatNodeId(new Uint8Array(32).fill(byte)),
)
const contacts = new Map([
  ['alice', { target: alice }],
  ['bob', { target: `${bob}.anaddress`, allow: ['web'] }],
  ['carol', { target: carol, isBlocked: true }],
])

test.each<[string, string, string[], string]>([
  [alice, 'web', ['contacts'], 'yes'],
  [bob, 'web', ['contacts'], 'yes'],
  [bob, '22', ['contacts'], 'no'],
  [bob, '22', ['bob'], 'yes'],
  [bob, '22', ['contacts', 'ask'], 'ask'],
  [carol, 'web', ['everyone', 'carol', 'ask'], 'no'],
  [dave, 'web', ['contacts'], 'no'],
  [dave, 'web', ['contacts', 'ask'], 'ask'],
  [dave, 'web', ['ask', 'everyone'], 'yes'],
  [dave, 'web', [dave.toUpperCase()], 'yes'],
  [dave, 'web', [], 'no'],
  [alice, 'web', ['bob'], 'no'],
])('H1: %s asks for %s where %j may: %s', (peer, service, allow, access) => {
  expect(accessOf({ peer, service }, allow, contacts)).toBe(access)
})
