import { describe, expect, test } from '@jest/globals'
import { AttributeType, Method } from '@p2pd/stun'
import { TurnError } from '@p2pd/turn'
import { retryDelayMs } from '../relay/retry-delay.ts'
import { PEER, ScriptedClient } from '../testdata/scripted-server.ts'

const hello = new TextEncoder().encode('hello')

/** A client whose signed Allocate is being answered. */
function asking(): ScriptedClient {
  const client = new ScriptedClient()
  client.begin()
  client.takePackets()
  client.challenge('nonce')
  client.takePackets()
  return client
}

/** By code: the error of an Allocate, and the pauses in seconds before the first and the next try; none ends it. */
const ALLOCATE = [
  [400, 'TURN_REFUSED', 0, 1],
  [403, 'TURN_FORBIDDEN', 0, 1],
  [420, 'TURN_REFUSED', 0, 1],
  [437, 'TURN_LOST', 0, 120],
  [440, 'TURN_ADDRESS_FAMILY', undefined, undefined],
  [441, 'TURN_CREDENTIALS', undefined, undefined],
  [442, 'TURN_UNSUPPORTED', undefined, undefined],
  [486, 'TURN_QUOTA', 60, 60],
  [500, 'TURN_REFUSED', 0, 1],
  [508, 'TURN_QUOTA', 60, 60],
] as const

describe('an Allocate that is refused', () => {
  test.each(ALLOCATE)('with %i: %s, and when it is tried again', (errorCode, code, first, next) => {
    const client = asking()
    client.fail(errorCode, [], true)
    expect(client.reports).toMatchObject([{ type: 'ended', error: { code, errorCode } }])
    expect(client.takePackets()).toEqual([])
    const error = new TurnError(code, 'refused', { errorCode })
    const delays = [0, 1].map((tries) => retryDelayMs(tries, error))
    expect(delays).toEqual([first, next].map((seconds) => seconds && seconds * 1000))
  })

  test('with 300: the response is passed on; unsigned it counts before authentication alone', () => {
    const value = Uint8Array.of(0, 1, 13, 150, 1, 2, 3, 4)
    const other = [{ type: AttributeType.AlternateServer, value }]
    const bare = new ScriptedClient()
    bare.begin()
    bare.takePackets()
    bare.fail(300, other)
    expect(bare.reports).toMatchObject([{ type: 'redirected' }, { type: 'ended' }])
    const signed = asking()
    signed.fail(300, other)
    expect(signed.reports).toEqual([])
  })

  test('with 401 of another realm: asked once more, with that realm', () => {
    const client = new ScriptedClient()
    client.begin()
    client.takePackets()
    client.challenge('one')
    client.takePackets()
    client.challenge('two', 438)
    const [again] = client.takeMessages()
    expect(again?.method).toBe(Method.Allocate)
  })
})

/** By code: what is refused, and whether the allocation itself is in doubt. */
describe.each([
  ['CreatePermission', (client: ScriptedClient) => client.machine.permit(PEER.ip, 0)],
  ['ChannelBind', (client: ScriptedClient) => client.machine.send(hello, PEER, 0)],
] as const)('a %s that is refused', (_, ask) => {
  test.each([
    [400, 'TURN_REFUSED', true],
    [403, 'TURN_FORBIDDEN', false],
    [437, 'TURN_LOST', true],
    [443, 'TURN_ADDRESS_FAMILY', false],
    [508, 'TURN_QUOTA', false],
  ] as const)('with %i: %s; the allocation is asked for: %p', (errorCode, code, isInDoubt) => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(ask(client))
    client.takePackets()
    client.fail(errorCode, [], true)
    expect(client.reports).toMatchObject([{ type: 'peer-refused', error: { code, errorCode } }])
    expect(client.takeMethods()).toEqual(isInDoubt ? [Method.Refresh] : [])
  })

  test('with 438: sent again with the new nonce', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(ask(client))
    const [method] = client.takeMethods()
    client.challenge('fresh', 438)
    expect(client.takeMethods()).toEqual([method])
  })
})

test.each([437, 441])('Refresh 0 that is answered with %i: done, without an error', (errorCode) => {
  const client = new ScriptedClient()
  client.allocate()
  client.perform(client.machine.close(0))
  client.takePackets()
  client.fail(errorCode, [], true)
  expect(client.reports).toEqual([{ type: 'ended' }])
})

test.each([446, 447])('a Connect that is refused with %i fails that connection alone', (errorCode) => {
  const client = new ScriptedClient({ relay: 'tcp' }, true)
  client.allocate()
  client.perform(client.machine.connect(PEER, 0))
  client.takePackets()
  client.fail(errorCode, [], true)
  expect(client.reports).toMatchObject([{ type: 'connect-failed', peer: PEER, error: { errorCode } }])
})
