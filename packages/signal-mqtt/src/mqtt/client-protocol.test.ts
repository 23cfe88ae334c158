import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { joinBytes } from '@p2pd/netif'
import { bytesOf } from '../testdata/peers.ts'
import { ClientProtocol } from './client-protocol.ts'
import { VersionRefused } from './mqtt-fault.ts'
import type { ProtocolVersion } from './packet.ts'

const ACCEPTED = Uint8Array.of(0x20, 3, 0, 0, 0)

function client(version: ProtocolVersion = 5) {
  const written: Uint8Array[] = []
  const delivered: string[] = []
  const protocol = new ClientProtocol({
    version,
    maxPacketBytes: 1000,
    write: (packet) => void written.push(packet),
    deliver: ({ topic }) => void delivered.push(topic),
  })
  return { protocol, written, delivered, types: () => written.map(([first = 0]) => first >> 4) }
}

const message = { topic: 't', payload: bytesOf('m'), retain: false, expirySeconds: undefined }
/** The outcome of a request, as far as it is known now. */
const outcome = (work: Promise<unknown>) =>
  Promise.race([
    work.then(
      () => 'done',
      (error: Error) => error.message,
    ),
    new Promise((resolve) => void setImmediate(() => resolve('pending'))),
  ])

test('requests are written before the broker has answered CONNECT, in order, and acknowledged one by one', async () => {
  const { protocol, types } = client()
  const [subscribed, published] = [protocol.subscribe('own'), protocol.publish(message)]
  expect(types()).toEqual([8, 3])
  expect(protocol.receive(ACCEPTED)).toBeUndefined()
  await protocol.accepted
  expect(await Promise.all([outcome(subscribed), outcome(published)])).toEqual(['pending', 'pending'])
  protocol.receive(Uint8Array.of(0x40, 2, 0, 2))
  expect(await Promise.all([outcome(subscribed), outcome(published)])).toEqual(['pending', 'done'])
  protocol.receive(Uint8Array.of(0x90, 4, 0, 1, 0, 0))
  expect(await outcome(subscribed)).toBe('done')
  expect(protocol.isBusy).toBe(false)
})

test.each([
  ['MQTT 3.1.1', 4, [0x20, 2, 0, 5], 'Connection refused: Not authorized', false],
  ['MQTT 5', 5, [0x20, 3, 0, 0x87, 0], 'Connection refused: Not authorized', false],
  ['an older broker', 5, [0x20, 2, 0, 1], 'Connection refused: Unacceptable protocol version', true],
  ['a newer broker', 4, [0x20, 3, 0, 0x84, 0], 'Connection refused: Unsupported Protocol Version', true],
  ['no broker', 5, [0x40, 2, 0, 1], 'it does not speak MQTT', false],
] as const)(
  '%s refuses: requests that came early fail with its reason',
  async (_, version, packet, reason, isVersion) => {
    const { protocol } = client(version)
    const published = protocol.publish(message)
    const fault = protocol.receive(Uint8Array.from(packet)) ?? new Error('none')
    expect([fault.message, fault instanceof VersionRefused]).toEqual([reason, isVersion])
    protocol.end(fault)
    await expect(protocol.accepted).rejects.toBe(fault)
    expect(await outcome(published)).toBe(reason)
    await expect(protocol.publish(message)).rejects.toBe(fault)
    await expect(protocol.ping()).rejects.toBe(fault)
  },
)

test('a request that is refused fails alone; a message above the limit ends the connection', async () => {
  const { protocol } = client()
  protocol.receive(ACCEPTED)
  const [subscribed, published] = [protocol.subscribe('own'), protocol.publish(message)]
  expect(protocol.receive(Uint8Array.of(0x90, 4, 0, 1, 0, 0x87))).toBeUndefined()
  expect(await outcome(subscribed)).toBe('refused: Not authorized')
  expect(await outcome(published)).toBe('pending')
  expect(protocol.receive(Uint8Array.of(0x40, 4, 0, 2, 0x95, 0))?.message).toMatch(
    'its limit for the size of messages',
  )
})

test('a broker gets one message early, then as many at once as it has named; the others wait for their turn', async () => {
  const { protocol, types } = client()
  const published = Array.from({ length: 5 }, () => protocol.publish(message))
  expect(types()).toEqual([3])
  protocol.receive(Uint8Array.of(0x20, 6, 0, 0, 3, 0x21, 0, 2))
  expect(types()).toEqual([3, 3])
  protocol.receive(Uint8Array.of(0x40, 2, 0, 9)) // For none of them.
  expect(types()).toEqual([3, 3])
  for (let id = 1; id <= 4; id++) {
    protocol.receive(Uint8Array.of(0x40, 2, 0, id))
    expect(types().length).toBe(Math.min(2 + id, 5))
  }
  expect(await Promise.all(published.map(outcome))).toEqual(['done', 'done', 'done', 'done', 'pending'])
  expect(protocol.isBusy).toBe(true)
})

test('an acknowledgement of the other kind settles nothing, and frees no turn', async () => {
  const { protocol, types } = client()
  protocol.receive(Uint8Array.of(0x20, 6, 0, 0, 3, 0x21, 0, 1))
  const requests = [protocol.subscribe('own'), protocol.publish(message), protocol.publish(message)]
  protocol.receive(Uint8Array.of(0x40, 2, 0, 1, 0x90, 4, 0, 2, 0, 0))
  expect(await Promise.all(requests.map(outcome))).toEqual(['pending', 'pending', 'pending'])
  expect(types()).toEqual([8, 3])
  protocol.receive(Uint8Array.of(0x90, 4, 0, 1, 0, 0, 0x40, 2, 0, 2))
  expect(await Promise.all(requests.map(outcome))).toEqual(['done', 'done', 'pending'])
  expect(types()).toEqual([8, 3, 3])
})

test('a message above the limit that the broker has named fails alone, and is not sent', async () => {
  const { protocol, written, types } = client()
  protocol.receive(Uint8Array.of(0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 9))
  const published = [{ ...message, payload: bytesOf('mm') }, message].map((one) => protocol.publish(one))
  expect([types(), written[0]?.length]).toEqual([[3], 9])
  protocol.receive(Uint8Array.of(0x40, 2, 0, 2))
  expect(await Promise.all(published.map(outcome))).toEqual([
    'it takes packets of 9 bytes, and this one has 10',
    'done',
  ])
})

test('messages that wait for their turn fail with the connection', async () => {
  const { protocol } = client()
  const published = [protocol.publish(message), protocol.publish(message)]
  protocol.end(new Error('over'))
  expect([...(await Promise.all(published.map(outcome))), protocol.isBusy]).toEqual(['over', 'over', false])
})

test('messages are delivered; one that asks for an acknowledgement gets it', () => {
  const { protocol, written, delivered } = client()
  protocol.receive(
    joinBytes(ACCEPTED, Uint8Array.of(0x30, 4, 0, 1, 0x61, 0), Uint8Array.of(0x32, 6, 0, 1, 0x62, 1, 2, 0)),
  )
  expect(delivered).toEqual(['a', 'b'])
  expect(written).toEqual([Uint8Array.of(0x40, 2, 1, 2)])
})

test('each ping has an answer of its own, and the connection ends when the broker says so', async () => {
  const { protocol, types } = client()
  protocol.receive(ACCEPTED)
  const pings = [protocol.ping(), protocol.ping()]
  expect(types()).toEqual([12, 12])
  protocol.receive(Uint8Array.of(0xd0, 0))
  expect(await Promise.all(pings.map(outcome))).toEqual(['done', 'pending'])
  expect(protocol.receive(Uint8Array.of(0xe0, 1, 0x8b))?.message).toBe(
    'ended by the broker: Server shutting down',
  )
})

test('identifiers of requests that wait are not given twice', () => {
  const { protocol, written } = client()
  void protocol.publish(message)
  for (let i = 0; i < 0xffff; i++) protocol.unsubscribe('t')
  const ids = new Set(written.slice(1).map((packet) => (packet[2] ?? 0) * 256 + (packet[3] ?? 0)))
  expect([ids.size, ids.has(1), ids.has(0)]).toEqual([0xfffe, false, false])
})

test('any bytes, before and after the broker has accepted: a fault or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isAccepted) => {
      const { protocol } = client()
      if (isAccepted) protocol.receive(ACCEPTED)
      const fault = protocol.receive(bytes)
      expect(fault === undefined || fault instanceof Error).toBe(true)
    }),
    { numRuns: 5000 },
  )
})
