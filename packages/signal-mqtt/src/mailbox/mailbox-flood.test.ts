import { expect, test } from '@jest/globals'
import { Mailbox } from './mailbox.ts'
import { identityFromSeed, nodeCrypto } from '../nodejs/node-crypto.ts'
import { bob, bytesOf, seededRandom } from '../testdata/peers.ts'

const WALL = 1_700_000_000_000
const random = seededRandom(31)
const at = (now: number) => ({ now, wall: WALL + now })

test('after the first 1,000, 100 messages a second are taken from however many senders', () => {
  const to = new Mailbox({ crypto: nodeCrypto, identity: bob, random }, 0)
  const taken = (senders: number, now: number) => {
    const outcomes = Array.from({ length: senders }, () => {
      const sender = new Mailbox({ crypto: nodeCrypto, identity: identityFromSeed(random(32)), random }, now)
      return to.receive(sender.seal(bob.publicKey, bytesOf('hello'), 60_000, at(now)), at(now)).type
    })
    return outcomes.filter((type) => type === 'message').length
  }
  // No more at once than are opened; 1,000 in hand and 100 more a second are used up by 1,200 within two.
  expect([0, 1000, 2000].map((now) => taken(400, now))).toEqual([400, 400, 400])
  expect([3000, 4000].map((now) => taken(150, now))).toEqual([100, 100])
}, 30_000)
