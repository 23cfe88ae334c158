import { expect, test } from '@jest/globals'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { resolveName, type ResolveName } from './resolve-name.ts'
import { ManualClock } from '@p2pd/netif/testing'

const { id, publicKey } = createIdentity()

function resolve(
  names: ResolveName | undefined,
  clock = new ManualClock(),
  signal = new AbortController().signal,
) {
  return resolveName('alice', { names, verify: verifyEd25519, clock, timeoutMs: 1000, signal })
}

/** Never finds anything, and heeds its signal. */
const silent: ResolveName = (_, signal) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('cancelled'))))

test('a name stands for what was looked up', async () => {
  const clock = new ManualClock()
  expect(await resolve(async () => id, clock)).toEqual({ type: 'id', publicKey })
  expect(await resolve(async () => 'self', clock)).toEqual({ type: 'self' })
  expect(clock.pending).toBe(0)
})

test.each<[string, ResolveName | undefined, string, string]>([
  ['nobody to ask', undefined, 'NODE_UNKNOWN_NAME', '"alice" is a name, and this node looks none up'],
  ['a name for a name', async () => 'alice', 'NODE_UNKNOWN_NAME', '"alice" stands for another name, "alice"'],
  ['a wrong id', async () => id.slice(1), 'NODE_BAD_ID', 'it has 55 characters'],
  [
    'any other failure',
    () => Promise.reject(new Error('no memory')),
    'NODE_UNKNOWN_NAME',
    '"alice" can\'t be looked up: no memory',
  ],
])('%s is said', async (_, names, code, message) => {
  await expect(resolve(names)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})

test('is given up when time is up, and when nobody wants it any more', async () => {
  const clock = new ManualClock()
  const late = expect(resolve(silent, clock)).rejects.toMatchObject({
    code: 'NODE_TIMEOUT',
    message: 'looking up "alice" took more than 1000 ms',
  })
  await clock.advance(1000)
  await late
  const controller = new AbortController()
  const unwanted = resolve(silent, clock, controller.signal)
  controller.abort(new Error('changed my mind'))
  await expect(unwanted).rejects.toMatchObject({ code: 'NODE_ABORTED' })
  expect(clock.pending).toBe(0)
})
