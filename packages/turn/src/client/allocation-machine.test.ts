import { describe, expect, test } from '@jest/globals'
import { AttributeType, checkMessageIntegritySha256, findAttribute, MessageClass, Method } from '@p2pd/stun'
import { hmacSha256, longTermKey } from '@p2pd/stun/node'
import { encodePasswordAlgorithms, NONCE_WITH_ALGORITHMS } from '../wire/password-algorithms.ts'
import { encodeChannelData } from '../wire/channel-data.ts'
import { encodeDataIndication } from './indications.ts'
import { CREDENTIALS, PEER, REALM, RELAYED, ScriptedClient } from '../testdata/scripted-server.ts'

const { Allocate, ChannelBind, CreatePermission, Refresh, Send } = Method
const hello = new TextEncoder().encode('hello')

describe('the allocation', () => {
  test('is asked for bare, then signed, and refreshed every 25 s over UDP', () => {
    const client = new ScriptedClient()
    client.begin()
    expect(client.takeMethods()).toEqual([Allocate])
    client.challenge('nonce')
    expect(client.takeMethods()).toEqual([Allocate])
    client.grantAllocation()
    expect(client.reports).toMatchObject([{ type: 'allocated', allocated: { relayed: [RELAYED] } }])
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      client.advanceTo(client.wakeAt)
      expect(client.takeMethods()).toEqual([Refresh])
      times.push(client.now)
      client.succeed(600)
    }
    expect(times).toEqual([25_000, 50_000, 75_000])
  })

  test('is refreshed every two minutes over a stream, and at half of a short lifetime', () => {
    for (const [lifetime, at] of [
      [600, 120_000],
      [100, 50_000],
      [3600, 120_000],
    ] as const) {
      const client = new ScriptedClient({}, true)
      client.allocate(lifetime)
      expect(client.wakeAt).toBe(at)
    }
  })

  test('a lost request is sent five times in 15.5 s', () => {
    const client = new ScriptedClient()
    client.begin()
    const times: number[] = []
    while (client.reports.length === 0) {
      times.push(...client.takePackets().map(() => client.now))
      client.advanceTo(client.wakeAt)
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500])
    expect(client.reports).toMatchObject([{ type: 'ended', error: { code: 'TURN_TIMEOUT' } }])
    expect(client.now).toBe(15_500)
  })

  test('a stale nonce is answered any number of times in a life, three times in a row', () => {
    const client = new ScriptedClient()
    client.allocate()
    for (let round = 0; round < 10; round++) {
      client.advanceTo(client.wakeAt)
      for (let stale = 0; stale < 3; stale++) {
        client.takePackets()
        client.challenge(`${round} ${stale}`, 438)
      }
      const [refresh] = client.takeMessages()
      expect(refresh && findAttribute(refresh, AttributeType.Nonce)).toEqual(Buffer.from(`${round} 2`))
      client.succeed(600)
    }
    expect(client.reports.every(({ type }) => type === 'refreshed')).toBe(true)
    client.advanceTo(client.wakeAt)
    for (let stale = 0; stale < 4; stale++) {
      client.takePackets()
      client.challenge(`${stale}`, 438)
    }
    expect(client.reports.at(-1)).toMatchObject({ type: 'ended', error: { code: 'TURN_LOST' } })
  })

  test('401 to a signed request: wrong credentials, and no more requests', () => {
    const client = new ScriptedClient()
    client.begin()
    client.takePackets()
    client.challenge('one')
    client.takePackets()
    client.challenge('two')
    expect(client.reports).toMatchObject([
      { type: 'ended', error: { code: 'TURN_CREDENTIALS', errorCode: 401 } },
    ])
    expect(client.takePackets()).toEqual([])
  })

  test('SHA-256 where nonce and message offer it; an offer that was taken out ends it', () => {
    const offer = {
      type: AttributeType.PasswordAlgorithms,
      value: encodePasswordAlgorithms('MD5', 'SHA-256'),
    }
    const client = new ScriptedClient()
    client.begin()
    client.takePackets()
    client.challenge(NONCE_WITH_ALGORITHMS, 401, [offer])
    const [packet = new Uint8Array()] = client.takePackets()
    const key = longTermKey({ ...CREDENTIALS, realm: REALM }, 'SHA-256')
    expect(checkMessageIntegritySha256(packet, key, hmacSha256)).toBe(true)
    client.grantAllocation()
    expect(client.reports).toMatchObject([{ type: 'allocated' }])

    const robbed = new ScriptedClient()
    robbed.begin()
    robbed.takePackets()
    robbed.challenge(NONCE_WITH_ALGORITHMS)
    expect(robbed.reports).toMatchObject([{ type: 'ended', error: { code: 'TURN_CREDENTIALS' } }])
  })

  test('a response that is not signed, or signed for another request, is ignored', () => {
    const client = new ScriptedClient()
    client.begin()
    client.takePackets()
    client.challenge('nonce')
    client.takePackets()
    client.answer(MessageClass.SuccessResponse, [], false)
    client.fail(486)
    expect(client.reports).toEqual([])
    client.fail(486, [], true)
    expect(client.reports).toMatchObject([{ type: 'ended', error: { code: 'TURN_QUOTA', errorCode: 486 } }])
  })

  test('an address of a family that was not asked for is given back', () => {
    const client = new ScriptedClient({ families: 'IPv6' })
    client.begin()
    client.takePackets()
    client.challenge('nonce')
    client.takePackets()
    client.grantAllocation(600, [RELAYED, { ip: '0.0.0.0', port: 0 }])
    expect(client.takeMethods()).toEqual([Refresh])
    client.succeed(0)
    expect(client.reports).toMatchObject([{ type: 'ended', error: { code: 'TURN_ADDRESS_FAMILY' } }])
  })

  test('close: Refresh 0, once; a server that does not answer is given up', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.close(client.now))
    client.perform(client.machine.close(client.now))
    const [refresh, ...more] = client.takeMessages()
    expect(refresh && findAttribute(refresh, AttributeType.Lifetime)).toEqual(Buffer.alloc(4))
    expect(more).toEqual([])
    while (client.reports.length === 0) client.advanceTo(client.wakeAt)
    expect(client.reports).toEqual([{ type: 'ended' }])
    expect(client.now).toBe(1_000)
  })

  test('437 to a Refresh, and no answer to one: lost', () => {
    const answer437 = (client: ScriptedClient) => client.fail(437)
    const wait = (client: ScriptedClient) => client.advanceTo(client.wakeAt)
    for (const lose of [answer437, wait]) {
      const client = new ScriptedClient()
      client.allocate()
      client.perform(client.machine.check(0))
      client.takePackets()
      while (client.reports.length === 0) lose(client)
      expect(client.reports).toMatchObject([{ type: 'ended', error: { code: 'TURN_LOST' } }])
    }
  })
})

describe('peers', () => {
  test('the first datagram binds a channel and goes beside it; later ones go through it', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.send(hello, PEER, 0))
    const [bind, send] = client.takeMessages()
    expect([bind?.method, send?.method]).toEqual([ChannelBind, Send])
    client.succeed()
    client.perform(client.machine.send(hello, PEER, 0))
    expect(client.takePackets()).toEqual([encodeChannelData({ channel: 0x4000, data: hello }, false)])
  })

  test('two ports of one host are two channels', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.send(hello, PEER, 0))
    client.perform(client.machine.send(hello, { ...PEER, port: 4001 }, 0))
    const numbers = client
      .takeMessages()
      .filter(({ method }) => method === ChannelBind)
      .map((message) => findAttribute(message, AttributeType.ChannelNumber)?.join('.'))
    expect(numbers).toEqual(['64.0.0.0', '64.1.0.0'])
  })

  test('a channel in use is bound again every 4 minutes, an idle one for 10 minutes only', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.send(hello, PEER, 0))
    client.takePackets()
    client.succeed()
    const bound: number[] = []
    while (client.now < 1_800_000) {
      client.advanceTo(client.wakeAt)
      const [method] = client.takeMethods()
      if (method === ChannelBind) bound.push(client.now)
      client.succeed(600)
    }
    expect(bound).toEqual([240_000, 480_000])
    client.perform(client.machine.send(hello, PEER, client.now))
    const [bind] = client.takeMessages()
    expect(bind && findAttribute(bind, AttributeType.ChannelNumber)?.[1]).toBe(0)
  })

  test('A9: a permission is renewed every 4 minutes as long as nobody takes it back', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.permit(PEER.ip, 0))
    client.takePackets()
    client.succeed()
    expect(client.reports).toEqual([{ type: 'permitted', ip: PEER.ip }])
    const asked: number[] = []
    while (client.now < 1_000_000) {
      client.advanceTo(client.wakeAt)
      if (client.takeMethods()[0] === CreatePermission) asked.push(client.now)
      client.succeed(600)
    }
    expect(asked).toEqual([240_000, 480_000, 720_000, 960_000])
  })

  test('403: that peer is refused, and nothing more is sent to it', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.send(hello, PEER, 0))
    client.takePackets()
    client.fail(403, [], true)
    expect(client.reports).toMatchObject([
      { type: 'peer-refused', peer: PEER, error: { code: 'TURN_FORBIDDEN' } },
    ])
    client.perform(client.machine.send(hello, PEER, 1))
    expect(client.takePackets()).toEqual([])
  })

  test('400 to a ChannelBind: the server is asked for the allocation, which is lost when it says so', () => {
    const client = new ScriptedClient()
    client.allocate()
    client.perform(client.machine.send(hello, PEER, 0))
    client.takePackets()
    client.fail(400, [], true)
    expect(client.takeMethods()).toEqual([Refresh])
    client.fail(437)
    expect(client.reports.at(-1)).toMatchObject({ type: 'ended', error: { code: 'TURN_LOST' } })
  })

  test('data comes by channel and by indication; an unknown channel is ignored', () => {
    const client = new ScriptedClient()
    client.allocate()
    const receive = (packet: Uint8Array) => client.perform(client.machine.receive(packet, 0))
    receive(encodeDataIndication(new Uint8Array(12), PEER, hello))
    receive(encodeChannelData({ channel: 0x4000, data: hello }, true))
    client.perform(client.machine.send(hello, PEER, 0))
    receive(encodeChannelData({ channel: 0x4000, data: hello }, true))
    expect(client.reports).toEqual([
      { type: 'data', data: hello, from: PEER },
      { type: 'data', data: hello, from: PEER },
    ])
  })

  test('RFC 6062: Connect and ConnectionAttempt give connection ids', () => {
    const client = new ScriptedClient({ relay: 'tcp' }, true)
    client.allocate()
    client.perform(client.machine.connect(PEER, 0))
    expect(client.takeMethods()).toEqual([Method.Connect])
    const id = Uint8Array.of(1, 2, 3, 4)
    client.succeed(undefined, [{ type: AttributeType.ConnectionId, value: id }])
    expect(client.reports).toEqual([{ type: 'connected', id, peer: PEER }])
    client.perform(client.machine.connect(PEER, 0))
    client.takePackets()
    client.fail(447, [], true)
    expect(client.reports.at(-1)).toMatchObject({ type: 'connect-failed', error: { errorCode: 447 } })
  })
})
